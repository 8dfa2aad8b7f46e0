/**
 * What an IP address says about who has it: whether it can be a peer's at all, and to which network it belongs.
 *
 * @module
 */

/** Longer text is not an address. */
const TEXT_CHARS_MAX = 45;

/** The network of addresses that may belong to one machine or house, so that they say nothing about who owns them. */
export const EXEMPT = 0;

/**
 * A number for the network of an address: equal for addresses of a /24 (IPv4) or /48 (IPv6), {@link EXEMPT} for those of
 * loopback, private and link-local networks, `null` for text that is no address, and for addresses at which no single
 * machine is: unspecified, multicast, broadcast, reserved.
 */
export function networkOf(ip: string): number | null {
  if (ip.length > TEXT_CHARS_MAX) return null;
  if (!ip.includes(":")) {
    const address = parseIpv4(ip);
    return address === null ? null : networkOfIpv4(address);
  }
  const groups = parseIpv6(ip);
  return groups === null ? null : networkOfIpv6(groups);
}

function networkOfIpv4(address: number): number | null {
  const [first, second] = [address >>> 24, (address >>> 16) & 255];
  if (first === 0 || first >= 224) return null;
  const isLocal = first === 10 || first === 127 || (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second < 32) || (first === 169 && second === 254);
  return isLocal ? EXEMPT : address >>> 8;
}

function networkOfIpv6(groups: readonly number[]): number | null {
  const [first = 0, second = 0, third = 0] = groups;
  const isLow = groups.slice(0, 5).every((group) => group === 0);
  if (isLow && groups[5] === 0xffff) return networkOfIpv4((groups[6] << 16) | groups[7]);
  if (isLow && groups[5] === 0 && groups[6] === 0) return groups[7] === 1 ? EXEMPT : null;
  if (first >= 0xff00) return null;
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return EXEMPT;
  // Networks of IPv4 have 24 bits; these have others.
  return (Math.imul(first, 0x85ebca6b) ^ Math.imul(second, 0xc2b2ae35) ^ Math.imul(third, 0x27d4eb2f)) | 2 ** 30;
}

/** The 32 bits of an address in its usual form, four numbers without leading zeros. */
function parseIpv4(text: string): number | null {
  let [address, number, digits, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x2e) {
      if (digits === 0 || ++dots > 3) return null;
      address = (address << 8) | number;
      [number, digits] = [0, 0];
    } else {
      if (char < 0x30 || char > 0x39 || (digits > 0 && number === 0)) return null;
      number = number * 10 + char - 0x30;
      digits += 1;
      if (number > 255) return null;
    }
  }
  return dots === 3 && digits > 0 ? (address << 8) | number : null;
}

/** The eight groups of an address; none with a zone, which means something on one machine only. */
function parseIpv6(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]);
  const tail = halves.length === 2 ? parseGroups(halves[1]) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string): number[] | null {
  const groups: number[] = [];
  if (text === "") return groups;
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const address = parseIpv4(part);
      if (address === null) return null;
      groups.push(address >>> 16, address & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(parseInt(part, 16));
    }
  }
  return groups;
}
