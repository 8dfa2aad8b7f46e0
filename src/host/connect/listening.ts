/**
 * Listening on addresses, and why one cannot be listened on, in words for people.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { SocketAddress } from "./socket-address.ts";

/** What the system's codes mean where something is to listen. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine does not have the address",
  EAFNOSUPPORT: "this machine has no addresses of that kind",
  EACCES: "the system does not let this user listen there",
  EPERM: "the system does not let this user listen there",
  // What Deno has for most addresses of other machines, and systems for those that need a zone.
  EINVAL: "this machine does not have the address",
  ENOTFOUND: "no machine has that name",
  EAI_AGAIN: "no machine has that name, as far as can be found out now",
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EEXIST: "its folder is a file",
  ENAMETOOLONG: "the path is too long",
  EROFS: "its folder cannot be written to",
  EMFILE: "too many files are open in this process",
  ENFILE: "too many files are open on this machine",
};

/** Addresses that mean nothing without an interface, `fe80::1%eth0` (RFC 4007, section 11). */
const LINK_LOCAL = /\bfe[89ab][0-9a-f]:[^%]*$/i;
/** Errors are looked into no deeper. */
const CAUSES_MAX = 8;

/** What is used of a server of sockets or of HTTP, without the types of Node, which pages do not have. */
interface ListeningServer {
  on(event: "error", run: (error: Error) => void): this;
  once(event: "error", run: (error: Error) => void): this;
  removeAllListeners(event: "error"): this;
  listen(
    where: { readonly path?: string; readonly host?: string; readonly port?: number; readonly ipv6Only?: boolean },
    listening: () => void,
  ): this;
  address(): string | { readonly address: string; readonly port: number } | null;
  close(closed: () => void): this;
}

/**
 * Makes a server of sockets or of HTTP listen.
 *
 * @param text The address, as the message names it
 * @throws HostError `address`
 */
export async function startListening(
  server: ListeningServer,
  where: { readonly path: string } | { readonly host: string; readonly port: number; readonly ipv6Only?: boolean },
  text: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailure(text, cause)));
    server.listen(where, resolve);
  });
  // Later errors are those of single connections, such as too many open files; the server keeps listening.
  server.removeAllListeners("error").on("error", () => {});
}

/**
 * Listens on several addresses.
 *
 * @throws HostError `address`, which lists those that cannot be listened on; the others may be
 */
export async function listenOnAll<T>(addresses: readonly T[], listen: (address: T) => Promise<void>): Promise<void> {
  const failures: HostError[] = [];
  for (const address of addresses) await listen(address).catch((error) => failures.push(error));
  if (failures.length === 0) return;
  const texts = failures.map(({ message }) => message.replace(/^Cannot listen /, ""));
  throw new HostError("address", `Cannot listen ${texts.join("; ")}`, { cause: failures[0].cause });
}

/** Where a server really listens: on the port that it was given instead of 0. */
export function boundAddress(server: ListeningServer, asked: SocketAddress): SocketAddress {
  const bound = server.address();
  if (asked.kind === "unix" || bound === null || typeof bound === "string") return asked;
  return { kind: asked.kind, host: bound.address, port: bound.port };
}

/** Ends listening; resolves when the last connection is gone. */
export function closeServer(server: ListeningServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The error of an address that cannot be listened on: `address`, with what the system says in words. */
export function listenFailure(address: string, cause: unknown): HostError {
  return new HostError("address", `Cannot listen on ${JSON.stringify(address)}: ${reasonAt(address, cause)}`, {
    cause,
  });
}

/**
 * The error of several addresses: it lists those that cannot be listened on.
 *
 * @param textOf what the cause's message calls an address, at the beginning of the line with the reason
 */
export function listenFailures(
  addresses: readonly string[],
  cause: unknown,
  textOf: (text: string) => string,
): HostError {
  const lines = messageOf(cause).split("\n").map((line) => line.trim());
  const failed = [...new Set(addresses)].flatMap((address) => {
    const line = lines.find((each) => each.startsWith(`${textOf(address)}: `));
    return line === undefined ? [] : [`${JSON.stringify(address)}: ${reasonAt(address, new Error(line, { cause }))}`];
  });
  if (failed.length === 0) return listenFailure(addresses.join(" "), cause);
  return new HostError("address", `Cannot listen on ${failed.join("; on ")}`, { cause });
}

function reasonAt(address: string, cause: unknown): string {
  const reason = listenReason(cause);
  return reason === REASONS.EINVAL && LINK_LOCAL.test(address)
    ? "a link-local address needs its interface, as in fe80::1%eth0"
    : reason;
}

/** What the system says, in words. */
export function listenReason(error: unknown): string {
  for (let [each, count] = [error, 0]; each instanceof Error && count < CAUSES_MAX; each = each.cause, count++) {
    const { code } = each as { readonly code?: unknown };
    const reason = REASONS[String(code)] ?? REASONS[/\bE[A-Z_]{3,}\b/.exec(each.message)?.[0] ?? ""];
    if (reason !== undefined) return reason;
  }
  return messageOf(error).split("\n", 1)[0];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
