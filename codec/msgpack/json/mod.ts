/**
 * JSON documents as msgpack, and back.
 *
 * @module
 */

export { packJson } from "./pack.ts";
export { jsonOfPacked } from "./unpack.ts";
