/**
 * What a peer is called here, and what libp2p calls it.
 *
 * @module
 */

import { formatHex, parseHex } from "../../../codec/mod.ts";
import { formatPeerId, IdentityError, parsePeerId } from "../../identity/mod.ts";

/**
 * The id of a peer here: its compressed secp256k1 key as 66 hex digits. Peers with other kinds of keys, as most nodes of
 * libp2p have them, are called what libp2p calls them (`12D3Koo...`).
 *
 * @param text The id as libp2p writes it
 */
export function fromLibp2pId(text: string): string {
  return orNull(() => formatHex(parsePeerId(text))) ?? text;
}

/** The id as libp2p writes it, of either form; `null` for 66 hex digits that are no key. */
export function toLibp2pId(peerId: string): string | null {
  if (!/^[0-9a-fA-F]{66}$/.test(peerId)) return peerId;
  return orNull(() => formatPeerId(parseHex(peerId)));
}

/** The id of a peer here, for one in either form. */
export function canonicalPeerId(peerId: string): string {
  return fromLibp2pId(toLibp2pId(peerId) ?? peerId);
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}
