/**
 * The events of a log in words.
 *
 * @module
 */

import { isIdentity, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import { codeText, formatBytes, keptText, type LeftOutJson, lowerCased } from "../terminal/mod.ts";
import type { LogEvent } from "./log-event.ts";
import { type LogSum, SOURCES_MAX } from "./log-gate.ts";

/** An event as a line for people. */
export function logText(event: LogEvent): string {
  switch (event.type) {
    case "started":
      return `started: programs come in at ${event.addresses.join(" ")}`;
    case "stopped":
      return "stopped";
    case "guest":
      return `program ${event.guest} has connected (${event.transport})`;
    case "guest-left":
      return `program ${event.guest} has left`;
    case "authenticated":
      return `program ${event.guest} acts as ${nameOf(event.identity)}`;
    case "refused":
      return `a program was cut off: ${event.reason}`;
    case "peer-refused":
      return `a query from ${nameOf(event.peer)} was refused: ${event.reason}`;
    case "connection-refused":
      return `a connection of ${nameOf(event.source)} was refused: ${event.reason}`;
    case "registered":
    case "unregistered": {
      const { kind, name, address } = event.registration;
      return `${event.type} ${kind} "${name}"${address === "" ? "" : ` at ${address}`}`;
    }
    case "query": {
      const { caller, target, name, outcome, durationMs } = event;
      return `query "${name}" from ${nameOf(caller)} to ${nameOf(target)}: ${codeText(outcome)} (${
        durationMs.toFixed(1)
      } ms)`;
    }
    case "warning":
      return `${event.severe === true ? "error" : "warning"}: ${event.message}${
        event.peer === undefined ? "" : ` (${nameOf(event.peer)})`
      }`;
    case "peer":
      return `peer ${event.name}: ${event.outcome}`;
    case "node":
      return nodeText(event);
    case "offer": {
      const { id, peer, incoming, stage, reason, name, count, bytes, leftOut, kept } = event;
      const way = `${incoming ? "from" : "to"} ${nameOf(peer)}`;
      const entries = count === 1 ? "1 entry" : `${count} entries`;
      const what = `"${name}" (${entries}, ${formatBytes(bytes)})`;
      const why = `${reason === "" ? "" : `, ${codeText(reason)}`}${kept === undefined ? "" : ` (${keptText(kept)})`}`;
      return `offer ${id} ${way} of ${what}: ${stage}${why}${leftOutNote(leftOut)}`;
    }
    case "command":
      return `query "${event.query}" from ${event.caller === "" ? "nobody" : event.caller}: ${event.outcome}`;
    case "sum":
      return sumText(event);
  }
}

function nodeText({ outcome, reason = "" }: LogEvent & { readonly type: "node" }): string {
  if (outcome === "held") return "registered with the astral node";
  if (outcome === "lost") return "warning: the astral node is gone; the service waits for it";
  return `warning: not registered with the astral node: ${lowerCased(reason)}`;
}

/** How people call those whose events were counted. */
const PARTIES: Readonly<Record<LogSum["party"], string>> = {
  own: "this node",
  known: "peers",
  stranger: "strangers",
};

/** What was counted: how many events, whose, and of which kind. */
function sumText({ party, seconds, count, sources, most, whats }: LogSum): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const many = sources >= SOURCES_MAX ? "at least " : "";
  const whom = party === "own" ? PARTIES.own : `${many}${number(sources)} ${PARTIES[party]}`;
  const what = Object.entries(whats).map(([name, times]) => `${number(times)} ${name}`).join(", ");
  const first = sources > 1 ? `; most (${number(most.count)}) by ${nameOf(most.source)}` : ` (${nameOf(most.source)})`;
  return `${number(count)} more events of ${whom} in the last ${seconds} s: ${what}${party === "own" ? "" : first}`;
}

/** What was left out, by name and reason. */
function leftOutNote(leftOut: LeftOutJson | undefined): string {
  if (leftOut === undefined) return "";
  const { count, items } = leftOut;
  const names = items.map(({ path, reason }) => `"${path}" (${reason})`);
  const more = count > items.length ? [`${count - items.length} more`] : [];
  return `; left out: ${[...names, ...more].join(", ")}`;
}

/** An identity as far as people compare them; other names of sources as they are. */
function nameOf(source: string): string {
  if (source === ZERO_IDENTITY) return "nobody";
  return isIdentity(source) ? `${source.slice(0, 8)}…` : source;
}
