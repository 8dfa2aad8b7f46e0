/**
 * Commands that share and receive files without a service.
 *
 * @module
 */

export { receiveCommand } from "./receive.ts";
export { shareCommand } from "./share.ts";
