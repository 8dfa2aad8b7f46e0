/**
 * Requests and responses as schemas, for dumps, tables of bytes, streams and tests.
 *
 * @module
 */

import { bytes, type Codec, compile, literal, type Schema, struct } from "../../mod.ts";
import { msgpack, type MsgpackShape } from "../../msgpack/mod.ts";
import { callNamed, type RequestValue } from "./calls.ts";
import { type Era, TYPE_BYTES } from "./eras.ts";
import { ID_BYTES } from "./limits.ts";
import { replyShape, type RpcName, type RpcReply, rpcs } from "./rpcs.ts";
import type { AddressForm } from "./shapes.ts";

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

const responses: Readonly<Record<AddressForm, Readonly<Record<Era, Map<string, Codec<ResponseValue<RpcName>>>>>>> = {
  bin: { rpcudp: new Map(), storjrpcudp: new Map() },
  str: { rpcudp: new Map(), storjrpcudp: new Map() },
};

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

/** The functions of {@link responseSchema}, made once. */
export function responseCodec<N extends RpcName>(rpc: N, variant: ResponseVariant = {}): Codec<ResponseValue<N>> {
  const { era = rpcs[rpc].eras[0], addresses = "bin" } = variant;
  const codecs = responses[addresses][era];
  let codec = codecs.get(rpc);
  if (codec === undefined) {
    const schema = struct({
      type: literal([TYPE_BYTES[era].response]),
      messageId: bytes(ID_BYTES),
      reply: msgpack(replyShape(rpc, addresses) as MsgpackShape),
    });
    codec = compile(schema) as unknown as Codec<ResponseValue<RpcName>>;
    codecs.set(rpc, codec);
  }
  return codec as unknown as Codec<ResponseValue<N>>;
}
