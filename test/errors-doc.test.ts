/**
 * Holds docs/errors.md and the codes together: the same codes, the same meanings, messages as they are.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeJson, jsonInt, jsonObject } from "../codec/json/mod.ts";
import * as w from "../codec/mod.ts";
import { arrayOf, decodeMsgpack, intBetween } from "../codec/msgpack/mod.ts";
import { SessionDecoder, unified } from "../codec/protocols/warpdrive/mod.ts";
import { root } from "../tasks/project.ts";

const test = suite("errors: documentation");

const text = readFileSync(join(root, "docs", "errors.md"), "utf8");

const Event = w.union("type", w.u8, { ping: [1, w.struct({})], pong: [2, w.struct({})] });

/** What makes the message that the document shows for each code. */
const EXAMPLES: Readonly<Record<w.CodecErrorCode, () => unknown>> = {
  truncated: () => w.decode(w.struct({ version: w.u8, port: w.u16 }), Uint8Array.of(1, 0x1f)),
  trailing: () => w.decode(w.u16, new Uint8Array(5)),
  type: () => w.encode(w.struct({ size: w.u8 }), { size: "7" as unknown as number }),
  range: () => w.encode(w.struct({ code: w.u8 }), { code: 256 }),
  length: () => w.encode(w.struct({ id: w.string(w.u8) }), { id: "x".repeat(300) }),
  utf8: () => w.decode(w.struct({ id: w.string(w.u8) }), Uint8Array.of(1, 0xff)),
  literal: () => w.decode(w.struct({ magic: w.literal("AD") }), Uint8Array.of(0x41, 0x43)),
  bool: () => w.decode(w.struct({ more: w.bool }), Uint8Array.of(2)),
  enum: () => w.decode(w.struct({ code: w.enumOf(w.u8, { no: 0, yes: 1 }) }), Uint8Array.of(7)),
  tag: () => w.decode(w.struct({ event: Event }), Uint8Array.of(9)),
  canonical: () => w.decode(w.struct({ count: w.varint }), Uint8Array.of(0x80, 0x00)),
  reference: () => w.encode(w.struct({ count: w.u8, list: w.array(w.u8, w.ref("count")) }), { count: 3, list: [1, 2] }),
  refused: () =>
    w.decode(w.struct({ n: w.refine(w.u8, { name: "even", test: (n) => n % 2 === 0 }) }), Uint8Array.of(3)),
  limit: () => w.decode(w.array(w.u8, w.u32), Uint8Array.of(0xff, 0xff, 0xff, 0xff)),
  space: () => w.encodeInto(w.u32, 7, new Uint8Array(2)),
  json: () => decodeJson(jsonObject({ size: jsonInt }), new TextEncoder().encode('{"size":"7"}')),
  msgpack: () => decodeMsgpack(arrayOf(intBetween(0, 9)), w.parseHex("92 01 a178")),
  syntax: () => w.parseHex("0x"),
  schema: () => w.union("type", w.u8, { ping: [1, w.struct({})], pong: [1, w.struct({})] }),
  protocol: () => {
    throw new SessionDecoder({ port: unified.ports[0] }).push("S>C", Uint8Array.of(0))[0].error;
  },
};

const codes = Object.keys(w.ERROR_CODES) as w.CodecErrorCode[];

/** The part of the document about one code. */
function sectionOf(code: string): string {
  const start = text.indexOf(`\n## ${code}\n`);
  assert.ok(start >= 0, `docs/errors.md has a section "${code}"`);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end < 0 ? undefined : end);
}

/** A section's point, with its lines joined. */
function pointOf(code: string, name: string): string {
  const found = new RegExp(`\\n- ${name}: ([^]*?)(?=\\n- |\\n*$)`).exec(sectionOf(code));
  assert.ok(found !== null, `"${code}" has a point "${name}"`);
  return found[1].replaceAll(/\s+/g, " ");
}

test("the table has the codes and meanings of the program, in its order", () => {
  const rows = [...text.matchAll(/^\| \[`(\w+)`\]\(#(\w+)\) *\| (.+?) *\|$/gm)];
  assert.equal(
    rows.map(([, code, link, meaning]) => [code, link, meaning]),
    codes.map((code) => [
      code,
      code,
      w.ERROR_CODES[code],
    ]),
  );
});

test("every code has a section with the same meaning, in the same order", () => {
  const sections = [...text.matchAll(/^## (\w+)\n\n(.+)\.$/gm)];
  assert.equal(sections.map(([, code, meaning]) => [code, meaning]), Object.entries(w.ERROR_CODES));
});

test("every section says when it happens and what to do", () => {
  for (const code of codes) {
    assert.ok(pointOf(code, "When").length > 40, code);
    assert.ok(pointOf(code, "What to do").length > 20, code);
  }
});

test("the messages are those of the program", () => {
  for (const code of codes) {
    let thrown;
    try {
      EXAMPLES[code]();
    } catch (error) {
      thrown = error;
    }
    assert.instance(thrown, w.CodecError, code);
    assert.is((thrown as w.CodecError).code, code);
    assert.is(pointOf(code, "Says"), `\`${(thrown as w.CodecError).message}\``);
  }
});

test.run();
