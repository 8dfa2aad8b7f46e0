/**
 * Addresses as hosts write them (`udp:10.0.0.1:4653`, `udp:[2001:db8::1]:4653`) and as the protocol does (IP and port).
 *
 * @module
 */

import type { Address } from "../../codec/protocols/storj/mod.ts";

/** Longer text is not an IP address: eight groups, the last two as IPv4. */
const IP_CHARS_MAX = 45;
const ZERO = 48;
const NINE = 57;
const DOT = 46;

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
  if (isIPv4(ip)) return `udp:${ip}:${port}`;
  const groups = parseIPv6(ip);
  return groups === null ? null : `udp:[${formatIPv6(groups)}]:${port}`;
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

/** Four numbers without leading zeros; by hand, since answers are full of them. */
function isIPv4(text: string): boolean {
  const { length } = text;
  if (length > 15) return false;
  let [parts, digits, value] = [1, 0, 0];
  for (let index = 0; index < length; index++) {
    const char = text.charCodeAt(index);
    if (char === DOT) {
      if (digits === 0) return false;
      parts += 1;
      digits = 0;
      value = 0;
      continue;
    }
    if (char < ZERO || char > NINE || (digits > 0 && value === 0)) return false;
    value = 10 * value + char - ZERO;
    digits += 1;
    if (value > 255) return false;
  }
  return parts === 4 && digits > 0;
}

/** The eight groups of an IPv6 address (RFC 4291, section 2.2), or null. */
function parseIPv6(text: string): number[] | null {
  if (text.length > IP_CHARS_MAX || !/^[0-9a-fA-F:.]+$/.test(text)) return null;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === null || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && isIPv4(part)) {
      const [a, b, c, d] = part.split(".").map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else return null;
  }
  return groups;
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
