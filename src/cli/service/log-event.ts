/**
 * The events of a log, how much they matter, and who caused them.
 *
 * @module
 */

import { ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import type { ServiceEvent } from "../../astral/mod.ts";
import type { OfferState } from "../../warpdrive/mod.ts";
import type { CommandEvent } from "./command-server.ts";
import type { KeptJson, LeftOutJson } from "../terminal/mod.ts";
import type { GatedLine, LogSum } from "./log-gate.ts";

/** An event of a log. */
export type LogEvent =
  | ServiceEvent
  /** Something that needs somebody's attention, but does not end the service. */
  | {
    readonly type: "warning";
    readonly message: string;
    /** Something is lost as long as nobody sees to it. */
    readonly severe?: boolean;
    /** Whose session or offer it was. */
    readonly peer?: string | undefined;
    /** The code of the error. */
    readonly code?: string;
  }
  /** A node of the configuration was looked for. */
  | {
    readonly type: "peer";
    readonly name: string;
    readonly identity: string;
    readonly outcome: string;
    /** Why it was not found. */
    readonly code?: string;
  }
  /** The astral node whose guest this service is has all names of the service, has lost one, or does not take one. */
  | {
    readonly type: "node";
    readonly outcome: "held" | "lost" | "failed";
    readonly code?: string;
    readonly reason?: string;
  }
  /** Another machine, or a peer, got no connection or lost it to others, because there are too many. */
  | { readonly type: "connection-refused"; readonly source: string; readonly reason: string }
  /** An offer of files has come, or got another stage. */
  | (
    & { readonly type: "offer" }
    & Pick<OfferState, "id" | "peer" | "incoming" | "stage" | "reason" | "name" | "count" | "bytes">
    & {
      /** Whether it is this node's own, or somebody or a rule here has accepted or ended it. */
      readonly taken: boolean;
      readonly leftOut?: LeftOutJson;
      readonly kept?: KeptJson;
    }
  )
  /** What became of a query that a command serves. */
  | { readonly type: "command" } & CommandEvent
  /** Events that were counted, because they are too many to be written one by one. */
  | { readonly type: "sum" } & LogSum;

/** How much an event matters, the most first; a log has all that matter at least so much. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** The level of an event. */
export function levelOf(event: LogEvent): LogLevel {
  switch (event.type) {
    case "warning":
      return event.severe === true ? "error" : "warn";
    case "node":
      return event.outcome === "held" ? "info" : "warn";
    // Two lines for everything that a program does.
    case "guest":
    case "guest-left":
    case "authenticated":
      return "debug";
    default:
      return "info";
  }
}

/** Who caused an event, as far as that bounds how often it is written. */
export type Attribution = Pick<GatedLine, "party" | "source" | "what" | "counted">;

/** The source of what programs do that have no token. */
const PROGRAMS = "programs without a token";

/** Who caused an event. */
export function attributionOf(event: LogEvent, isKnown: (peer: string) => boolean): Attribution {
  const partyOf = (peer: string) => isKnown(peer) ? "known" : "stranger";
  switch (event.type) {
    case "query": {
      const { origin, caller, outcome } = event;
      const what = outcome === "accepted" ? "queries accepted" : `queries refused (${outcome})`;
      if (origin !== "peer" && caller === ZERO_IDENTITY) return refusal(PROGRAMS, what);
      const party = origin === "peer" ? partyOf(caller) : "own";
      return { party, source: caller, what, counted: party === "stranger" && outcome !== "accepted" };
    }
    case "guest":
    case "guest-left":
    case "refused":
      return refusal(PROGRAMS, event.type === "refused" ? "programs cut off" : "programs");
    case "peer-refused":
      return { party: partyOf(event.peer), source: event.peer, what: "queries refused (busy)", counted: true };
    case "connection-refused":
      return { party: partyOf(event.source), source: event.source, what: `connections ${event.reason}`, counted: true };
    case "warning": {
      const { peer, code = "unknown", severe = false } = event;
      if (peer === undefined || severe) return { party: "own", source: "", what: `warnings (${code})` };
      const party = partyOf(peer);
      return { party, source: peer, what: `sessions broken off (${code})`, counted: party === "stranger" };
    }
    case "offer": {
      const { peer, stage, reason, taken } = event;
      const party = taken ? "known" : partyOf(peer);
      const what = `offers ${stage}${reason === "" ? "" : ` (${reason})`}`;
      return { party, source: peer, what, counted: party === "stranger" && stage !== "awaiting" };
    }
    case "command":
      return { party: "known", source: event.caller, what: `queries ${event.outcome}` };
    default:
      return { party: "own", source: "", what: `events "${event.type}"` };
  }
}

function refusal(source: string, what: string): Attribution {
  return { party: "stranger", source, what, counted: true };
}
