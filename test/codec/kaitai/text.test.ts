import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { kaitaiId, toKaitai } from "../../../codec/kaitai/mod.ts";
import { writeYaml } from "../../../codec/kaitai/yaml.ts";
import {
  array,
  enumOf,
  extension,
  lazy,
  literal,
  map,
  optional,
  refine,
  rest,
  type Schema,
  string,
  struct,
  u16,
  u64,
  u8,
} from "../../../codec/mod.ts";
import { fails } from "../../bridges/failing.ts";
import { letters } from "../arbitrary-schema.ts";
import { compileKaitai } from "./run.ts";

const test = suite("codec: the text of descriptions for Kaitai Struct");

test("the text of a description", () => {
  const Kind = enumOf(u8, { "a file": 0, folder: 1 });
  const Offer = struct({
    magic: literal("WD"),
    offerId: string(u8),
    size: u64,
    entries: array(struct({ kind: Kind, name: string(u16) }), u16),
    note: optional(string(rest)),
  });
  assert.is(
    toKaitai(Offer, { id: "offer", title: "An offer: files & folders" }),
    `\
meta:
  id: offer
  title: "An offer: files & folders"
  encoding: UTF-8
  ks-version: "0.9"
seq:
  - id: magic
    contents: [0x57, 0x44]
  - id: offer_id_size
    type: u1
  - id: offer_id
    -orig-id: offerId
    type: str
    size: offer_id_size
  - id: size
    type: u8be
    valid:
      max: 9007199254740991
  - id: entries_count
    type: u2be
  - id: entries
    type: entries_item
    repeat: expr
    repeat-expr: entries_count
  - id: note_present
    type: u1
    valid:
      max: 1
  - id: note
    type: str
    size-eos: true
    if: "note_present == 1"
types:
  entries_item:
    seq:
      - id: kind
        type: u1
        enum: kind_code
        valid:
          any-of:
            - "kind_code::a_file"
            - "kind_code::folder"
      - id: name_size
        type: u2be
      - id: name
        type: str
        size: name_size
enums:
  kind_code:
    0:
      id: a_file
      -orig-id: "a file"
    1: folder
`,
  );
});

test("refuses ids that no compiler takes", () => {
  for (const id of ["", "Offer", "1st", "a-b", "_a", "a b"]) fails(() => toKaitai(u8, { id }), "schema");
  assert.is(kaitaiId("warpdrive.unified.request"), "warpdrive_unified_request");
  assert.is(kaitaiId("cslq:[c]c q"), "cslq_c_c_q");
  assert.is(kaitaiId("2nd"), "message_2nd");
  assert.is(kaitaiId("→"), "message");
});

test("names that are no identifiers, or the same in camel case", async () => {
  const names = [
    "",
    "1st",
    "$0",
    "é",
    "a1",
    "a_1",
    "A1",
    "a_size",
    "value",
    "start",
    "HTTPServer",
    "size",
    "seq",
    "yes",
  ];
  const schema = struct({ ...Object.fromEntries(names.map((name) => [name, u8])), a: string(u8), 'b\n"\u2028': u8 });
  const text = toKaitai(schema, { id: "message" });
  const { seq } = parse(text) as { seq: { id: string; "-orig-id"?: string }[] };
  assert.equal(seq.map(({ id }) => id), [
    "field",
    "field_1st",
    "field_0",
    "field_2",
    "a1",
    "a_1_2",
    "a1_3",
    "a_size",
    "value",
    "start",
    "http_server",
    "size",
    "seq",
    "yes",
    "a_size_2",
    "a",
    "b",
  ]);
  assert.equal(seq.map((one) => one["-orig-id"]).filter((name) => name !== undefined), [
    "",
    "1st",
    "$0",
    "é",
    "a_1",
    "A1",
    "HTTPServer",
    'b\n"\u2028',
  ]);
  const { parsed, length } = (await compileKaitai(text)).run(
    Uint8Array.from({ length: 17 }, (_, at) => at === 14 ? 1 : at),
  );
  assert.is(length, 17);
  assert.equal([parsed.field, parsed.field1st, parsed.a12, parsed.httpServer, parsed.a], [0, 1, 5, 10, "\u000f"]);
});

test("a schema that contains itself is one type", () => {
  interface Tree {
    kids: Tree[];
  }
  const Tree: Schema<Tree> = lazy(() => struct({ kids: array(Tree, u8) }));
  const { types } = parse(toKaitai(Tree, { id: "tree" }));
  assert.is(types, undefined);
  const Inner = struct({ a: u8 });
  const twice = parse(toKaitai(struct({ a: Inner, b: Inner, c: array(Inner, 2) }), { id: "twice" }));
  assert.equal(Object.keys(twice.types), ["a"]);
});

test("what a function makes of a value is said in words", () => {
  const even = refine(u8, { name: "even", test: (value) => value % 2 === 0 });
  const date = map(string(u8), {
    name: "a date",
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  });
  const { seq } = parse(toKaitai(struct({ even, date, data: extension({ ...letters.extension }) }), { id: "message" }));
  assert.equal(seq.map(({ doc }: { doc?: string }) => doc), [
    "Must be even, which is not checked here",
    undefined,
    "Stands for a date",
    "letters, as bytes",
  ]);
});

test("YAML is read as it was written", () => {
  const texts = [
    "",
    " ",
    "a",
    "a b",
    "a: b",
    "a #b",
    "- a",
    "-a",
    "null",
    "Yes",
    "~",
    "1",
    "0x1f",
    "1e3",
    ".5",
    "1:30",
    "2020-01-01",
    "<<",
    "=",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "{a}",
    "[a]",
    "a,b",
    "'a'",
    '"a"',
    "a\\b",
    "a\nb",
    "a\tb",
    "\0\x07\x1b\x7f\x85\xa0",
    "\u2028\u2029\ufeff\ufffe\uffff",
    "é😀",
    "\u202e\u200b\u{e0041}\u{10ffff}\u00ad",
    "a::b",
    "?",
    "---",
    "...",
  ];
  const value = {
    texts,
    keys: Object.fromEntries(texts.map((text, index) => [text, index])),
    nested: [[1, [2, []]], { a: [{ b: {} }] }, [], {}],
    flags: [true, false, -1, 2 ** 53, 12345678901234567890n],
  };
  const written = writeYaml(value);
  // Nothing that could change how a terminal shows the text.
  assert.not.match(written, /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  for (const version of ["1.1", "1.2"] as const) {
    const read = parse(written, { version, intAsBigInt: true, uniqueKeys: true });
    assert.equal(read, {
      ...value,
      keys: Object.fromEntries(texts.map((text, index) => [text, BigInt(index)])),
      nested: [[1n, [2n, []]], { a: [{ b: {} }] }, [], {}],
      flags: [true, false, -1n, 2n ** 53n, 12345678901234567890n],
    });
  }
});

test.run();
