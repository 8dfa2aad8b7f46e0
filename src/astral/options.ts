/**
 * The options and the limits of a local service.
 *
 * @module
 */

import type { Clock, Host, Random } from "../host/mod.ts";
import type { PublicIdentity } from "../identity/mod.ts";
import type { ServiceEvent } from "./events.ts";
import type { Contacts } from "./names.ts";

/**
 * The protocol spoken at an address: the binary one of 2023, the objects of 2026, or whichever the guest speaks. A
 * guest of 2023 speaks first, one of 2026 waits to be greeted.
 */
export type GuestProtocol = "auto" | "2023" | "2026";

/** One address to listen on. */
export interface ListenAddress {
  /** `tcp:127.0.0.1:8625`, `unix:/folder/file` or `ws://127.0.0.1:8624/.ws`; port 0 takes a free one. */
  readonly address: string;
  /** Default `auto`; WebSockets only know 2026. */
  readonly protocol?: GuestProtocol;
}

/** How much guests and peers may take. */
export interface ServiceLimits {
  /**
   * Connections of guests. When there are so many, a new one takes the place of the one that has been there longest
   * without having said what it wants; if there is none, it is cut off. Default 1024.
   */
  readonly guestsMax: number;
  /** Queries that wait for the answer of one registered program. Default 128, as astrald has it. */
  readonly pendingMax: number;
  /**
   * Queries of peers that are being answered or are open streams; one peer has at most a quarter. When there are so
   * many, those of strangers that are not answered yet are closed for new ones, and all of strangers for known peers.
   * Default 1024.
   */
  readonly peerStreamsMax: number;
  /** Registrations of all kinds. Default 1024. */
  readonly registrationsMax: number;
  /** Tokens, those of the options included. Default 1024. */
  readonly tokensMax: number;
  /** Bytes of a command of 2023; longer ones end the connection. Default 64 KiB. */
  readonly commandBytesMax: number;
  /** Bytes of a WebSocket message, and of a line for a guest that speaks JSON. Default 1 MiB. */
  readonly messageBytesMax: number;
  /** How long a guest may take until its command is complete, in milliseconds. Default 10 s. */
  readonly commandTimeoutMs: number;
  /** How long an authenticated guest of 2026 may be silent before it is let go, in milliseconds. Default 5 min. */
  readonly idleTimeoutMs: number;
  /** How long a guest at an `auto` address may be silent before it is greeted, in milliseconds. Default 100. */
  readonly greetAfterMs: number;
  /** How long a program of 2023 may take to answer a query, in milliseconds. Default 1 s, as astrald has it. */
  readonly inboundTimeoutMs: number;
  /** How long a program of 2026 may take to answer a query, in milliseconds. Default 5 s, as astrald has it. */
  readonly incomingTimeoutMs: number;
  /** How long a query may take in all, in milliseconds. Default 30 s. */
  readonly queryTimeoutMs: number;
}

/** The limits that hold unless others are given. */
export const SERVICE_LIMITS: ServiceLimits = Object.freeze({
  guestsMax: 1024,
  pendingMax: 128,
  peerStreamsMax: 1024,
  registrationsMax: 1024,
  tokensMax: 1024,
  commandBytesMax: 64 * 1024,
  messageBytesMax: 1024 * 1024,
  commandTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  greetAfterMs: 100,
  inboundTimeoutMs: 1000,
  incomingTimeoutMs: 5000,
  queryTimeoutMs: 30_000,
});

/** Where a service listens by default: where astrald does, on the loopback interface. */
export const LISTEN_DEFAULT: readonly string[] = Object.freeze(["tcp:127.0.0.1:8625", "ws://127.0.0.1:8624/.ws"]);

/** Options of a local service. */
export interface ServiceOptions {
  /** Who the node is: an identity of `warpwire/identity`, with or without its secret, or 66 hex digits. */
  readonly identity: PublicIdentity | string;
  /** The node's name, at most 255 bytes. Default none. */
  readonly alias?: string;
  /**
   * The network to other nodes: a started host whose peer ids are identities in hex and are proven, or where everybody
   * is trusted. The service mounts one path on it and never stops it. Without one there are only local queries.
   */
  readonly link?: Host;
  /** Where guests come in. Default {@link LISTEN_DEFAULT}. */
  readonly listen?: readonly (string | ListenAddress)[];
  /** Tokens and the identities that they stand for: aliases of `contacts`, `localnode`, or 66 hex digits. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Whether guests without a token may do anything: query local services. Default false. */
  readonly allowAnonymous?: boolean;
  /** Whether `listen` and the addresses of registered programs may be outside this machine. Default false. */
  readonly allowRemote?: boolean;
  /** Names of other identities, in hex; a book of names may change while the service runs. */
  readonly contacts?: Readonly<Record<string, string>> | Contacts;
  /**
   * Whether a peer is known: streams of strangers are closed for known peers. Default: whether it is one of the
   * contacts.
   */
  readonly isKnown?: (identity: string) => boolean;
  /**
   * Origins of web pages, as in `https://example.org`, that may open a WebSocket besides pages of this machine and
   * programs that are not browsers. Default none.
   */
  readonly origins?: readonly string[];
  /** Bounds other than {@link SERVICE_LIMITS}. */
  readonly limits?: Partial<ServiceLimits>;
  /** Called with everything worth a line in a log. */
  readonly onEvent?: (event: ServiceEvent) => void;
  /** The time; by default that of `link`, or of the system. */
  readonly clock?: Clock;
  /** The random numbers; by default those of `link`, or of the system. */
  readonly random?: Random;
}
