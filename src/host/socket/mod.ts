/**
 * What other folders use of the hosts on sockets.
 *
 * @module
 */

export { SocketTransport } from "./transport.ts";
