/**
 * The datagrams of the storj nodes (storjnet, storjnode) and their contents: calls, answers, signed messages, filters.
 *
 * ```ts
 * import { decodeDatagram, decodeResponse, encodeRequest } from "warpwire/protocols/storj";
 *
 * const request = encodeRequest({
 *   rpc: "find_node",
 *   args: { nodeId: new Uint8Array(20).fill(0xaa), key: new Uint8Array(20).fill(0xcc) },
 *   messageId: new Uint8Array(20).fill(1),
 * });
 * console.log(request.length); // 77
 *
 * const answer = decodeDatagram(Uint8Array.of(0x03, ...new Uint8Array(20).fill(1), 0x90));
 * if (answer.kind === "response") console.log(decodeResponse("find_node", answer.payload).reply); // []
 * ```
 *
 * @module
 */

export type { Rpc } from "./call.ts";
export * from "./decode.ts";
export * from "./dht-key.ts";
export * from "./encode.ts";
export { type MessageBody, messageBody, type NodeInfo, type SignalName, signedParts } from "./envelope-bodies.ts";
export * from "./envelope.ts";
export * from "./extensions.ts";
export * from "./filters/mod.ts";
export { parseIp } from "./ip.ts";
export * from "./quasar-calls.ts";
export * from "./relayed.ts";
export { replyShape, RPC_NAMES, type RpcArgs, type RpcName, type RpcReply, rpcs } from "./rpcs.ts";
export {
  requestSchema,
  type RequestValue,
  type RequestVariant,
  responseSchema,
  type ResponseValue,
  type ResponseVariant,
} from "./schemas.ts";
export type { Address, AddressForm, Contact } from "./shapes.ts";
export * from "./signed-value.ts";
export * from "./stream-calls.ts";
export * from "./wire.ts";
