/**
 * Requests and responses as schemas, made once for every call under each of its names.
 *
 * @module
 */

import { bytes, type Codec, compile, limit, literal, type Schema, struct } from "../../mod.ts";
import { msgpack, type MsgpackShape, tagged } from "../../msgpack/mod.ts";
import { replyShape, RPC_NAMES, type RpcArgs, type RpcName, type RpcReply, rpcs } from "./rpcs.ts";
import type { AddressForm } from "./shapes.ts";
import { type Era, ID_BYTES, REQUEST_BYTES_MAX, TYPE_BYTES } from "./wire.ts";

/** The value of a request: what is not always the same. */
export interface RequestValue<N extends RpcName> {
  /** 20 bytes, chosen by the caller and repeated in the response. */
  messageId: Uint8Array;
  args: RpcArgs<N>;
}

/** The value of a {@link responseSchema}. */
export interface ResponseValue<N extends RpcName> {
  messageId: Uint8Array;
  reply: RpcReply<N>;
}

/** Which request a schema is for. */
export interface RequestVariant {
  /** Default: the first era of the call. */
  readonly era?: Era;
  /** The name on the wire: the call's own (the default) or one of its aliases. */
  readonly wireName?: string;
}

/** Which response a schema is for. */
export interface ResponseVariant {
  /** Default: the first era of the call. */
  readonly era?: Era;
  /** How addresses are written; both forms are read. Default bin. */
  readonly addresses?: AddressForm;
}

/** A call under one of its names, and the functions of its requests. */
export interface KnownCall {
  readonly rpc: RpcName;
  readonly wireName: string;
  /** The bytes of the name. */
  readonly tag: Uint8Array;
  readonly requests: Readonly<Record<Era, Codec<RequestValue<RpcName>>>>;
}

/** The calls by the length of their names. */
const callsByLength: KnownCall[][] = [];
for (const rpc of RPC_NAMES) {
  for (const wireName of [rpc, ...rpcs[rpc].aliases]) {
    const call = msgpack(tagged(wireName, rpcs[rpc].args as MsgpackShape));
    const request = (era: Era) =>
      compile(struct({
        type: literal([TYPE_BYTES[era].request]),
        messageId: bytes(ID_BYTES),
        args: limit(call, REQUEST_BYTES_MAX),
      })) as unknown as Codec<RequestValue<RpcName>>;
    const requests = { rpcudp: request("rpcudp"), storjrpcudp: request("storjrpcudp") };
    (callsByLength[wireName.length] ??= []).push({ rpc, wireName, tag: new TextEncoder().encode(wireName), requests });
  }
}

/** The call whose name is in `input[start, end)`, or undefined. */
export function callAt(input: Uint8Array, start: number, end: number): KnownCall | undefined {
  const calls = callsByLength[end - start];
  if (calls === undefined) return undefined;
  // Plain loops: this is done for every request, and takes half the time of `find` and `every`.
  for (let index = 0; index < calls.length; index++) {
    if (isAt(calls[index].tag, input, start)) return calls[index];
  }
  return undefined;
}

function isAt(tag: Uint8Array, input: Uint8Array, start: number): boolean {
  for (let index = 0; index < tag.length; index++) if (tag[index] !== input[start + index]) return false;
  return true;
}

/** The call of a name, or undefined. */
export function callNamed(wireName: string): KnownCall | undefined {
  return callsByLength[wireName.length]?.find((call) => call.wireName === wireName);
}

/**
 * The request of a call: type byte, message id, `[name, [arguments]]`.
 *
 * ```ts
 * import { describeText } from "warpwire/codec";
 * import { requestSchema } from "warpwire/protocols/storj";
 *
 * console.log(describeText(requestSchema("ping")));
 * ```
 *
 * @throws TypeError for a wire name that is not the call's
 */
export function requestSchema<N extends RpcName>(rpc: N, variant?: RequestVariant): Schema<RequestValue<N>> {
  return requestCodec(rpc, variant).schema;
}

/** The functions of {@link requestSchema}, made once. */
export function requestCodec<N extends RpcName>(rpc: N, variant: RequestVariant = {}): Codec<RequestValue<N>> {
  const { era = rpcs[rpc].eras[0], wireName = rpc } = variant;
  const call = callNamed(wireName);
  if (call?.rpc !== rpc) throw new TypeError(`${rpc} is not called ${JSON.stringify(wireName)}`);
  return call.requests[era] as unknown as Codec<RequestValue<N>>;
}

/** The response to a call: type byte, message id, answer. */
export function responseSchema<N extends RpcName>(rpc: N, variant?: ResponseVariant): Schema<ResponseValue<N>> {
  return responseCodec(rpc, variant).schema;
}

type ResponseCodecs = Partial<Record<RpcName, Codec<ResponseValue<RpcName>>>>;

const responses: Readonly<Record<AddressForm, Readonly<Record<Era, ResponseCodecs>>>> = {
  bin: { rpcudp: {}, storjrpcudp: {} },
  str: { rpcudp: {}, storjrpcudp: {} },
};

/** The functions of {@link responseSchema}, made once. */
export function responseCodec<N extends RpcName>(rpc: N, variant: ResponseVariant = {}): Codec<ResponseValue<N>> {
  const { era = rpcs[rpc].eras[0], addresses = "bin" } = variant;
  const codec = responses[addresses][era][rpc] ??= compile(struct({
    type: literal([TYPE_BYTES[era].response]),
    messageId: bytes(ID_BYTES),
    reply: msgpack(replyShape(rpc, addresses) as MsgpackShape),
  })) as unknown as Codec<ResponseValue<RpcName>>;
  return codec as unknown as Codec<ResponseValue<N>>;
}
