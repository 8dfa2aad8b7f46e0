/**
 * Why a peer was not reached at an address, in words for people.
 *
 * @module
 */

import { HostError } from "../error.ts";

/** The kinds of failures, with words that an address follows. The codes are stable. */
export const DIAL_FAILURES = {
  refused: "connection refused at",
  "no-route": "no route to",
  timeout: "no answer in time from",
  "other-peer": "somebody else, with another identity, answers at",
  "unknown-name": "no machine has the name in",
  broken: "the connection broke before the other side had proven who it is, at",
} as const;

/** One of the codes of {@link DIAL_FAILURES}. */
export type DialFailureCode = keyof typeof DIAL_FAILURES;

const SYSTEM_CODES: Readonly<Record<string, DialFailureCode>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "no-route",
  ENETUNREACH: "no-route",
  EADDRNOTAVAIL: "no-route",
  EHOSTDOWN: "no-route",
  ENETDOWN: "no-route",
  EAFNOSUPPORT: "no-route",
  EINVAL: "no-route",
  ETIMEDOUT: "timeout",
  ENOTFOUND: "unknown-name",
  EAI_AGAIN: "unknown-name",
};
const NAMES: Readonly<Record<string, DialFailureCode>> = {
  TimeoutError: "timeout",
  AbortError: "timeout",
  UnexpectedPeerError: "other-peer",
};
/** Errors are looked into no deeper. */
const CAUSES_MAX = 8;

/** Thrown where an address leads to somebody else. */
export class OtherPeerError extends HostError {
  constructor(wanted: string, found: string) {
    super("unreachable", `Not "${wanted}" but "${found}" answers`);
  }
}

/** Which failure an error means. */
export function dialFailureOf(error: unknown): DialFailureCode {
  for (let [each, count] = [error, 0]; each instanceof Error && count < CAUSES_MAX; each = each.cause, count++) {
    if (each instanceof OtherPeerError) return "other-peer";
    const { code = "", name } = each as { code?: unknown; name: string };
    if (each instanceof HostError && each.code === "timeout") return "timeout";
    const system = SYSTEM_CODES[String(code)] ?? SYSTEM_CODES[/\b(E[A-Z]{4,})\b/.exec(each.message)?.[1] ?? ""];
    const found = system ?? NAMES[name];
    if (found !== undefined) return found;
    if (each instanceof AggregateError) return dialFailureOf(each.errors[0]);
  }
  return "broken";
}

/** Thrown where no address leads to the peer. */
export class UnreachedError extends HostError {
  /** What happened, in words, without what was done. */
  readonly reason: string;
  /** What happened at each address that was tried, in their order. */
  readonly failures: readonly { readonly address: string; readonly code: DialFailureCode }[];

  /** @param action what was done, as the beginning of the message: `Opening "warpdrive"` */
  constructor(action: string, failures: readonly { readonly address: string; readonly error: unknown }[]) {
    const errors = failures.map(({ error }) => error);
    super("unreachable", `${action} failed: ${dialFailuresText(failures)}`, {
      cause: errors.length === 1 ? errors[0] : errors,
    });
    this.reason = dialFailuresText(failures);
    this.failures = failures.map(({ address, error }) => ({ address, code: dialFailureOf(error) }));
  }
}

/** What happened at an address where nothing has. */
export const SILENCE = new HostError("timeout", "No answer");

/** Says of a search that took too long what happened at each address. */
export function withFailures(
  error: unknown,
  failures: readonly { readonly address: string; readonly error: unknown }[],
): unknown {
  if (!(error instanceof HostError) || error.code !== "timeout" || failures.length === 0) return error;
  return new HostError("timeout", `${error.message}: ${dialFailuresText(failures)}`, {
    cause: new UnreachedError("Connecting", failures),
  });
}

/** The failures at some addresses in a sentence: `connection refused at tcp:192.0.2.7:4001; no route to ...`. */
export function dialFailuresText(failures: readonly { readonly address: string; readonly error: unknown }[]): string {
  const byCode = new Map<DialFailureCode, string[]>();
  for (const { address, error } of failures) {
    const code = dialFailureOf(error);
    byCode.set(code, [...byCode.get(code) ?? [], address]);
  }
  return [...byCode].map(([code, addresses]) => `${DIAL_FAILURES[code]} ${addresses.join(", ")}`).join("; ");
}
