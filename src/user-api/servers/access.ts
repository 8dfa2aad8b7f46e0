/**
 * Who may use the user API: programs with the token, and of web pages those whose origin was named.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { HostError } from "../../host/mod.ts";
import { hostNameOf, isLoopback } from "../../host/connect/mod.ts";

/** Who may come in. */
export interface UserApiAccess {
  /** What a client must show; null for nothing, which is for addresses of this machine only. */
  readonly token: string | null;
  /** Names besides those of this machine under which the server may be called. Default none. */
  readonly hosts?: readonly string[];
  /** Origins of the web pages that may call, as in `https://example.org`. Default none. */
  readonly origins?: readonly string[];
}

/** The headers of a request that say for whom and of whom it is. */
export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Decides who comes in. */
export class Access {
  readonly #tokenHash: Uint8Array | null;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  /** A `Host` that is one of this server: nearly all requests have the same. */
  #lastHost: string | null = null;

  /** @throws HostError `address` for an origin or a name that is none */
  constructor({ token, hosts = [], origins = [] }: UserApiAccess) {
    this.#tokenHash = token === null ? null : hashOf(token);
    this.#hosts = new Set(hosts.map(checkedHost));
    this.#origins = new Set(origins.map(checkedOrigin));
  }

  /** Whether everybody on this machine may call. */
  get isOpen(): boolean {
    return this.#tokenHash === null;
  }

  /**
   * Whether a request is for this server and of nobody who may not ask. A page whose name leads to this machine by a trick
   * of its DNS says its own name as `Host`; browsers say the page as `Origin`, other programs say nothing.
   */
  admits({ host = "", origin }: AccessHeaders): boolean {
    return (host === this.#lastHost || this.#isOwnHost(host)) &&
      (origin === undefined || this.#origins.has(origin));
  }

  #isOwnHost(host: string): boolean {
    const name = hostNameOf(host);
    const isOwn = isLoopback(name) || this.#hosts.has(name);
    if (isOwn) this.#lastHost = host;
    return isOwn;
  }

  /** Whether the header `Authorization` has the token, or none is needed. */
  authorizes(authorization: string | undefined): boolean {
    if (this.#tokenHash === null) return true;
    const [, token] = /^bearer +([^ ]+) *$/i.exec(authorization ?? "") ?? [];
    return token !== undefined && this.hasToken(token);
  }

  /** Whether this is the token, or none is needed. How long that takes says nothing about the token. */
  hasToken(token: string): boolean {
    return this.#tokenHash === null ||
      timingSafeEqual(hashOf(token), this.#tokenHash);
  }
}

/**
 * Checks that an address without a token cannot be reached by other machines.
 *
 * @throws HostError `address`
 */
export function checkOpen(host: string, text: string): void {
  if (isLoopback(host)) return;
  throw new HostError(
    "address",
    `Cannot listen on ${JSON.stringify(text)} without a token: other machines reach it`,
  );
}

function checkedHost(text: string): string {
  const name = hostNameOf(text);
  if (isIP(name) !== 0 || /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) {
    return name;
  }
  throw new HostError(
    "address",
    `${JSON.stringify(text)} is not the name or address of a machine`,
  );
}

function checkedOrigin(text: string): string {
  const origin = text.toLowerCase().replace(/\/$/, "");
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/.test(origin)) return origin;
  throw new HostError(
    "address",
    `${JSON.stringify(text)} is not the origin of web pages, as https://example.org is`,
  );
}

function hashOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
