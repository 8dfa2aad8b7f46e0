/**
 * binary-parser: decodes only. Its parser is generated code (`new Function`).
 *
 * @module
 */

import { Parser } from "binary-parser";
import { createOffer, download, listing, mapWide } from "../frames/records.mjs";
import { peerVersion } from "../harness/packages.mjs";

const LENGTH_SUFFIX = "Length";

function compile(fields) {
  const parser = build(fields);
  return { decode: (bytes) => parser.parse(bytes), fromNative: (value) => mapWide(fields, value, Number) };
}

function build(fields) {
  const parser = new Parser().endianess("big");
  for (const { name, type } of fields) add(parser, name, type);
  return parser;
}

function add(parser, name, type) {
  if (type === "u8") parser.uint8(name);
  else if (type === "u16") parser.uint16be(name);
  else if (type === "u32") parser.uint32be(name);
  else if (type === "u64") parser.uint64be(name);
  else if (type === "string8") {
    parser.uint8(name + LENGTH_SUFFIX).string(name, { length: name + LENGTH_SUFFIX, encoding: "utf8" });
  } else {
    parser.uint16be(name + LENGTH_SUFFIX).array(name, {
      type: build(type.list16),
      length: name + LENGTH_SUFFIX,
    });
  }
}

export default {
  name: "binary-parser",
  version: peerVersion("binary-parser"),
  note:
    "Decodes only. Gives u64 as bigint and the length fields beside the values. Generates code with `new Function`.",
  compile,
  frames: { F1: compile(download), F2: compile(createOffer), F3: compile(listing) },
};
