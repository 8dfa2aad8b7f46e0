/**
 * A table of every call of the storj nodes, and of our own: arguments in order, answers, and first version.
 *
 * Source: storjnet, storjnode, storjkademlia and rpcudp in their versions of 2015 and 2016, and the kademlia package of
 * today. The user API documents write the names with a prefix (`kademlia_ping`), which is never on the wire.
 *
 * @module
 */

import {
  any,
  boolean,
  bytesLike,
  mapOf,
  type MsgpackInfer,
  type MsgpackShape,
  type MsgpackValue,
  namedTuple,
  nil,
  nullable,
  oneOf,
  type Packed,
  packed,
  packedWithin,
  textLike,
  uint,
} from "../../msgpack/mod.ts";
import { BOTH, FIRST, type Rpc, rpc, SECOND } from "./call.ts";
import { type ExtensionCalls, extensionCalls } from "./extensions.ts";
import { type QuasarCalls, quasarCalls } from "./quasar-calls.ts";
import { type StreamCalls, streamCalls } from "./stream-calls.ts";
import {
  type Address,
  type AddressForm,
  addressShape,
  type Contact,
  contactsShape,
  hops,
  id,
  ids,
  streamId,
} from "./shapes.ts";
import { RELAY_MESSAGE_BYTES_MAX } from "./wire.ts";

/** The calls of Kademlia, with addresses in answers written in a form. */
function kademliaCalls(form: AddressForm) {
  const contacts = contactsShape(form);
  return {
    stun: rpc({
      eras: BOTH,
      args: namedTuple({}),
      reply: addressShape(form),
      note: "Where the request came from. The only call without the caller's id.",
    }),
    ping: rpc({
      eras: BOTH,
      args: namedTuple({ nodeId: id }, (nodeId) => ({ nodeId })),
      reply: id,
      note: "The id of the node that answers.",
    }),
    store: rpc({
      eras: BOTH,
      args: namedTuple({ nodeId: id, key: id, value: packed }, (nodeId, key, value) => ({ nodeId, key, value })),
      reply: boolean,
      note: "Overwrites, and begins the value's age anew. The key is a digest already.",
    }),
    find_node: rpc({
      eras: BOTH,
      args: namedTuple({ nodeId: id, key: id }, (nodeId, key) => ({ nodeId, key })),
      reply: contacts,
      note: "At most 20, without the caller. The kademlia package of today leaves out the node asked for, too.",
    }),
    find_value: rpc({
      eras: BOTH,
      args: namedTuple({ nodeId: id, key: id }, (nodeId, key) => ({ nodeId, key })),
      reply: oneOf([mapOf({ value: packed }, { binKeys: true }), contacts]),
      note: "The value, or contacts as of find_node. A stored nil is not a value.",
    }),
  };
}

/** The calls of storjnet: messages, streams and Quasar. */
const storjnetCalls = {
  message_notify: rpc({
    eras: SECOND,
    args: namedTuple({ nodeId: id, message: packed }, (nodeId, message) => ({ nodeId, message })),
    reply: boolean,
    note: "False when the queue is full.",
  }),
  stream_open: rpc({
    eras: SECOND,
    args: namedTuple({ nodeId: id }, (nodeId) => ({ nodeId })),
    reply: nullable(streamId),
    note: "Nil when the node has as many streams as it takes.",
  }),
  stream_write: rpc({
    eras: SECOND,
    args: namedTuple(
      { nodeId: id, streamId, data: bytesLike() },
      (nodeId, streamId, data) => ({ nodeId, streamId, data }),
    ),
    reply: nullable(uint),
    note: "How many bytes were taken; nil for a stream that is unknown or somebody else's.",
  }),
  stream_close: rpc({
    eras: SECOND,
    args: namedTuple({ nodeId: id, streamId }, (nodeId, streamId) => ({ nodeId, streamId })),
    reply: boolean,
    note: "Unread data is lost. False for a stream that is unknown or somebody else's.",
  }),
  quasar_update: rpc({
    eras: SECOND,
    args: namedTuple({ nodeId: id, filters: textLike("bin") }, (nodeId, filters) => ({ nodeId, filters })),
    reply: boolean,
    note: "Attenuated bloom filters as JSON text. Whether the receiver's own filters changed.",
  }),
  quasar_notify: rpc({
    eras: SECOND,
    args: namedTuple(
      { nodeId: id, topic: any, event: packed, publishers: ids, ttl: hops },
      (nodeId, topic, event, publishers, ttl) => ({ nodeId, topic, event, publishers, ttl }),
    ),
    reply: nil,
    note: "The nodes of 2016 read a ttl of 0 as 64.",
  }),
  quasar_filters: rpc({
    eras: SECOND,
    args: namedTuple({ nodeId: id }, (nodeId) => ({ nodeId })),
    reply: textLike("bin"),
    note: "Attenuated bloom filters as JSON text. Only while filters were pulled, in 2016; others don't answer.",
  }),
};

/** The calls of storjnode, with addresses in answers written in a form. */
function storjnodeCalls(form: AddressForm) {
  const address = addressShape(form);
  return {
    relay_message: rpc({
      eras: FIRST,
      aliases: ["msg"],
      args: namedTuple(
        { nodeId: id, destination: id, hopLimit: hops, message: packedWithin(RELAY_MESSAGE_BYTES_MAX) },
        (nodeId, destination, hopLimit, message) => ({ nodeId, destination, hopLimit, message }),
      ),
      reply: nullable(address),
      note: "The caller's address when the message is queued. storjnode 0.1 calls it msg.",
    }),
    direct_message: rpc({
      eras: FIRST,
      args: namedTuple({ nodeId: id, message: packed }, (nodeId, message) => ({ nodeId, message })),
      reply: nullable(address),
      note: "Nil when the queue is full. Only up to storjnode 0.0.20.",
    }),
  };
}

/**
 * Every call by name. The types are written out because JSR takes no inferred ones; the compiler holds the calls to them.
 */
export interface Rpcs extends ExtensionCalls, StreamCalls, QuasarCalls {
  readonly stun: Rpc<Record<never, never>, Address>;
  readonly ping: Rpc<{ nodeId: Uint8Array }, Uint8Array>;
  readonly store: Rpc<{ nodeId: Uint8Array; key: Uint8Array; value: Packed }, boolean>;
  readonly find_node: Rpc<{ nodeId: Uint8Array; key: Uint8Array }, Contact[]>;
  readonly find_value: Rpc<{ nodeId: Uint8Array; key: Uint8Array }, { value: Packed } | Contact[]>;
  readonly message_notify: Rpc<{ nodeId: Uint8Array; message: Packed }, boolean>;
  readonly stream_open: Rpc<{ nodeId: Uint8Array }, Uint8Array | null>;
  readonly stream_write: Rpc<{ nodeId: Uint8Array; streamId: Uint8Array; data: Uint8Array }, number | null>;
  readonly stream_close: Rpc<{ nodeId: Uint8Array; streamId: Uint8Array }, boolean>;
  readonly quasar_update: Rpc<{ nodeId: Uint8Array; filters: string }, boolean>;
  readonly quasar_notify: Rpc<
    { nodeId: Uint8Array; topic: MsgpackValue; event: Packed; publishers: Uint8Array[]; ttl: number },
    null
  >;
  readonly quasar_filters: Rpc<{ nodeId: Uint8Array }, string>;
  readonly relay_message: Rpc<
    { nodeId: Uint8Array; destination: Uint8Array; hopLimit: number; message: Packed },
    Address | null
  >;
  readonly direct_message: Rpc<{ nodeId: Uint8Array; message: Packed }, Address | null>;
}

function table(form: AddressForm): Rpcs {
  return Object.freeze({
    ...kademliaCalls(form),
    ...storjnetCalls,
    ...storjnodeCalls(form),
    ...extensionCalls,
    ...streamCalls,
    ...quasarCalls,
  });
}

/** The calls by name, with addresses written as bin. */
export const rpcs: Rpcs = table("bin");

const withStr = table("str");

/** The name of a call. */
export type RpcName = keyof Rpcs;

/** The arguments of a call. */
export type RpcArgs<N extends RpcName> = MsgpackInfer<Rpcs[N]["args"]>;

/** The answer to a call. */
export type RpcReply<N extends RpcName> = MsgpackInfer<Rpcs[N]["reply"]>;

/** The names of all calls. */
export const RPC_NAMES: readonly RpcName[] = Object.freeze(Object.keys(rpcs) as RpcName[]);

/** The shape of the answer to a call. */
export function replyShape<N extends RpcName>(name: N, form: AddressForm = "bin"): MsgpackShape<RpcReply<N>> {
  return (form === "bin" ? rpcs : withStr)[name].reply as MsgpackShape<RpcReply<N>>;
}
