/**
 * A binary-protocol toolkit: schemas, codecs and protocols, for pages, Deno and Node.
 *
 * Everything here runs in a page. What needs a runtime's own modules has doors of its own.
 *
 * @module
 */

export * from "./codec/mod.ts";
