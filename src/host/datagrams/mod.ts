/**
 * Datagrams between hosts, and over streams where a host has none.
 *
 * @module
 */

export { copyDatagram } from "./datagram-copy.ts";
export { StreamDatagrams } from "./datagrams-over-streams.ts";
