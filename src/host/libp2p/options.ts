/**
 * Options of the libp2p host. Nothing here, nor in the host's own types, names those of libp2p's packages, so
 * that programs compile without them.
 *
 * @module
 */

import type { Identity } from "../../identity/mod.ts";
import type { PeerInfo } from "../host.ts";

/** The protocol by which libp2p knows the streams. */
export const LIBP2P_PROTOCOL = "/warpwire/1";

/** Why a connection was refused: all places are taken, or somebody else was to have its place. */
export type ConnectionRefusal = "over the limit" | "given way";

/** What a `Libp2pHost` needs to know. */
export interface Libp2pHostOptions {
  /** Whose key this host has. Its id is the compressed public key as 66 hex digits. */
  readonly identity: Identity;
  /**
   * Where to listen: `tcp:0.0.0.0:4001`, `tcp:[::1]:0` or multiaddrs, `/ip4/0.0.0.0/tcp/4001`; port 0 takes a free one.
   * Default: a free port of 127.0.0.1. An empty list only opens connections.
   */
  readonly listen?: readonly string[];
  /** Peers that are known, so that their id suffices to reach them. */
  readonly peers?: readonly PeerInfo[];
  /** Whether to look for peers in the local network, and to be found there. Default false. */
  readonly mdns?: boolean | MdnsOptions;
  /**
   * Called with peers that mDNS finds, each time they are heard of; it must not throw. They are not connected to by
   * themselves.
   */
  readonly whenDiscovered?: (peer: PeerInfo) => void;
  /**
   * Whether a peer is known: slots of strangers are taken for known peers, however many strangers come. It is asked
   * often, and must not throw. Default: whether it is in `peers`.
   */
  readonly isKnown?: (peerId: string) => boolean;
  /**
   * Called when a connection that others make gets no place, or has to give way, with the peer's id or, before that is
   * proven, the address of its machine. It must not throw.
   */
  readonly whenRefused?: (source: string, reason: ConnectionRefusal) => void;
  /**
   * How many connections others may have here. When all are taken, those of strangers without an accepted stream give
   * way to new ones, the oldest first, and all those of strangers to known peers; one machine, or known peer, has at
   * most half of them. Default 256.
   */
  readonly connectionsMax?: number;
  /** How many streams others may have here, with the same rules for each peer. Default 1024. */
  readonly streamsMax?: number;
  /** How long a peer may take to prove who it is, and to say what it wants, in milliseconds. Default 5 s. */
  readonly openingTimeoutMs?: number;
  /** How long a program may take to accept or reject a stream before the caller hears `busy`. Default 60 s. */
  readonly decisionTimeoutMs?: number;
  /** How long closing a stream may take until what was written is sent, in milliseconds. Default 5 s. */
  readonly closeTimeoutMs?: number;
}

/** How peers are looked for in the local network, by multicast DNS. */
export interface MdnsOptions {
  /** How often is asked who is there, in milliseconds. Default 10 s. */
  readonly intervalMs?: number;
  /** What the nodes of one network call themselves. Default `_p2p._udp.local`, as in all of libp2p. */
  readonly serviceTag?: string;
  /** The UDP port; others than 5353 make a network of their own. */
  readonly port?: number;
  /** The multicast group. Default 224.0.0.251. */
  readonly group?: string;
}
