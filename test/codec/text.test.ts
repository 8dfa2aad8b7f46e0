import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import * as here from "../../codec/text/utf8.ts";

type Converters = typeof here;

/** The same module as a page gets it, where there is no Buffer. */
async function withoutBuffer(): Promise<Converters> {
  const holder = globalThis as { Buffer?: unknown };
  const { Buffer } = holder;
  holder.Buffer = undefined;
  try {
    const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
    return await import(new URL(`../../codec/text/utf8${extension}?without-buffer`, import.meta.url).href);
  } finally {
    holder.Buffer = Buffer;
  }
}

const page = await withoutBuffer();
const encoder = new TextEncoder();

/** Bytes with others around them, which no text must ever contain. */
function placed(bytes: Uint8Array, before: number): Uint8Array {
  const around = new Uint8Array(before + bytes.length + 8).fill(0x80);
  around.set(bytes, before);
  return around;
}

for (const [name, { readText, writeText, textBytes }] of [["here", here], ["without Buffer", page]] as const) {
  const test = suite(`codec: text ${name}`);

  const read = (bytes: Uint8Array, before = 3) => readText(placed(bytes, before), before, before + bytes.length);

  test("is another module in a page", () => {
    assert.is(readText === here.readText, name === "here");
  });

  test("texts of every length, with another character at every place", () => {
    for (let length = 0; length <= 80; length++) {
      const ascii = Array.from({ length }, (_, index) => String.fromCharCode(0x20 + index)).join("");
      assert.is(read(encoder.encode(ascii)), ascii);
      for (const odd of ["\0", "\u007f", "\u0080", "é", "€", "\ufeff", "\ufffd", "😀"]) {
        for (let at = 0; at <= length; at += length < 24 ? 1 : 7) {
          const text = ascii.slice(0, at) + odd + ascii.slice(at);
          assert.is(read(encoder.encode(text)), text, JSON.stringify(text));
        }
      }
    }
  });

  test("an invalid byte at every place", () => {
    for (let length = 0; length <= 80; length += length < 20 ? 1 : 7) {
      for (
        const bytes of [[0x80], [0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [
          0xc0,
          0x80,
        ]]
      ) {
        for (let at = 0; at <= length; at++) {
          const text = new Uint8Array(length + bytes.length).fill(0x61);
          text.set(bytes, at);
          assert.is(read(text), undefined, formatHex(text));
        }
      }
    }
  });

  test("replacement characters that are real, beside invalid bytes and a BOM", () => {
    assert.is(read(parseHex("efbfbd")), "\ufffd");
    assert.is(read(parseHex("efbbbf efbfbd")), "\ufeff\ufffd");
    assert.is(read(parseHex("efbbbf 61 efbfbd efbbbf")), "\ufeffa\ufffd\ufeff");
    assert.is(read(parseHex("efbfbd ff")), undefined);
    assert.is(read(parseHex("efbbbf efbfbd 80")), undefined);
  });

  test("writing: what fits, what does not, and nothing around it", () => {
    for (
      const text of ["", "a", "é", "abc", "aé€😀", "a".repeat(28), "a".repeat(29), "a".repeat(100), "é".repeat(40)]
    ) {
      const bytes = encoder.encode(text);
      assert.equal(textBytes(text), bytes);
      for (const spare of [0, 1, 9]) {
        const target = new Uint8Array(5 + bytes.length + spare + 4).fill(0xaa);
        assert.is(writeText(text, target, 5, 5 + bytes.length + spare), 5 + bytes.length);
        assert.is(formatHex(target), "aa".repeat(5) + formatHex(bytes) + "aa".repeat(spare + 4));
      }
      for (let room = 0; room < bytes.length; room++) {
        const target = new Uint8Array(room + 10).fill(0xaa);
        assert.is(writeText(text, target, 3, 3 + room), -1);
        assert.is(formatHex(target.subarray(3 + room)), "aa".repeat(7));
      }
    }
  });

  test("lone surrogates are never written as something else", () => {
    for (const text of ["\ud800", "\udc00", "a\ud800", "\ud800a", "\ud83d\ud83d\ude00", "a".repeat(100) + "\udfff"]) {
      assert.is(writeText(text, new Uint8Array(400), 0, 400), -2);
      assert.is(textBytes(text), undefined);
      for (let room = 0; room < 110; room++) assert.ok(writeText(text, new Uint8Array(room), 0, room) < 0);
    }
  });

  test.run();
}
