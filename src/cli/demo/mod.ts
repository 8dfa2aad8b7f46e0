/**
 * The demonstrations of `warpwire demo`.
 *
 * @module
 */

export { demoCommand } from "./demo.ts";
