/**
 * Hosts on the sockets of the system: streams over TCP and unix sockets, datagrams over UDP. On Node and Deno.
 *
 * Nothing here is authenticated or encrypted: a peer's id is what it says. Listen where only those can connect who may,
 * which is why the default is the loopback interface.
 *
 * @module
 */

export { SocketTransport } from "./transport.ts";
export { SocketHost, socketHost, type SocketHostOptions } from "./host.ts";
