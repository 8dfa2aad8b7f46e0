/**
 * The addresses of this machine.
 *
 * @module
 */

import { networkInterfaces } from "node:os";
import { formatSocketAddress, parseSocketAddress } from "../connect/mod.ts";

/** What listens on all interfaces, for each version of IP. */
const ANY: Readonly<Record<string, string>> = { "0.0.0.0": "IPv4", "::": "IPv6" };

/** Where others find what listens at an address: that of each interface, if it listens on all. */
export function ownAddresses(text: string): string[] {
  const address = parseSocketAddress(text);
  if (address === null || address.kind === "unix" || !(address.host in ANY)) return [text];
  return Object.values(networkInterfaces()).flatMap((several) => several ?? [])
    .filter(({ family }) => family === ANY[address.host])
    .map(({ address: host }) => formatSocketAddress({ ...address, host }));
}
