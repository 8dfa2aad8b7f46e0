/**
 * What peers and addresses are called here, and what libp2p calls them. Its addresses are multiaddrs,
 * `/ip4/127.0.0.1/tcp/4001`, and the same in the form that all hosts have, `tcp:127.0.0.1:4001`. Which protocols a
 * multiaddr may name: https://github.com/multiformats/multiaddr/blob/master/protocols.csv
 *
 * @module
 */

import { formatHex, parseHex } from "../../../codec/mod.ts";
import { formatPeerId, IdentityError, parsePeerId } from "../../identity/mod.ts";
import { formatSocketAddress, parseSocketAddress } from "../connect/mod.ts";

/** Longer text is not an address: with room for a name of 253 characters and a peer id. */
const TEXT_CHARS_MAX = 512;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const TCP = /^(?:\/ip6zone\/([^/]+))?\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)$/;
const PEER_ID = /\/p2p\/[^/]+$/;
/** How many ids are remembered, in each direction: to read a key takes a tenth of a millisecond. */
const REMEMBERED_MAX = 1024;

/**
 * The multiaddr of an address: `tcp:` in this form, and what begins with a slash as it is, which only libp2p can check.
 * `null` for all other kinds.
 */
export function toMultiaddrText(address: string): string | null {
  if (address.startsWith("/")) return address.length > TEXT_CHARS_MAX ? null : address;
  const parsed = parseSocketAddress(address);
  if (parsed?.kind !== "tcp") return null;
  const { host, port } = parsed;
  // No server of names need know it, and libp2p listens on no names.
  if (/^localhost\.?$/i.test(host)) return `/ip4/127.0.0.1/tcp/${port}`;
  if (IPV4.test(host)) return `/ip4/${host}/tcp/${port}`;
  if (!host.includes(":")) return `/dns/${host}/tcp/${port}`;
  const [ip, zone] = host.split("%");
  return zone === undefined ? `/ip6/${ip}/tcp/${port}` : `/ip6zone/${zone}/ip6/${ip}/tcp/${port}`;
}

/** The address of a multiaddr, without the peer id after it. What TCP alone does not reach stays a multiaddr. */
export function fromMultiaddrText(text: string): string {
  const bare = text.replace(PEER_ID, "");
  const match = TCP.exec(bare);
  if (match === null) return bare;
  const [, zone, , host, port] = match;
  return formatSocketAddress({ kind: "tcp", host: zone === undefined ? host : `${host}%${zone}`, port: Number(port) });
}

/** The peer id that a multiaddr ends with, as libp2p writes it; `null` if it has none. */
export function peerIdOfMultiaddr(text: string): string | null {
  return PEER_ID.exec(text)?.[0].slice(5) ?? null;
}

/**
 * The id of a peer here: its compressed secp256k1 key as 66 hex digits. Peers with other kinds of keys, as most nodes
 * of libp2p have them, are called what libp2p calls them (`12D3Koo...`).
 *
 * @param text The id as libp2p writes it
 */
export function fromLibp2pId(text: string): string {
  return idOf(text) ?? text;
}

/** The id as libp2p writes it, of either form; `null` for 66 hex digits that are not a key. */
export function toLibp2pId(peerId: string): string | null {
  if (!/^[0-9a-fA-F]{66}$/.test(peerId)) return peerId;
  return libp2pIdOf(peerId);
}

/** The id of a peer here, for one in either form. */
export function canonicalPeerId(peerId: string): string {
  return fromLibp2pId(toLibp2pId(peerId) ?? peerId);
}

const idOf = remembering((text) => formatHex(parsePeerId(text)));
const libp2pIdOf = remembering((text) => formatPeerId(parseHex(text)));

/** Makes a function that returns `null` where there is no key, and remembers what it was asked last. */
function remembering(read: (text: string) => string): (text: string) => string | null {
  const found = new Map<string, string | null>();
  return (text) => {
    const known = found.get(text);
    if (known !== undefined) return known;
    const value = orNull(() => read(text));
    if (text.length > TEXT_CHARS_MAX) return value;
    found.set(text, value);
    const [oldest] = found.keys();
    if (found.size > REMEMBERED_MAX) found.delete(oldest);
    return value;
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}
