/**
 * The frames as schemas of warpwire, from the build in `dist/` (`npm run build`).
 *
 * @module
 */

import { array, bytes, literal, string, struct, u16, u32, u64, u8 } from "../../../dist/codec/mod.js";
import { arrayOf, bin, intBetween, msgpack, namedTuple, tagged } from "../../../dist/codec/msgpack/mod.js";
import { createOffer, download, listing } from "../../frames/records.mjs";

const TYPES = { u8, u16, u32, u64, string8: string(u8) };

/** The schema of a record. */
export function recordSchema(fields) {
  return struct(Object.fromEntries(fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? array(recordSchema(type.list16), u16) : TYPES[type],
  ])));
}

const contact = namedTuple(
  { id: bin(20), ip: bin(), port: intBetween(0, 65535) },
  (id, ip, port) => ({ id, ip, port }),
);

const ping = tagged("ping", namedTuple({ nodeId: bin(20) }, (nodeId) => ({ nodeId })));

/** The frames that are records. */
export const recordSchemas = {
  F1: recordSchema(download),
  F2: recordSchema(createOffer),
  F3: recordSchema(listing),
};

/** The frames that contain msgpack. */
export const storjSchemas = {
  F4: struct({ type: literal([3]), messageId: bytes(20), contacts: msgpack(arrayOf(contact)) }),
  F5: struct({ type: literal([2]), messageId: bytes(20), call: msgpack(ping) }),
};

/** How the value of a frame differs from that of its schema. */
export const mappings = {
  F5: {
    toNative: ({ messageId, nodeId }) => ({ messageId, call: { nodeId } }),
    fromNative: ({ messageId, call }) => ({ messageId, nodeId: call.nodeId }),
  },
};
