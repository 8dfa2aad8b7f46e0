/**
 * What other folders use of the hosts on sockets.
 *
 * @module
 */

export { SocketTransport } from "./transport.ts";
export { SocketHost, socketHost, type SocketHostOptions } from "./host.ts";
