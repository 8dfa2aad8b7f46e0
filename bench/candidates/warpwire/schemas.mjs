/**
 * The frames as schemas of warpwire, from the build in `dist/` (`npm run build`).
 *
 * @module
 */

import { array, bytes, literal, string, struct, u16, u32, u64, u8 } from "../../../dist/codec/mod.js";
import { arrayOf, bin, intBetween, msgpack, namedTuple, tagged } from "../../../dist/codec/msgpack/mod.js";
import { createOffer, download, listing } from "../../frames/records.mjs";

const TYPES = { u8, u16, u32, u64, string8: string(u8) };

/** The schema of a record; `makes` make its object and, for a list, those in it. */
export function recordSchema(fields, [make, ...makes] = []) {
  const schemas = fields.map(({ name, type }) => [
    name,
    typeof type === "object" ? array(recordSchema(type.list16, makes), u16) : TYPES[type],
  ]);
  return struct(Object.fromEntries(schemas), make);
}

const contact = namedTuple(
  { id: bin(20), ip: bin(), port: intBetween(0, 65535) },
  (id, ip, port) => ({ id, ip, port }),
);

const ping = tagged("ping", namedTuple({ nodeId: bin(20) }, (nodeId) => ({ nodeId })));

/** The frames that are records. */
export const recordSchemas = {
  F1: recordSchema(download, [(opcode, offerId, index, offset) => ({ opcode, offerId, index, offset })]),
  F2: recordSchema(createOffer, [(opcode, peer, path) => ({ opcode, peer, path })]),
  F3: recordSchema(listing, [(entries) => ({ entries }), (name, size, perm, kind) => ({ name, size, perm, kind })]),
};

/** The frames that contain msgpack. */
export const storjSchemas = {
  F4: struct(
    { type: literal([3]), messageId: bytes(20), contacts: msgpack(arrayOf(contact)) },
    (messageId, contacts) => ({ messageId, contacts }),
  ),
  F5: struct(
    { type: literal([2]), messageId: bytes(20), call: msgpack(ping) },
    (messageId, call) => ({ messageId, call }),
  ),
};

/** How the value of a frame differs from that of its schema. */
export const mappings = {
  F5: {
    toNative: ({ messageId, nodeId }) => ({ messageId, call: { nodeId } }),
    fromNative: ({ messageId, call }) => ({ messageId, nodeId: call.nodeId }),
  },
};
