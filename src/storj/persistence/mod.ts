/**
 * What of a node survives its end.
 *
 * @module
 */

export { storjHome } from "./home.ts";
export { Persistence, type Restored } from "./persistence.ts";
