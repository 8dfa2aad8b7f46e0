/**
 * The values that calls and answers are made of.
 *
 * Python 2 packs `str` as bin and `unicode` as str, Python 3 the other way round, and no node checks which one
 * it gets. So bytes and texts are accepted in both forms, and written as the nodes of 2016 write them.
 *
 * @module
 */

import {
  arrayOf,
  bytesLike,
  intBetween,
  type MsgpackInfer,
  type MsgpackShape,
  namedTuple,
  textLike,
} from "../../msgpack/mod.ts";
import { ID_BYTES, STREAM_ID_BYTES } from "./wire.ts";

/**
 * The form in which IP addresses are written: bin as the nodes of 2015 and 2016 do, str as the kademlia package on
 * Python 3 does, which cannot use the other one.
 */
export type AddressForm = "bin" | "str";

/** A node id, or a key of the hash table: 20 bytes. */
export const id: MsgpackShape<Uint8Array> = bytesLike(ID_BYTES);

/** A stream id: 32 bytes. */
export const streamId: MsgpackShape<Uint8Array> = bytesLike(STREAM_ID_BYTES);

/** A whole number of hops, of any sign: what is out of bounds is for the node to answer. */
export const hops: MsgpackShape<number> = intBetween(-(2 ** 31), 2 ** 31 - 1);

const port = intBetween(0, 65535);

/** Where a node is reached. The address is text as the peer has it, and may be none. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** A node and where it is reached. */
export interface Contact extends Address {
  /** 20 bytes. */
  readonly id: Uint8Array;
}

/** `[ip, port]`. */
export function addressShape(form: AddressForm): MsgpackShape<Address> {
  return namedTuple({ ip: textLike(form), port }, (ip, port) => ({ ip, port }));
}

/** `[id, ip, port]`. */
export function contactShape(form: AddressForm): MsgpackShape<Contact> {
  return namedTuple({ id, ip: textLike(form), port }, (id, ip, port) => ({ id, ip, port }));
}

/** `[[id, ip, port], …]`. */
export function contactsShape(form: AddressForm): MsgpackShape<Contact[]> {
  return arrayOf(contactShape(form));
}

/** Node ids, as in the publishers of an event. */
export const ids: MsgpackShape<MsgpackInfer<typeof id>[]> = arrayOf(id);
