/**
 * What a local service reports to its program: events for logs, and a snapshot of its state.
 *
 * @module
 */

import type { HostErrorCode } from "../host/mod.ts";

/** The path under which nodes take queries from each other, a stream for each; the number is the version. */
export const LINK_PATH = "/warpwire/query/1";

/** The path under which they take one query after another on each stream, see `channels/lane.ts`. */
export const LANES_PATH = "/warpwire/query/2";

/** How a guest is connected. */
export type GuestTransport = "tcp" | "unix" | "ws";

/** Where a query comes from: a guest, the program that runs the service, or another node. */
export type QueryOrigin = "guest" | "host" | "peer";

/** Something that happened. No event carries a token, or the parameters of a query, among which tokens can be. */
export type ServiceEvent =
  | { readonly type: "started"; readonly addresses: readonly string[] }
  | { readonly type: "stopped" }
  /** A guest has connected; `guest` is a number that names it from now on. */
  | { readonly type: "guest"; readonly guest: number; readonly transport: GuestTransport }
  /** A guest has shown a valid token, or was accepted without one and without an identity. */
  | { readonly type: "authenticated"; readonly guest: number; readonly identity: string }
  /** A guest was refused or cut off; its number is 0 if it never got a place. */
  | { readonly type: "refused"; readonly guest: number; readonly reason: string }
  | { readonly type: "guest-left"; readonly guest: number }
  /** A query of another node was refused before it was read. */
  | { readonly type: "peer-refused"; readonly peer: string; readonly reason: string }
  | { readonly type: "registered"; readonly registration: Registration }
  | { readonly type: "unregistered"; readonly registration: Registration }
  /** A query was answered; `outcome` is `accepted` or why not. */
  | {
    readonly type: "query";
    readonly origin: QueryOrigin;
    readonly caller: string;
    readonly target: string;
    readonly name: string;
    readonly outcome: "accepted" | HostErrorCode | "failed";
    readonly durationMs: number;
  };

/** A program that gets queries. */
export interface Registration {
  /** How: a name of 2023, a path mounted in the service's own process, a handler or a service of 2026. */
  readonly kind: "name" | "mount" | "handler" | "service";
  /** The name; of a handler or service, which gets all queries to an identity, the identity. */
  readonly name: string;
  /** Where queries are sent: an address, or empty for those that come over the guest's own connection. */
  readonly address: string;
}

/** Another node that was heard of. */
export interface PeerStatus {
  readonly identity: string;
  /** Its alias, or a short form of its identity. */
  readonly name: string;
  /** Queries that it sent and that were answered here, whatever the answer. */
  readonly queriesIn: number;
  /** Queries that were sent to it. */
  readonly queriesOut: number;
  /** Streams that are open now. */
  readonly streams: number;
  /** When it was last heard of, in milliseconds since 1970; 0 for a contact that never was. */
  readonly seenMs: number;
}

/** The state of a service. */
export interface ServiceStatus {
  readonly identity: string;
  readonly alias: string;
  readonly started: boolean;
  /** Where guests come in. */
  readonly addresses: readonly string[];
  /** Where other nodes can reach this one. */
  readonly linkAddresses: readonly string[];
  /** Connections of guests. */
  readonly guests: number;
  readonly registrations: readonly Registration[];
  readonly peers: readonly PeerStatus[];
}

/** The name that echoes what it gets, on every node that runs this service. */
export const PING_NAME = ".ping";

/** One line that `warpwire.ping` answers. */
export interface PingLine {
  readonly peer: string;
  /** Number of the ping, from 1. */
  readonly seq: number;
  /** How long it took there and back, in milliseconds. */
  readonly rttMs?: number;
  /** How long it took until the stream was open; in the first line only. */
  readonly openMs?: number;
  /** Why there was no answer: a code of `HostError`. It is the last line then. */
  readonly error?: string;
}
