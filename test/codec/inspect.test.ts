import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";

/** A message with a part of every kind. */
const Message = w.struct({
  magic: w.literal("WD"),
  kind: w.enumOf(w.u8, { no: 0, yes: 1 }),
  flags: w.u16,
  files: w.array(w.struct({ name: w.string(w.u8), data: w.bytes(w.varint) }), w.u8),
  more: w.optional(w.u16),
  extra: w.optional(w.u8, { field: "flags", mask: 2 }),
  event: w.union("type", w.u8, {
    ping: [1, w.struct({ signal: w.u8 })],
    text: [2, w.struct({ text: w.string(w.u8), at: w.u64big })],
  }),
  frame: w.framed(w.u16, w.struct({ x: w.f32, rest: w.bytes(w.rest) })),
});

const value: w.Infer<typeof Message> = {
  kind: "yes",
  flags: 2,
  files: [{ name: "a\u202e\n", data: Uint8Array.of(1, 2, 3) }],
  more: 7,
  extra: 9,
  event: { type: "text", text: "hi", at: 5n },
  frame: { x: NaN, rest: Uint8Array.of(1, 2) },
};

const message = w.encode(Message, value, { owned: true });

const inspecting = suite("codec: inspect");

inspecting("every byte belongs to a part, with path and role", () => {
  const { spans, length, error, value: found } = w.inspect(Message, message);
  assert.equal(spans.map(({ path, start, end, role }) => [path, start, end, role]), [
    ["magic", 0, 2, "literal"],
    ["kind", 2, 3, "value"],
    ["flags", 3, 5, "value"],
    ["files", 5, 6, "length"],
    ["files[0].name", 6, 7, "length"],
    ["files[0].name", 7, 12, "value"],
    ["files[0].data", 12, 13, "length"],
    ["files[0].data", 13, 16, "value"],
    ["more", 16, 17, "presence"],
    ["more", 17, 19, "value"],
    ["extra", 19, 20, "value"],
    ["event.type", 20, 21, "tag"],
    ["event.text", 21, 22, "length"],
    ["event.text", 22, 24, "value"],
    ["event.at", 24, 32, "value"],
    ["frame", 32, 34, "length"],
    ["frame.x", 34, 38, "value"],
    ["frame.rest", 38, 40, "value"],
  ]);
  assert.is(length, 40);
  assert.is(error, undefined);
  assert.equal(found, value);
  const said = Object.fromEntries(spans.map((span) => [`${span.path} ${span.role}`, span.value]));
  assert.is(said["kind value"], "yes");
  assert.is(said["files length"], 1);
  assert.is(said["more presence"], true);
  assert.is(said["event.type tag"], "text");
  assert.is(said["event.at value"], 5n);
});

inspecting("broken messages up to where they break", () => {
  for (let length = 0; length < message.length; length++) {
    const { spans, error, length: understood } = w.inspect(Message, message.subarray(0, length));
    assert.is(error?.code, "truncated");
    assert.ok(understood <= length);
    assert.equal(spans, w.inspect(Message, message).spans.slice(0, spans.length));
    assert.is(spans.at(-1)?.end ?? 0, understood);
    assert.not.ok("value" in w.inspect(Message, message.subarray(0, length)));
  }
  const { spans, error, length } = w.inspect(Message, message.with(20, 3));
  assert.equal([error?.code, error?.path, error?.offset, length, spans.length], ["tag", "event.type", 20, 20, 11]);
});

inspecting("bytes left over are an error, unless only a prefix is asked for", () => {
  const longer = Uint8Array.from([...message, 0, 0]);
  const { error, length, spans } = w.inspect(Message, longer);
  assert.equal([error?.code, error?.offset, length, spans.length], ["trailing", 40, 40, 18]);
  assert.equal(error?.context, { left: 2 });
  const prefix = w.inspect(Message, longer, { prefix: true });
  assert.is(prefix.error, undefined);
  assert.is(prefix.length, 40);
  assert.equal(prefix.value, value);
});

inspecting("the context of an error says what the message says", () => {
  const contextOf = (schema: w.Schema, hex: string) => w.inspect(schema, w.parseHex(hex)).error?.context;
  assert.equal(contextOf(w.u32, "0000"), { needed: 4, left: 2 });
  assert.equal(contextOf(w.literal("AB"), "4143"), { expected: 0x42, found: 0x43 });
  assert.equal(contextOf(w.bool, "07"), { byte: 7 });
  assert.equal(contextOf(w.enumOf(w.u8, { a: 1 }), "07"), { number: 7 });
  assert.equal(contextOf(w.union("type", w.u8, { a: [1, w.struct({})] }), "07"), { tag: 7 });
  assert.equal(contextOf(w.u64, "ffffffffffffffff"), { value: 2n ** 64n - 1n });
  assert.equal(contextOf(w.limit(w.bytes(w.rest), 1), "0000"), { bytesMax: 1 });
  assert.equal(contextOf(w.framed(w.u8, w.u8), "020000"), { left: 1 });
});

inspecting.run();

const dumping = suite("codec: hexdump");

dumping("a line for each part", () => {
  assert.is(
    w.hexdump(Message, message),
    `
000000  57 44                    magic                   literal
000002  01                       kind                    "yes"
000003  00 02                    flags                   2
000005  01                       files (length)          1
000006  05                       files[0].name (length)  5
000007  61 e2 80 ae 0a           files[0].name           "a\\u202e\\n"
00000c  03                       files[0].data (length)  3
00000d  01 02 03                 files[0].data           3 bytes
000010  01                       more (presence)         true
000011  00 07                    more                    7
000013  09                       extra                   9
000014  02                       event.type (tag)        "text"
000015  02                       event.text (length)     2
000016  68 69                    event.text              "hi"
000018  00 00 00 00 00 00 00 05  event.at                5
000020  00 06                    frame (length)          6
000022  7f c0 00 00              frame.x                 NaN
000026  01 02                    frame.rest              2 bytes
`.trim(),
  );
});

dumping("what is not understood, and why", () => {
  assert.is(
    w.hexdump(Message, message.subarray(0, 8)),
    `
000000  57 44                    magic                   literal
000002  01                       kind                    "yes"
000003  00 02                    flags                   2
000005  01                       files (length)          1
000006  05                       files[0].name (length)  5
000007  61                                               not understood: truncated
error: truncated: Needs 5 bytes, 1 left (at files[0].name, offset 7)
`.trim(),
  );
  assert.is(
    w.hexdump(w.u16, w.parseHex("0102 ff00")),
    `
000000  01 02                      258
000002  ff 00                      not understood: trailing
error: trailing: 2 bytes left after the value (offset 2)
`.trim(),
  );
  assert.is(w.hexdump(w.u8, new Uint8Array()), "error: truncated: Needs 1 byte, 0 left (offset 0)");
  assert.is(w.hexdump(w.struct({}), new Uint8Array()), "");
});

dumping("long parts without their middle", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  assert.is(
    w.hexdump(w.bytes(w.rest), bytes),
    `
000000  00 01 02 03 04 05 06 07    100 bytes
000008  08 09 0a 0b 0c 0d 0e 0f
000010  10 11 12 13 14 15 16 17
000018  … 72 bytes
000060  60 61 62 63
`.trim(),
  );
  const whole = w.hexdump(w.bytes(w.rest), bytes, { width: 16, linesMax: 100 });
  assert.is(whole.split("\n").length, 7);
  assert.is(whole.split("\n")[6], "000060  60 61 62 63");
});

dumping("colours are asked for, and nothing in the values can make any", () => {
  const esc = "\u001b";
  const schema = w.struct({ [`${esc}[31m`]: w.string(w.u8) });
  const bytes = w.encode(schema, { [`${esc}[31m`]: `${esc}[31m\u009b31m\u2028\ud83d\ude00` });
  const plain = w.hexdump(schema, bytes);
  assert.not(plain.includes(esc));
  assert.ok(plain.includes("\\u001b[31m  "));
  assert.ok(plain.includes('"\\u001b[31m\\u009b31m\\u2028😀"'));
  const coloured = w.hexdump(schema, bytes, { color: true });
  const dim = `${esc}[2m`;
  assert.ok(coloured.startsWith(dim));
  const codes = coloured.split(esc).slice(1).map((text) => text.slice(0, text.indexOf("m") + 1));
  assert.equal([...new Set(codes)].sort(), ["[22m", "[2m", "[36m", "[39m"]);
});

dumping("options that make no dump", () => {
  for (const options of [{ width: 0 }, { width: NaN }, { width: -1 }, { linesMax: 1 }, { linesMax: NaN }]) {
    assert.throws(() => w.hexdump(w.u8, Uint8Array.of(1), options), (error: Error) => error instanceof RangeError);
  }
});

dumping.run();

const differing = suite("codec: diff");

differing("the parts that differ", () => {
  assert.equal(w.diff(Message, message, message), []);
  const other = w.encode(Message, {
    ...value,
    kind: "no",
    files: [{ name: "a", data: Uint8Array.of(1, 2, 4) }],
    more: null,
  });
  const differences = w.diff(Message, message, other);
  assert.equal(differences.map(({ path, left, right }) => [path, left?.value, right?.value]), [
    ["kind", "yes", "no"],
    ["files[0].name", 5, 1],
    ["files[0].name", "a\u202e\n", "a"],
    ["files[0].data", Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4)],
    ["more", true, false],
    ["more", 7, undefined],
  ]);
  const [, , , data] = differences;
  assert.equal([data.left?.start, data.right?.start], [13, 9]);
});

differing("broken messages as far as they make sense", () => {
  const differences = w.diff(w.struct({ a: w.u8, b: w.u8, c: w.u8 }), Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9));
  assert.equal(differences.map(({ path, left, right }) => [path, left?.value, right?.value]), [
    ["b", 2, 9],
    ["c", 3, undefined],
  ]);
  assert.equal(w.diff(w.f64, w.encode(w.f64, NaN), w.encode(w.f64, NaN)), []);
  assert.is(w.diff(w.f64, w.encode(w.f64, 0), w.encode(w.f64, -0)).length, 1);
});

differing.run();
