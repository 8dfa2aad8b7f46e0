/**
 * What other folders use of the hosts on sockets.
 *
 * @module
 */

export { SocketHost } from "./host.ts";
export { SocketTransport } from "./transport.ts";
