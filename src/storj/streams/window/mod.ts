/**
 * Streams of pieces between nodes of ours: sent with a window, acknowledged, and sent again where they are lost.
 *
 * @module
 */

export { Windows } from "./windows.ts";
