/**
 * What of a node survives its end.
 *
 * @module
 */

export { Persistence, type Restored } from "./persistence.ts";
