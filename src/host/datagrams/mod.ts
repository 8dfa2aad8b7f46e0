/**
 * Datagrams between hosts, and over streams where a host has none.
 *
 * @module
 */

export { StreamDatagrams } from "./datagrams-over-streams.ts";
