/**
 * What other folders use of the hosts on sockets.
 *
 * @module
 */

export { SocketHost } from "./host.ts";
export { ownAddresses } from "./own-addresses.ts";
export { type OnRead, SocketTransport } from "./transport.ts";
