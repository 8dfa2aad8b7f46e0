/**
 * Bitcoin addresses, which are node ids as a text.
 *
 * @module
 */

import { plural, show } from "../../codec/text/mod.ts";
import { formatBase58Check, parseBase58Check } from "./base58check.ts";
import { IdentityError } from "./error.ts";

/** Bytes of a node id: the HASH160 of a public key. */
export const NODE_ID_BYTES = 20;

/** Version of addresses of public keys (P2PKH) on Bitcoin's main network. */
const ADDRESS_VERSION = 0x00;

/**
 * The address of a node id, as storj pays to it.
 *
 * @throws IdentityError `size` for other than 20 bytes
 */
export function formatAddress(nodeId: Uint8Array): string {
  if (nodeId.length !== NODE_ID_BYTES) {
    throw new IdentityError("size", `Cannot write ${plural(nodeId.length, "byte")} as an address: a node id has 20`);
  }
  return formatBase58Check(Uint8Array.of(ADDRESS_VERSION, ...nodeId));
}

/**
 * The node id of an address.
 *
 * @throws IdentityError `syntax` or `checksum`, or `network` for addresses of scripts, test networks and other currencies
 */
export function parseAddress(text: string): Uint8Array {
  const bytes = parseBase58Check(text, "an address", [1 + NODE_ID_BYTES]);
  if (bytes[0] !== ADDRESS_VERSION) {
    throw new IdentityError("network", `Cannot read ${show(text)} as an address: it is of version ${bytes[0]}, not 0`);
  }
  return bytes.slice(1);
}
