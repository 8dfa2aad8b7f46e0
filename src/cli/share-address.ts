/**
 * What `share` prints and `receive` takes: who shares, the code that only those who were told it know, and where.
 *
 * @module
 */

import { formatHex } from "../../codec/hex.ts";
import { toMultiaddrText } from "../host/libp2p-address.ts";
import { PublicIdentity } from "../identity/public-identity.ts";
import { platformRandom } from "../identity/random.ts";
import { UsageError } from "./command.ts";

/** Bytes of a code: nobody tries 2^64 of them. */
const CODE_BYTES = 8;
/** How many addresses are told: more would not fit into a line that people copy. */
const ADDRESSES_MAX = 4;
const LOOPBACK = /^tcp:(127\.|\[::1\]|localhost)/;
const LINK_LOCAL = /^tcp:\[fe80:/i;

/** Where a share is to be found. */
export interface ShareAddress {
  /** 66 hex digits; the host proves that the peer has this key. */
  readonly peerId: string;
  /** Without it the share is not found. */
  readonly code: string;
  /** As hosts have them, `tcp:192.0.2.7:4001`. */
  readonly addresses: readonly string[];
}

/** A fresh code. */
export function newShareCode(): string {
  return formatHex(platformRandom(CODE_BYTES));
}

/**
 * `ID.CODE@ADDR+ADDR`, with `192.0.2.7:4001` for addresses of TCP and `2001:db8::1:4001` for those of IPv6: no shell gives
 * a meaning to any of these characters, as zsh does to brackets and PowerShell to commas.
 */
export function formatShareAddress({ peerId, code, addresses }: ShareAddress): string {
  return `${peerId}.${code}@${
    addresses.map((address) => address.replace(/^tcp:/, "").replace(/[[\]]/g, "")).join("+")
  }`;
}

/**
 * Reads what {@link formatShareAddress} writes, alone or as a part of the command that was printed; the id may also be
 * one of libp2p, addresses multiaddrs, and addresses separated by commas, with IPv6 in brackets.
 *
 * @throws UsageError
 */
export function parseShareAddress(text: string): ShareAddress {
  const bare = text.trim().replace(/^\S* *\breceive +/, "").replace(/^["'](.*)["']$/, "$1");
  const match = /^(\w+)\.([0-9a-f]{2,64})@(.+)$/.exec(bare);
  if (match === null) {
    throw new UsageError("The share is not of the form ID.CODE@ADDRESS that the other machine printed");
  }
  const [, id, code, places] = match;
  const addresses = places.split(/[,+]/).map(addressOf);
  for (const address of addresses) {
    if (toMultiaddrText(address) === null) throw new UsageError(`Address "${address}" is not as in 192.0.2.7:4001`);
  }
  return { peerId: identityOf(id), code, addresses };
}

/** An address as hosts have it: what comes before the last colon is the machine. */
function addressOf(place: string): string {
  if (/^(tcp:|\/)/.test(place)) return place;
  const [, host, port] = /^([^[\]]*:[^[\]]*):(\d+)$/.exec(place) ?? [];
  return host === undefined ? `tcp:${place}` : `tcp:[${host}]:${port}`;
}

/** Those of a host's addresses that lead others to it: no loopback, unless there is nothing else. */
export function sharedAddresses(addresses: readonly string[]): string[] {
  const outside = addresses.filter((address) => !LOOPBACK.test(address) && !LINK_LOCAL.test(address));
  return (outside.length > 0 ? outside : addresses).slice(0, ADDRESSES_MAX);
}

function identityOf(text: string): string {
  try {
    const identity = /^0[23]/.test(text) ? PublicIdentity.fromAstralIdentity(text) : PublicIdentity.fromPeerId(text);
    return identity.astralIdentity;
  } catch {
    throw new UsageError("The share has no identity: that is 66 hex digits that begin with 02 or 03");
  }
}
