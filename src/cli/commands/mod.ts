/**
 * The commands of the program.
 *
 * @module
 */

export { cslqCommand } from "./cslq.ts";
export { decodeCommand, encodeCommand } from "./encode-decode.ts";
export { cancelCommand, rejectCommand } from "./end-offer.ts";
export { fixturesCommand } from "./fixtures.ts";
export { generateCommand } from "./generate.ts";
export { getCommand } from "./get.ts";
export { inspectCommand } from "./inspect.ts";
export { inCommand, outCommand, watchCommand } from "./offers.ts";
export { aliasCommand, askCommand, blockCommand, trustCommand } from "./peer-rules.ts";
export { peerCommand, peersCommand } from "./peer.ts";
export { pingCommand } from "./ping.ts";
export { queryCommand } from "./query.ts";
export { receiveCommand } from "./receive.ts";
export { registerCommand } from "./register.ts";
export { rpcCommand } from "./rpc.ts";
export { describeCommand, schemasCommand } from "./schemas.ts";
export { sendCommand } from "./send.ts";
export { serveCommand } from "./serve.ts";
export { sessionCommand } from "./session.ts";
export { shareCommand } from "./share.ts";
export { statusCommand } from "./status.ts";
export { storjCommand } from "./storj.ts";
