/**
 * IP addresses as text.
 *
 * @module
 */

/** Whether a text is an IPv4 address of four decimal numbers, or an IPv6 address without a zone. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".", 5);
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291, section 2.2: eight groups, of which `::` may stand for some; the last two may be an IPv4 address. */
function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.map((half, index) => countGroups(half, index === halves.length - 1));
  if (groups.includes(-1)) return false;
  const total = groups.reduce((sum, count) => sum + count, 0);
  return halves.length === 2 ? total < 8 : total === 8;
}

/** How many groups of 16 bits a part of an address has, or -1 when it is none. */
function countGroups(half: string, last: boolean): number {
  if (half === "") return 0;
  const parts = half.split(":");
  const tail = parts[parts.length - 1];
  const embedded = last && isIpv4(tail);
  if (embedded) parts.pop();
  if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return -1;
  return parts.length + (embedded ? 2 : 0);
}
