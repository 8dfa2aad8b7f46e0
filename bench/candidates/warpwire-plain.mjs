/**
 * warpwire as the README shows it: `encode(schema, value)` and `decode(schema, bytes)`,
 * with schemas that have no functions of their own.
 *
 * @module
 */

import * as w from "../../dist/codec/mod.js";
import * as m from "../../dist/codec/msgpack/mod.js";
import { createOffer, download, listing } from "../frames/records.mjs";
import { ownVersion } from "../harness/packages.mjs";
import { mappings, recordSchema } from "./warpwire/schemas.mjs";

const contact = m.namedTuple({
  id: m.bin(20),
  ip: m.bin(),
  port: m.intBetween(0, 65535),
});

const ping = m.tagged("ping", m.namedTuple({ nodeId: m.bin(20) }));

const schemas = {
  F1: recordSchema(download),
  F2: recordSchema(createOffer),
  F3: recordSchema(listing),
  F4: w.struct({
    type: w.literal([3]),
    messageId: w.bytes(20),
    contacts: m.msgpack(m.arrayOf(contact)),
  }),
  F5: w.struct({
    type: w.literal([2]),
    messageId: w.bytes(20),
    call: m.msgpack(ping),
  }),
};

function bind(schema) {
  return {
    encode: (value) => w.encode(schema, value),
    decode: (bytes) => w.decode(schema, bytes),
  };
}

const frames = Object.entries(schemas).map(([id, schema]) => {
  return [id, { ...bind(schema), ...mappings[id] }];
});

export default {
  name: "warpwire, plain calls",
  version: ownVersion(),
  note: "As the README shows it: no compile, no functions that make objects.",
  strict: true,
  compile: (fields) => bind(recordSchema(fields)),
  frames: Object.fromEntries(frames),
};
