/**
 * Hosts that identities meet on: TLS and libp2p at the same addresses, on Node and Deno. Peers prove who they are.
 *
 * @module
 */

export { LinkHost, linkHost, type LinkHostOptions } from "./host.ts";
