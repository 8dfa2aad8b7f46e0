/**
 * The fixture files of the repository hold; files and rows that do not are told so, with the place and the reason.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, extension, f64, i16, map, type Schema, string, struct, u64big, u8 } from "../codec/mod.ts";
import { schemaOf } from "../src/cli/input/schemas.ts";
import { checkFixture, isFixture, parseFixture } from "../src/fixtures/mod.ts";
import { CAPTURED, capturedText } from "../tasks/fixtures.ts";
import { readJson } from "../tasks/project.ts";
import { fail, print, run } from "./cli/program-run.ts";
import { fixture, fixturePath, fixtureText } from "./fixture.ts";

const test = suite("fixtures");

const files = readdirSync(fixturePath(""), { recursive: true, encoding: "utf8" })
  .map((name) => name.split(sep).join("/"))
  .filter((name) => name.endsWith(".json") && isFixture(fixture(name)));

test("every protocol has rows of values, of refusals, and of other programs", () => {
  for (const folder of ["astral", "storj", "warpdrive"]) {
    for (const name of ["rows.json", "refused.json"]) {
      assert.ok(files.includes(`${folder}/${name}`), `${folder}/${name}`);
    }
    assert.ok(files.some((name) => name.startsWith(`${folder}/captured-`)));
  }
  assert.ok(files.includes("cslq/rows.json") && files.includes("cslq/refused.json"));
});

for (const name of files) {
  test(`fixtures/${name}`, () => {
    const file = parseFixture(fixture(name));
    assert.ok(file.rows.length > 0);
    assert.equal(checkFixture(file, schemaOf).failures, []);
  });
}

for (const name of Object.keys(CAPTURED)) {
  test(`fixtures/${name} is what the recording has`, () => assert.is(fixtureText(name), capturedText(name)));
}

const Point = struct({ x: u8, y: i16 });
const schemas = new Map<string, Schema>([
  ["Point", Point],
  ["text", string(u8)],
  ["big", u64big],
  ["float", f64],
  // Only the lowest seven bits matter, and the highest is written as zero.
  ["seven", map(u8, { name: "seven bits", decode: (byte) => byte & 127, encode: (value: number) => value })],
  [
    "lazy scanner",
    extension<number>({
      name: "byte below 128",
      bytesMin: 1,
      bytesMax: 1,
      decode(cursor) {
        if (cursor.pos === cursor.end) throw new CodecError("truncated", "Needs 1 byte", { offset: 0 });
        const byte = cursor.bytes[cursor.pos++];
        if (byte > 127) throw new CodecError("syntax", "Byte is above 127", { offset: 0 });
        return byte;
      },
      encode: (value) => Uint8Array.of(value),
      scanner: () => ({ push: (_, start, end) => end - start > 1 ? start + 2 : -1 }),
    }),
  ],
]);

function lookUp(name: string): Schema {
  const schema = schemas.get(name);
  if (schema === undefined) throw new CodecError("syntax", `Unknown schema "${name}"`);
  return schema;
}

/** What is wrong with one row of a schema, or undefined. */
function wrongWith(schema: string, row: Record<string, unknown>): string | undefined {
  const { failures } = checkFixture(parseFixture({ schema, rows: [{ name: "row", ...row }] }), lookUp);
  assert.ok(failures.every(({ path, name }) => path === "rows[0]" && name === "row"));
  return failures[0]?.reason;
}

const GOOD: [schema: string, row: Record<string, unknown>][] = [
  ["Point", { value: { y: -2, x: 1 }, hex: "01 FFFE" }],
  ["Point", { hex: "01fffe", origin: "elsewhere" }],
  ["Point", { hex: "01ff", error: { code: "truncated", path: "y", offset: 1 } }],
  ["Point", { hex: "01ff", error: { code: "truncated" } }],
  ["Point", { value: { x: 256, y: 0 }, error: { code: "range", path: "x", offset: 0 } }],
  ["Point", { value: 7, error: { code: "type" } }],
  ["big", { value: "18446744073709551615", hex: "ffffffffffffffff" }],
  ["big", { value: "18446744073709551616", error: { code: "range" } }],
  ["float", { value: "NaN", hex: "7ff8000000000000" }],
  ["float", { value: "-Infinity", hex: "fff0000000000000" }],
  ["text", { value: "", hex: "00" }],
  ["seven", { value: 1, hex: "81", decodeOnly: true }],
];

for (const [schema, row] of GOOD) {
  test(`holds: ${schema} ${JSON.stringify(row)}`, () => assert.is(wrongWith(schema, row), undefined));
}

const BAD: [schema: string, row: Record<string, unknown>, reason: string][] = [
  ["Point", { value: { x: 1, y: 2 }, hex: "01fffe" }, "decode: another value: y is -2, expected 2"],
  ["Point", { value: { x: 1 }, hex: "01fffe" }, "decode: another value: y is -2, expected undefined"],
  ["Point", { value: { x: 1, y: -2, z: 0 }, hex: "01fffe" }, "decode: another value: z is undefined, expected 0"],
  ["Point", { value: [1, -2], hex: "01fffe" }, 'decode: another value: the value is {"x":1,"y":-2}, expected [1,-2]'],
  ["Point", { value: { x: 1, y: -2 }, hex: "01ff" }, "Needs 2 bytes, 1 left (at y, offset 1)"],
  ["Point", { hex: "01fffe00", origin: "elsewhere" }, "1 byte left after the value (offset 3)"],
  [
    "Point",
    { hex: "01ff", error: { code: "truncated", path: "y", offset: 2 } },
    "decode: another error: truncated at y (offset 1), expected truncated at y (offset 2)",
  ],
  [
    "Point",
    { hex: "01ff", error: { code: "truncated", path: "x" } },
    "decode: another error: truncated at y (offset 1), expected truncated at x (offset 1)",
  ],
  [
    "Point",
    { hex: "01ff", error: { code: "trailing" } },
    "decode: another error: truncated at y (offset 1), expected trailing at y (offset 1)",
  ],
  ["Point", { hex: "01fffe", error: { code: "truncated" } }, 'decode: no error, expected truncated: {"x":1,"y":-2}'],
  [
    "Point",
    { value: { x: 1, y: 1 }, error: { code: "range" } },
    "encode: no error, expected range: 3 bytes",
  ],
  ["big", { value: 1, hex: "0000000000000001" }, 'decode: another value: the value is "1", expected 1'],
  ["seven", { value: 1, hex: "81" }, "encode: other bytes: 01, expected 81"],
  ["seven", { value: 1, hex: "01", decodeOnly: true }, "encode: the same bytes, although the row is decodeOnly"],
  ["lazy scanner", { value: 1, hex: "01" }, "stream"],
  ["none", { value: 1, hex: "01" }, 'Unknown schema "none"'],
];

for (const [schema, row, reason] of BAD) {
  test(`does not hold: ${schema} ${JSON.stringify(row)}`, () => {
    const found = wrongWith(schema, row);
    assert.ok(found === reason || (reason === "stream" && found?.startsWith("stream")), `${found}`);
  });
}

const ROW = { name: "row", schema: "u8", hex: "01", value: 1 };
const MALFORMED: [json: unknown, path: string][] = [
  [[], ""],
  [null, ""],
  [{ rows: 7 }, "rows"],
  [{ rows: [], schemas: "u8" }, ""],
  [{ rows: [], about: 7 }, "about"],
  [{ rows: [7] }, "rows[0]"],
  [{ rows: [ROW, { ...ROW, name: undefined }] }, "rows[1]"],
  [{ rows: [{ ...ROW, schema: undefined }] }, "rows[0]"],
  [{ rows: [{ ...ROW, schema: 7 }] }, "rows[0].schema"],
  [{ rows: [{ ...ROW, hex: "0" }] }, "rows[0].hex"],
  [{ rows: [{ ...ROW, decode_only: true }] }, "rows[0]"],
  [{ rows: [{ ...ROW, decodeOnly: "yes" }] }, "rows[0].decodeOnly"],
  [{ rows: [{ ...ROW, value: undefined }] }, "rows[0]"],
  [{ rows: [{ ...ROW, hex: undefined }] }, "rows[0]"],
  [{ rows: [{ ...ROW, error: { code: "range" } }] }, "rows[0]"],
  [{ rows: [{ ...ROW, value: undefined, error: "range" }] }, "rows[0].error"],
  [{ rows: [{ ...ROW, value: undefined, error: {} }] }, "rows[0].error.code"],
  [{ rows: [{ ...ROW, value: undefined, error: { code: "toString" } }] }, "rows[0].error.code"],
  [{ rows: [{ ...ROW, value: undefined, error: { code: "range", at: "x" } }] }, "rows[0].error"],
  [{ rows: [{ ...ROW, value: undefined, error: { code: "range", path: 1 } }] }, "rows[0].error.path"],
  [{ rows: [{ ...ROW, value: undefined, error: { code: "range", offset: 1.5 } }] }, "rows[0].error.offset"],
];

for (const [json, path] of MALFORMED) {
  test(`malformed: ${JSON.stringify(json)}`, () => {
    assert.throws(
      () => parseFixture(JSON.parse(JSON.stringify(json))),
      (error: unknown) => error instanceof CodecError && error.code === "syntax" && error.path === path,
    );
  });
}

test("the JSON Schema has the keys that are accepted", () => {
  type Keys = { readonly properties: Record<string, unknown> };
  const schema = readJson<Keys & { readonly $defs: Record<"row" | "error", Keys> }>("docs/fixture.schema.json");
  const keys = ({ properties }: Keys) => Object.fromEntries(Object.keys(properties).map((key) => [key, undefined]));
  const refusal = (json: unknown) => {
    try {
      parseFixture(json);
    } catch (error) {
      return String(error);
    }
    return "";
  };
  assert.not.match(refusal({ ...keys(schema), rows: [] }), /none of/);
  assert.not.match(refusal({ rows: [{ ...keys(schema.$defs.row), name: "row" }] }), /none of/);
  const error = { ...keys(schema.$defs.error), code: "range" };
  assert.is(refusal({ rows: [{ name: "row", schema: "u8", hex: "", error }] }), "");
  for (const [listed, accepted] of [[schema, 5], [schema.$defs.row, 7], [schema.$defs.error, 3]] as const) {
    assert.is(Object.keys(listed.properties).length, accepted);
  }
});

async function inFolder(files: Record<string, unknown>, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-fixtures-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    }
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("warpwire fixtures check: the repository's own", async () => {
  const out = await print(["fixtures", "check", fixturePath("")]);
  assert.match(out, /\/cslq\/rows\.json: \d+ valid\n/);
  assert.match(out, /\n\d+ files, \d+ rows, 0 failures \(\d+ other files without rows\)\n$/);
});

test("warpwire fixtures check: counts and failures of each file", async () => {
  const row = { name: "one", schema: "cslq:c", hex: "01", value: [1] };
  const files = {
    "a.json": { rows: [row, { ...row, name: "two\u001b[2J", value: [2] }] },
    "b/c.json": { rows: [{ name: "cut", schema: "cslq:s", hex: "01", error: { code: "truncated" } }] },
    "d.json": { rows: [{ ...row, hexes: "01" }] },
    "other.json": { vectors: [] },
    "text.txt": "no JSON",
  };
  await inFolder(files, async (folder) => {
    const { status, out, err } = await run(["fixtures", "check", `${folder}/`]);
    assert.equal([status, err], [1, ""]);
    assert.equal(out.split("\n").map((line) => line.replaceAll(folder, "")), [
      "/a.json: 2 valid",
      "  rows[1] (two\\u001b[2J): decode: another value: [0] is 1, expected 2",
      "/b/c.json: 1 invalid",
      "/d.json: nothing",
      `  rows[0] (the file): Key "hexes" is not one of name, origin, schema, value, hex, error, decodeOnly`,
      "3 files, 3 rows, 2 failures (1 other file without rows)",
      "",
    ]);
  });
});

test("warpwire fixtures check: schemas of a module", async () => {
  const codec = new URL(`../codec/mod.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url).href;
  const files = {
    "rows.json": {
      rows: [
        { name: "by export", schema: "Point", value: { x: 1 }, hex: "0001" },
        { name: "by name", schema: "draw.line", value: [1], hex: "01" },
        { name: "that the program knows", schema: "cslq:c", value: [1], hex: "01" },
      ],
    },
    "wire.mjs": `import { struct, tuple, u16, u8 } from "${codec}";
export const Point = struct({ x: u16 });
export const schemas = { "draw.line": tuple([u8]) };
`,
    "empty.mjs": "export const nothing = 7;",
  };
  await inFolder(files, async (folder) => {
    const out = await print(["fixtures", "check", folder, "--schemas", join(folder, "wire.mjs")]);
    assert.ok(out.endsWith("1 file, 3 rows, 0 failures\n"), out);
    assert.match(await fail(["fixtures", "check", folder, "--schemas", join(folder, "empty.mjs")], 1), /no schemas/);
    const { status, out: failures } = await run(["fixtures", "check", folder]);
    assert.is(status, 1);
    assert.match(failures, /rows\[0\] \(by export\): Unknown schema "Point"/);
  });
});

test("warpwire fixtures check: what it cannot do", async () => {
  await fail(["fixtures"], 2);
  await fail(["fixtures", "run"], 2);
  await fail(["fixtures", "check", "a", "b"], 2);
  await inFolder({ "a.json": "{" }, async (folder) => void await fail(["fixtures", "check", folder], 1));
  await inFolder({ "a.json": {} }, async (folder) => {
    assert.match(await fail(["fixtures", "check", folder], 1), /has no rows/);
    await fail(["fixtures", "check", join(folder, "missing")], 1);
  });
});

test.run();
