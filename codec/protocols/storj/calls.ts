/**
 * The calls under all their names, with the functions of their requests.
 *
 * @module
 */

import { bytes, type Codec, compile, limit, literal, type Prefix, struct } from "../../mod.ts";
import { msgpack, type MsgpackShape, tagged } from "../../msgpack/mod.ts";
import { type Era, TYPE_BYTES } from "./eras.ts";
import { generated } from "./generated.ts";
import { ID_BYTES, REQUEST_BYTES_MAX } from "./limits.ts";
import { RPC_NAMES, type RpcArgs, type RpcName, rpcs } from "./rpcs.ts";
import { codecName, type WireKind } from "./wires.ts";

/** The value of a request: what is not always the same. */
export interface RequestValue<N extends RpcName> {
  /** 20 bytes, chosen by the caller and repeated in the response. */
  messageId: Uint8Array;
  args: RpcArgs<N>;
}

/** A datagram with its type byte. */
export interface Typed {
  readonly type: number;
  readonly messageId: Uint8Array;
}

/** The generated functions of a call's datagrams, for the default limits; those that its kind of datagram has. */
export interface WireFunctions<V> {
  readonly encode: (value: V) => Uint8Array;
  readonly decodePrefix: (bytes: Uint8Array, offset?: number) => Prefix<V>;
}

/** The generated functions of a kind of a call's datagrams. */
export function wireFunctions<V>(call: string, kind: WireKind): WireFunctions<V> {
  return (generated as unknown as Record<string, WireFunctions<V>>)[codecName(call, kind)];
}

/** A call under one of its names, and the functions of its requests. */
export interface KnownCall {
  readonly rpc: RpcName;
  readonly wireName: string;
  /** The bytes of the name. */
  readonly tag: Uint8Array;
  readonly requests: Readonly<Record<Era, Codec<RequestValue<RpcName>>>>;
  /** The same for both eras, without options. */
  readonly wire: WireFunctions<Typed & RequestValue<RpcName>>;
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
    const tag = new TextEncoder().encode(wireName);
    (callsByLength[wireName.length] ??= []).push({
      rpc,
      wireName,
      tag,
      requests,
      wire: wireFunctions(wireName, "Request"),
    });
  }
}

/** The call whose name stands in `input[start, end)`, or undefined. */
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
