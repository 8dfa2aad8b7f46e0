/**
 * The log of a service: a line for each thing that happens, for people or for programs.
 *
 * @module
 */

import { escapeText } from "../../codec/mod.ts";
import { ZERO_IDENTITY } from "../../codec/protocols/astral/identity.ts";
import type { ServiceEvent } from "../astral/events.ts";
import type { OfferState } from "../warpdrive/mod.ts";
import { jsonLine } from "./json-values.ts";
import type { LeftOutJson } from "./left-out-text.ts";
import { formatBytes } from "./quantities.ts";

/** What a log is told. */
export type LogEvent =
  | ServiceEvent
  /** Something that needs somebody's attention, but does not end the service. */
  | { readonly type: "warning"; readonly message: string }
  /** A node that the service was told of was looked for. */
  | { readonly type: "peer"; readonly name: string; readonly identity: string; readonly outcome: string }
  /** An offer of files has come, or got another stage. */
  | (
    & { readonly type: "offer" }
    & Pick<OfferState, "id" | "peer" | "incoming" | "stage" | "reason" | "name" | "count" | "bytes">
    & { readonly leftOut?: LeftOutJson }
  );

/** Takes events. */
export type Log = (event: LogEvent) => void;

/** The forms of a log. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of {@link LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/**
 * A log that puts its lines out by `write`; nothing in them can be obeyed by a terminal. As text it leaves out that
 * programs come and go, which is two lines for everything that one of them does.
 */
export function createLog(format: LogFormat, write: (line: string) => void): Log {
  return (event) => {
    const time = new Date().toISOString();
    if (format === "json") return write(`${jsonLine({ time, ...event })}\n`);
    const text = describe(event);
    if (text !== null) write(`${time} ${escapeText(text)}\n`);
  };
}

/** What people are told of an event; `null` for nothing. */
function describe(event: LogEvent): string | null {
  switch (event.type) {
    case "started":
      return `started: programs come in at ${event.addresses.join(" ")}`;
    case "stopped":
      return "stopped";
    case "guest":
    case "guest-left":
    case "authenticated":
      return null;
    case "refused":
      return `a program was cut off: ${event.reason}`;
    case "registered":
    case "unregistered": {
      const { kind, name, address } = event.registration;
      return `${event.type} ${kind} "${name}"${address === "" ? "" : ` at ${address}`}`;
    }
    case "query": {
      const { caller, target, name, outcome, durationMs } = event;
      return `query "${name}" from ${nameOf(caller)} to ${nameOf(target)}: ${outcome} (${durationMs.toFixed(1)} ms)`;
    }
    case "warning":
      return `warning: ${event.message}`;
    case "peer":
      return `peer ${event.name}: ${event.outcome}`;
    case "offer": {
      const { id, peer, incoming, stage, reason, name, count, bytes, leftOut } = event;
      const way = `${incoming ? "from" : "to"} ${nameOf(peer)}`;
      const entries = count === 1 ? "1 entry" : `${count} entries`;
      const what = `"${name}" (${entries}, ${formatBytes(bytes)})`;
      return `offer ${id} ${way} of ${what}: ${stage}${reason === "" ? "" : `, ${reason}`}${leftOutNote(leftOut)}`;
    }
  }
}

/** What was left out, by name and reason. */
function leftOutNote(leftOut: LeftOutJson | undefined): string {
  if (leftOut === undefined) return "";
  const { count, items } = leftOut;
  const names = items.map(({ path, reason }) => `"${path}" (${reason})`);
  const more = count > items.length ? [`${count - items.length} more`] : [];
  return `; left out: ${[...names, ...more].join(", ")}`;
}

/** An identity as far as people compare them. */
function nameOf(identity: string): string {
  return identity === ZERO_IDENTITY ? "nobody" : `${identity.slice(0, 8)}…`;
}
