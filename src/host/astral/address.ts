/**
 * Addresses of astral nodes, and of the peers that they reach.
 *
 * @module
 */

import { isIdentity, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import { HostError } from "../error.ts";
import type { PeerInfo } from "../host.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../connect/mod.ts";

/** Where a node takes its guests: a TCP port, a unix socket, or a WebSocket. */
export type NodeAddress = SocketAddress & { readonly kind: "tcp" | "unix" } | WebSocketAddress;

/** A WebSocket of a node. */
export interface WebSocketAddress {
  readonly kind: "websocket";
  /** The URL, as in `ws://127.0.0.1:8624/.ws`. */
  readonly url: string;
}

/** The address of a node on this machine, the first of those that it listens on unless it is configured otherwise. */
export const NODE_ADDRESS = "tcp:127.0.0.1:8625";
/** Longer URLs are not addresses of nodes. */
const URL_CHARS_MAX = 1024;
/** The kind of address that names a peer to the node. */
const PEER_PREFIX = "astral:";
/** By this name a node of 2023 knows itself. */
export const LOCAL_NODE = "localnode";

/**
 * Reads the address of a node: `tcp:127.0.0.1:8625`, `unix:/run/astral.sock`, `ws://127.0.0.1:8624/.ws`.
 *
 * @throws HostError `address`
 */
export function parseNodeAddress(text: string): NodeAddress {
  const socket = parseSocketAddress(text);
  if (socket !== null && socket.kind !== "udp") return { ...socket } as NodeAddress;
  if (/^wss?:\/\//.test(text) && text.length <= URL_CHARS_MAX && URL.canParse(text)) {
    return { kind: "websocket", url: text };
  }
  throw new HostError("address", `Cannot use "${text}" as the address of an astral node`);
}

/** Writes the address of a node. */
export function formatNodeAddress(address: NodeAddress): string {
  return address.kind === "websocket" ? address.url : formatSocketAddress(address);
}

/** The addresses of a list with semicolons, as in `ASTRALD_APPHOST_ADDR`; empty parts do not count. */
export function splitNodeAddresses(list: string): string[] {
  return list.split(";").map((part) => part.trim()).filter((part) => part !== "");
}

/** What is known of a peer with an identity; `null` and zero mean an unknown peer, whose id is empty. */
export function peerOfIdentity(identity: string | null): PeerInfo {
  if (identity === null || identity === ZERO_IDENTITY) return Object.freeze({ peerId: "" });
  return Object.freeze({ peerId: identity, addresses: Object.freeze([PEER_PREFIX + identity]) });
}

/** What a peer is called: its id, or what its first address of astral says; `null` if neither says anything. */
export function peerName({ peerId, addresses = [] }: PeerInfo): string | null {
  if (peerId !== "") return peerId;
  const address = addresses.find((text) => text.startsWith(PEER_PREFIX));
  return address === undefined || address === PEER_PREFIX ? null : address.slice(PEER_PREFIX.length);
}

/** The identity that a name is already: 66 hex digits of a key. Other names have to be resolved by a node. */
export function identityOfName(name: string): string | null {
  const identity = name.toLowerCase();
  return isIdentity(identity) && identity !== ZERO_IDENTITY ? identity : null;
}
