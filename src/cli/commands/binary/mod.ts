/**
 * Commands that read and write binary messages.
 *
 * @module
 */

export { cslqCommand } from "./cslq.ts";
export { decodeCommand, encodeCommand } from "./encode-decode.ts";
export { fixturesCommand } from "./fixtures.ts";
export { generateCommand } from "./generate.ts";
export { inspectCommand } from "./inspect.ts";
export { rpcCommand } from "./rpc.ts";
export { describeCommand, schemasCommand } from "./schemas.ts";
export { sessionCommand } from "./session.ts";
