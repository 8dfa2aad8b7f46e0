/**
 * The networks of addresses, and bounds on how many contacts of one network count, so that one who owns a few networks
 * cannot surround a key or fill a table with nodes of its own (Sybil and eclipse attacks): ids cost nothing, addresses of
 * many networks do.
 *
 * @module
 */

import { parseIp } from "../../codec/protocols/storj/mod.ts";

/** The network of addresses that may belong to one machine or house, so that they say nothing about who owns them. */
export const EXEMPT = 0;

/** How many contacts of one /24 (IPv4) or /48 (IPv6) there may be. */
export interface DiversityLimits {
  /** In a bucket. Default 2. */
  readonly bucket: number;
  /** In the table. Default 10. */
  readonly table: number;
  /** Among the k candidates by which a lookup ends. Default 2. */
  readonly lookup: number;
}

/** The limits by default. Loopback, private and link-local networks are exempt always. */
export const DIVERSITY: DiversityLimits = Object.freeze({ bucket: 2, table: 10, lookup: 2 });

/** No limits. */
const NONE: DiversityLimits = Object.freeze({ bucket: Infinity, table: Infinity, lookup: Infinity });

/** The limits that options ask for. */
export function diversityLimits(options: Partial<DiversityLimits> | false | undefined): DiversityLimits {
  // One object for all nodes.
  if (options === undefined) return DIVERSITY;
  return options === false ? NONE : Object.freeze({ ...DIVERSITY, ...options });
}

/** How many of the contacts in a part of a list are of a network; none of an exempt one. */
export function countOfNetwork(
  network: number,
  contacts: readonly ({ readonly network: number } | null)[],
  from: number,
  to: number,
): number {
  if (network === EXEMPT) return 0;
  let count = 0;
  for (let at = from; at < to; at++) {
    if (contacts[at]?.network === network) count += 1;
  }
  return count;
}

/**
 * A number for the network of an address: equal for addresses of a /24 (IPv4) or /48 (IPv6), {@link EXEMPT} for those of
 * loopback, private and link-local networks, `null` for text that is no address, and for addresses at which no single
 * machine is: unspecified, multicast, broadcast, reserved.
 */
export function networkOf(ip: string): number | null {
  const parsed = parseIp(ip);
  if (parsed === null) return null;
  return typeof parsed === "number" ? networkOfIpv4(parsed) : networkOfIpv6(parsed);
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
