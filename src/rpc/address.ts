/**
 * Addresses as hosts write them (`udp:10.0.0.1:4653`, `udp:[2001:db8::1]:4653`) and as the protocol does (IP and port).
 *
 * @module
 */

import { type Address, parseIp } from "../../codec/protocols/storj/mod.ts";

/**
 * The address of a host for an IP and a port as they are on the wire, or null for text that is not an IP address and
 * for the port 0. IPv6 is written as systems write it (RFC 5952), so that addresses of answers compare equal.
 *
 * ```ts
 * import { addressOf } from "warpwire/rpc";
 *
 * console.log(addressOf("10.0.0.1", 4653)); // udp:10.0.0.1:4653
 * console.log(addressOf("2001:DB8:0::1", 4653)); // udp:[2001:db8::1]:4653
 * console.log(addressOf("example.org", 4653)); // null
 * ```
 */
export function addressOf(ip: string, port: number): string | null {
  if (!(Number.isInteger(port) && port >= 1 && port <= 65535)) return null;
  const parsed = parseIp(ip);
  if (parsed === null) return null;
  return typeof parsed === "number" ? `udp:${ip}:${port}` : `udp:[${formatIPv6(parsed)}]:${port}`;
}

/**
 * The IP and port of a host's address as they go on the wire. An address of another kind has none: its IP is empty and
 * its port 0, which no node takes for a contact.
 */
export function wireAddress(address: string): Address {
  const colon = address.lastIndexOf(":");
  if (!address.startsWith("udp:") || colon <= 4) return NO_ADDRESS;
  const bracketed = address.charCodeAt(4) === 91 && address.charCodeAt(colon - 1) === 93;
  const ip = bracketed ? address.slice(5, colon - 1) : address.slice(4, colon);
  const port = Number(address.slice(colon + 1));
  return port >= 1 && port <= 65535 ? { ip, port } : NO_ADDRESS;
}

const NO_ADDRESS: Address = Object.freeze({ ip: "", port: 0 });

/** The address in the form that hosts give to senders; text that {@link addressOf} does not know stays as it is. */
export function canonicalAddress(address: string): string {
  if (!address.startsWith("udp:[")) return address;
  const { ip, port } = wireAddress(address);
  return addressOf(ip, port) ?? address;
}

/** A number of 32 bits for an address, which nobody can foresee who does not know the key. */
export function addressHash(address: string, key: number): number {
  let hash = key;
  for (let index = 0; index < address.length; index++) {
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function formatIPv6(groups: readonly number[]): string {
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    const [high, low] = [groups[6], groups[7]];
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
