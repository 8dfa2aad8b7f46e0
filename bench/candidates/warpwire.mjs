/**
 * warpwire with schemas that are compiled when the program runs.
 *
 * @module
 */

import { compile as compileSchema } from "../../dist/codec/mod.js";
import { ownVersion } from "../harness/packages.mjs";
import { mappings, recordSchema, recordSchemas, storjSchemas } from "./warpwire/schemas.mjs";

function bind(schema) {
  const codec = compileSchema(schema);
  return { encode: (value) => codec.encode(value), decode: (bytes) => codec.decode(bytes) };
}

export default {
  name: "warpwire",
  version: ownVersion(),
  note: "This library, schemas compiled at run time, with functions that make the objects.",
  strict: true,
  compile: (fields) => bind(recordSchema(fields)),
  frames: Object.fromEntries(
    Object.entries({ ...recordSchemas, ...storjSchemas }).map(([id, schema]) => [
      id,
      { ...bind(schema), ...mappings[id] },
    ]),
  ),
};
