/**
 * The operations of apphost 2026 and the access tokens.
 *
 * @module
 */

export { Operations } from "./operations.ts";
