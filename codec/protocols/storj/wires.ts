/**
 * The datagrams of every call as generated code has them: the type byte is a field, so that one codec does for both eras.
 *
 * @module
 */

import { bytes, limit, type Schema, struct, u8 } from "../../mod.ts";
import { msgpack, type MsgpackShape, tagged } from "../../msgpack/mod.ts";
import { ID_BYTES, REQUEST_BYTES_MAX } from "./limits.ts";
import { replyShape, RPC_NAMES, rpcs } from "./rpcs.ts";

/** What a datagram, or a part of one, is to a call. */
export type WireKind = "Request" | "Response" | "Reply";

/** The name that a call's datagrams have in generated code, as in `findNodeRequest`. */
export function codecName(call: string, kind: WireKind): string {
  return call.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) + kind;
}

const header = { type: u8, messageId: bytes(ID_BYTES) };

/** The request under each name that a call has on the wire, as in `msgRequest`. */
export const requestWires: Readonly<Record<string, Schema>> = Object.fromEntries(
  RPC_NAMES.flatMap((rpc) =>
    [rpc, ...rpcs[rpc].aliases].map((wireName) => {
      const call = msgpack(tagged(wireName, rpcs[rpc].args as MsgpackShape));
      return [codecName(wireName, "Request"), struct({ ...header, args: limit(call, REQUEST_BYTES_MAX) })];
    })
  ),
);

/** The response to each call with addresses as bin, as in `pingResponse`. */
export const responseWires: Readonly<Record<string, Schema>> = Object.fromEntries(
  RPC_NAMES.map((
    rpc,
  ) => [codecName(rpc, "Response"), struct({ ...header, reply: msgpack(replyShape(rpc) as MsgpackShape) })]),
);

/** The answer in each response, as in `pingReply`. */
export const replyWires: Readonly<Record<string, Schema>> = Object.fromEntries(
  RPC_NAMES.map((rpc) => [codecName(rpc, "Reply"), msgpack(replyShape(rpc) as MsgpackShape)]),
);
