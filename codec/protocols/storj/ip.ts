/**
 * IP addresses as texts, which is how they are on the wire.
 *
 * @module
 */

/** Longer text is not an IP address: eight groups, the last two as IPv4. */
const IP_CHARS_MAX = 45;
const ZERO = 48;
const NINE = 57;
const DOT = 46;
const COLON = 58;

/**
 * The 32 bits of an IPv4 address, as a number that may be negative, or the eight groups of an IPv6 address; null for text
 * that is neither. An IPv4 address is four numbers without leading zeros; one of IPv6 has no zone, which would mean
 * something on one machine only.
 *
 * ```ts
 * import { parseIp } from "warpwire/protocols/storj";
 *
 * console.log(parseIp("10.0.0.1")); // 167772161
 * console.log(parseIp("2001:db8::1")); // [ 8193, 3512, 0, 0, 0, 0, 0, 1 ]
 * console.log(parseIp("example.org")); // null
 * ```
 */
export function parseIp(text: string): number | number[] | null {
  if (text.length > IP_CHARS_MAX) return null;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** By hand, since answers are full of them. */
function parseIpv4(text: string): number | null {
  let [address, value, digits, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === DOT) {
      if (digits === 0 || ++dots > 3) return null;
      address = (address << 8) | value;
      value = digits = 0;
      continue;
    }
    if (char < ZERO || char > NINE || (digits > 0 && value === 0)) return null;
    value = 10 * value + char - ZERO;
    digits += 1;
    if (value > 255) return null;
  }
  return dots === 3 && digits > 0 ? (address << 8) | value : null;
}

/** RFC 4291, section 2.2: eight groups, of which `::` stands for one or more; the last two may be an IPv4 address. */
function parseIpv6(text: string): number[] | null {
  const groups: number[] = [];
  let [gap, at] = text.startsWith("::") ? [0, 2] : [-1, 0];
  while (at < text.length) {
    const start = at;
    let [group, char] = [0, 0];
    for (; at < text.length; at++) {
      char = text.charCodeAt(at);
      const digit = hexDigit(char);
      if (digit < 0) break;
      group = 16 * group + digit;
    }
    if (char === DOT) {
      const address = parseIpv4(text.slice(start));
      if (address === null) return null;
      groups.push(address >>> 16, address & 0xffff);
      break;
    }
    if (at === start || at - start > 4) return null;
    groups.push(group);
    if (at === text.length) break;
    at += 1;
    if (char !== COLON || at === text.length) return null;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return null;
    gap = groups.length;
    at += 1;
  }
  if (gap < 0) return groups.length === 8 ? groups : null;
  const missing = 8 - groups.length;
  return missing < 1 ? null : [...groups.slice(0, gap), ...new Array<number>(missing).fill(0), ...groups.slice(gap)];
}

function hexDigit(char: number): number {
  if (char >= ZERO && char <= NINE) return char - ZERO;
  const letter = char | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
