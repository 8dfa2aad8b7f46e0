/**
 * What a node keeps in its store, as documents.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { formatHex } from "../../../codec/mod.ts";
import { jsonArray, jsonBool, type JsonInfer, jsonInt, jsonObject, jsonString } from "../../../codec/json/mod.ts";
import { Packed } from "../../../codec/msgpack/mod.ts";
import type { KademliaSnapshot, StoredValue } from "../../kademlia/mod.ts";
import type { KeptPut } from "../kept-puts.ts";
import type { KeptMessage } from "../messages/mod.ts";

/** A value that this node holds, under the hex digits of its key. */
export const ValueDocument = jsonObject({ value: jsonString, firstMs: jsonInt, source: jsonString });
/** A value that this node puts anew, under the hex digits of its key. */
export const PutDocument = jsonObject({ value: jsonString, putMs: jsonInt });
/** A message that nobody has taken, under its number. */
export const MessageDocument = jsonObject({ from: jsonString, message: jsonString, relayed: jsonBool });
/** All contacts. */
export const ContactsDocument = jsonObject({
  contacts: jsonArray(jsonObject({ id: jsonString, address: jsonString, heardMs: jsonInt })),
});

/** Digits of the number of a message: so the store has them in their order. */
const SEQUENCE_DIGITS = 16;

/** The document of a value. */
export function valueDocument({ value, firstMs, source }: StoredValue): JsonInfer<typeof ValueDocument> {
  return { value: textOf(value), firstMs: Math.round(firstMs), source };
}

/** The value of a document. */
export function storedValue(key: string, { value, ...rest }: JsonInfer<typeof ValueDocument>): StoredValue {
  return { key: keyBytes(key, 20), value: packedOf(value), ...rest };
}

/** The document of a value that is put anew. */
export function putDocument({ value, putMs }: KeptPut): JsonInfer<typeof PutDocument> {
  return { value: textOf(value), putMs: Math.round(putMs) };
}

/** The put of a document. */
export function keptPut(key: string, { value, putMs }: JsonInfer<typeof PutDocument>): KeptPut {
  return { key: keyBytes(key, 20), value: packedOf(value), putMs };
}

/** The key of the document of a message. */
export function messageKey(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, "0");
}

/** The document of a message. */
export function messageDocument({ from, message, relayed }: KeptMessage): JsonInfer<typeof MessageDocument> {
  return { from: from === null ? "" : formatHex(from), message: textOf(message), relayed };
}

/** The number and the message of a document. */
export function keptMessage(
  key: string,
  { from, message, relayed }: JsonInfer<typeof MessageDocument>,
): readonly [sequence: number, message: KeptMessage] {
  const sequence = Number(key);
  if (!/^\d{16}$/.test(key) || !Number.isSafeInteger(sequence)) {
    throw new RangeError(`"${key}" is no number of a message`);
  }
  return [sequence, { from: from === "" ? null : keyBytes(from, 20), message: packedOf(message), relayed }];
}

/** The document of all contacts. */
export function contactsDocument({ contacts }: KademliaSnapshot, nowMs: number): JsonInfer<typeof ContactsDocument> {
  return {
    contacts: contacts.map(({ id, address, ageMs }) => {
      return { id: formatHex(id), address, heardMs: Math.round(nowMs - ageMs) };
    }),
  };
}

/** The contacts of a document. */
export function snapshotOf({ contacts }: JsonInfer<typeof ContactsDocument>, nowMs: number): KademliaSnapshot {
  return {
    contacts: (contacts ?? []).map(({ id, address, heardMs }) => {
      return { id: keyBytes(id, 20), address, ageMs: Math.max(0, nowMs - heardMs) };
    }),
  };
}

function textOf({ bytes }: Packed): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** @throws CodecError for what is not one value */
function packedOf(text: string): Packed {
  return new Packed(new Uint8Array(Buffer.from(text, "base64")));
}

function keyBytes(text: string, length: number): Uint8Array {
  if (text.length !== 2 * length || !/^[0-9a-f]+$/.test(text)) throw new RangeError(`"${text}" is not ${length} bytes`);
  return new Uint8Array(Buffer.from(text, "hex"));
}
