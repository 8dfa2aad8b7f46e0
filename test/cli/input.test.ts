/**
 * Bytes that the program is given: digits in every form, dumps of other programs, encodings, and what is not certain.
 *
 * @module
 */

import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, bytes, CodecError, formatHex, hexdump, parseHex, struct, u16, u8 } from "../../codec/mod.ts";
import { INPUT_BYTES_MAX, readBytes } from "../../src/cli/input/input.ts";
import { check } from "../codec/seed.ts";
import { fixture } from "../fixture.ts";
import { fail, print, run, withFiles } from "./program-run.ts";

const test = suite("input");

interface Recorded {
  readonly name: string;
  readonly program: string;
  readonly hex: string;
  readonly text: string;
}

const { dumps } = fixture("dumps.json") as { readonly dumps: readonly Recorded[] };

/** The bytes of a standard input as hex, and what is said about it. */
async function read(input: string | Uint8Array, format?: string): Promise<readonly [hex: string, notes: string]> {
  return await readArguments(["-"], input, format);
}

async function readArguments(
  args: readonly string[],
  input: string | Uint8Array,
  format?: string,
): Promise<readonly [hex: string, notes: string]> {
  let notes = "";
  const bytes = await readBytes(args, { positionals: args, options: { input: format } }, {
    out: () => assert.unreachable(),
    err: (text) => void (notes += text),
    write: () => assert.unreachable() as never,
    input: (async function* () {
      yield await Promise.resolve(input);
    })(),
    terminal: false,
  });
  return [formatHex(bytes), notes];
}

/** The error of an input that cannot be read. */
async function refused(input: string | Uint8Array, format?: string): Promise<CodecError> {
  try {
    await read(input, format);
  } catch (error) {
    assert.instance(error, CodecError);
    return error as CodecError;
  }
  throw new Error(`Input was read: ${String(input).slice(0, 80)}`);
}

/** What cannot be known: od counts in octal like this, hexdump in hexadecimal. */
const isUndecided = ({ name, program }: Recorded) => name === "zeros" && program === "od -x";

test("dumps of other programs are the bytes that were dumped", async () => {
  const programs = new Set(dumps.map(({ program }) => program));
  assert.ok(programs.size > 25);
  for (const recorded of dumps) {
    const { name, program, hex, text } = recorded;
    const [found, notes] = await read(text);
    if (isUndecided(recorded)) assert.match(notes, /taken for hexadecimal ones: 1024 bytes; if .* octal, 256 bytes\n$/);
    else assert.is(found, hex, `${name}, ${program}:\n${text}`);
    const [crlf] = await read(text.replaceAll("\n", "\r\n"));
    assert.is(crlf, found, `${name}, ${program}, with CRLF`);
    const [short] = await read(text.replace(/[ \t]+$/gm, ""));
    assert.is(short, found, `${name}, ${program}, without white space at the ends of lines`);
  }
});

test("dumps are read without a word, but for those that may mean something else", async () => {
  const silent = /^(?:xxd(?: -u| -g1| -c 8| -a| -b| -p| -i)?|hexdump -C|od -A x -t x1z|od -t x1)$/;
  for (const { name, program, text } of dumps.filter(({ program }) => silent.test(program))) {
    if (name === "zeros" && program === "od -t x1") continue;
    const [, notes] = await read(text);
    assert.is(notes.replace(/^note: Input is taken for hex digits.*\n/, ""), "", `${name}, ${program}`);
  }
  const shown = (name: string, program: string) => dumps.find((one) => one.name === name && one.program === program)!;
  assert.match(
    (await read(shown("zeros", "od -t x1").text))[1],
    /taken for octal ones: 256 bytes; if they are decimal/,
  );
  assert.match((await read(shown("noise 17", "od -A x -t x4").text))[1], /first number of each line .* an offset/);
  const words = shown("noise 17", "hexdump").text.replace(/\n\d+\n$/, "\n");
  assert.match((await read(words))[1], /last offset of the dump is missing/);
  const [tail, notes] = await read(shown("noise 100", "hexdump -C").text.replace(/^.*\n/, ""));
  assert.is(tail, shown("noise 100", "xxd").hex.slice(32));
  assert.match(notes, /begins at offset 00000010; the bytes before it are missing/);
});

test("dumps of Wireshark and tcpdump", async () => {
  const hex = "4745542065652066662048545450000d0a20303132";
  const packet = `0000  47 45 54 20 65 65 20 66 66 20 48 54 54 50 00 0d   GET ee ff HTTP..
0010  0a 20 30 31 32                                    . 012
`;
  assert.equal(await read(packet), [hex, ""]);
  assert.equal(await read(packet.replace(/ {3}\S.*$/gm, "")), [
    hex,
    "note: The first number of each line is taken for an offset\n",
  ]);
  const follow = `    00000000  47 45 54 20 65 65 20 66  66 20 48 54 54 50 00 0d   GET ee f f HTTP..
    00000010  0a 20 30 31 32                                     . 012
`;
  assert.equal(await read(follow), [hex, ""]);
  const tcpdump = `\t0x0000:  4745 5420 6565 2066 6620 4854 5450 000d  GET.ee.ff.HTTP..
\t0x0010:  0a20 3031 32                              ..012
`;
  assert.equal(await read(tcpdump), [hex, ""]);
  assert.equal(await read(tcpdump.replace(/ {2}\S*$/gm, "")), [hex, ""]);
  assert.match((await refused(packet + "\n" + packet)).message, /^Line 4 of the dump .*is it another dump\?; --raw/);
});

test("our own dumps, with and without colours, of broken messages as well", async () => {
  const Points = struct({ count: u16, points: array(struct({ bad: u8, ef: u16 }), u8), end: u8 });
  const hex = "0004030101010202020303030a";
  for (const message of [parseHex(hex), parseHex(`${hex}ff`), parseHex(hex.slice(0, 12))]) {
    for (const color of [false, true]) {
      assert.is((await read(`${hexdump(Points, message, { color })}\n`))[0], formatHex(message));
    }
  }
  const long = hexdump(bytes(u8), new Uint8Array(201).fill(7).fill(200, 0, 1), { linesMax: 2 });
  assert.match((await refused(long)).message, /contains an ellipsis: bytes were left out/);
});

test("digits with and without prefixes and separators", async () => {
  const texts = [
    "650800ff\n",
    "65 08 00 ff\n",
    "6508 00FF\n",
    "65:08:00:ff\n",
    "65:08:\n    00:ff\n",
    "65-08-00-FF\n",
    "0x650800ff\n",
    "0X650800FF\n",
    "0x65 0x08 0x00 0xff\n",
    "0x650x080x000xff\n",
    "0x65,0x8,0x0,0xff\n",
    "0x65, 0x08,\n0x00, 0xff,\n",
    "{0x65, 0x08, 0x00, 0xff}\n",
    "[0x65, 0x08, 0x00, 0xff];",
    "\\x65\\x08\\x00\\xff\n",
    '"\\x65\\x08"\n  "\\x00\\xff";\n',
    "b'\\x65\\x08\\x00\\xff'",
    "static const uint8_t data[4] = {\n  0x65, /* 0x12 */ 0x08, // and so on\n  0x00, 0xff\n};\n",
    "unsigned char name[] = {\n  0x65, 0x08, 0x00, 0xff\n};\nunsigned int name_len = 4;\n",
    "[]byte{0x65, 0x08, 0x00, 0xff}",
    "new Uint8Array([0x65, 0x08, 0x00, 0xff])",
  ];
  for (const text of texts) {
    assert.equal(await read(text), ["650800ff", ""], text);
    assert.equal(await readArguments([text.trim()], ""), ["650800ff", ""], `as an argument: ${text}`);
  }
  assert.equal(await readArguments(["0x65", "0x08,", "00:ff"], ""), ["650800ff", ""]);
  assert.equal(await read("65, 08, 00, ff"), ["650800ff", "note: Numbers without 0x are read as hex digits\n"]);
  assert.match((await read("0x0865, 0xff00"))[1], /Numbers of several bytes are read in the order of their digits/);
  assert.is((await read("00".repeat(300_000) + "01"))[0].length, 600_002);
});

test("encodings: byte order marks, and UTF-16 as PowerShell writes it", async () => {
  for (const text of ["65 08 00 ff\r\n", "0x65, 0x08, 0x00, 0xff\r\n", "00000000: 6508 00ff  e...\r\n"]) {
    for (const little of [true, false]) {
      assert.equal(await read(utf16(`\ufeff${text}`, little)), ["650800ff", ""]);
      const [hex, notes] = await read(utf16(text, little));
      assert.is(hex, "650800ff");
      assert.match(notes, /^note: Input is taken for UTF-16 without a byte order mark: 4 bytes in hex\n$/);
    }
    assert.equal(await read(`\ufeff${text}`), ["650800ff", ""]);
  }
  // A small integer is no text.
  assert.equal(await read(parseHex("3000")), ["3000", ""]);
  await withFiles({ json: utf16('\ufeff{"command":"listOffers","filter":1}\r\n', true) }, async (path) => {
    const schema = "warpdrive.unified.request";
    const hex = await print(["encode", schema, '{"command":"listOffers","filter":1}']);
    assert.is(await print(["encode", schema, `@${path("json")}`]), hex);
  });
});

function utf16(text: string, little: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) new DataView(bytes.buffer).setUint16(i * 2, text.charCodeAt(i), little);
  return bytes;
}

test("what is not certain is said, and can be decided", async () => {
  assert.equal(await read("6162"), [
    "6162",
    "note: Input is taken for hex digits: 2 bytes; --raw takes the digits themselves\n",
  ]);
  assert.equal(await read("6162\n"), ["6162", ""], "people end lines");
  assert.equal(await read("6162", "raw"), ["36313632", ""]);
  assert.match((await read("Hello, world\n"))[1], /^note: Input is not hex: it begins with "Hello, world"/);
  assert.match((await read("[10, 20]\n"))[1], /not hex: it begins with "\[10, 20\]", and its 9 bytes are taken/);
  assert.equal(await read("Hello, world\n", "raw"), ["48656c6c6f2c20776f726c640a", ""]);
  assert.equal(await read(parseHex("0565ff")), ["0565ff", ""], "bytes that no text has are bytes");
  assert.equal(await read(""), ["", ""]);
  assert.equal(await read(" \r\n"), ["", ""]);
  assert.is((await read("0000  65 08\n"))[0], "6508");
  assert.equal(await read("0000  65 08\n", "hex"), ["00006508", ""]);
  assert.match((await refused("hello", "hex")).message, /^Character "h" in line 1, column 1 is not a hex digit/);
  assert.match((await refused("65 08", "dump")).message, /does not begin with the line of a dump/);
  assert.match((await refused(parseHex("00ff"), "hex")).message, /^Input is not text/);
  for (const argv of [["--input", "base64"], ["--raw", "--input", "hex"]]) {
    assert.match(await fail(["decode", "cslq:c", "05", ...argv], 2), /--input/);
  }
  const { status, err } = await run(["decode", "cslq:[2]c", "-"], { input: ["6162"] });
  assert.is(status, 0);
  assert.match(err, /^note: /);
});

test("wrong digits are an error with line and column", async () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ["65 08\n00 0g ff\n", /^Character "g" in line 2, column 5 /],
    ["65 08\n00 f\n", /^Character "\\n" in line 2, column 5 is not the second hex digit of a byte/],
    ["65 0", /^Hex ends in the middle of a byte in line 1, column 5/],
    ["0x65, 0x080, 0x00", /^Number "0x080" in line 1, column 7 has an odd number of digits/],
    ["0x65 0x", /^Character "x" in line 1, column 7 /],
    ["65::08", /^Character ":" in line 1, column 4 /],
    [":65:08", /^Character ":" in line 1, column 1 /],
    ["unsigned char a[] = { 0x65 };\nunsigned int a_len = 2;\n", /^The array has 1 byte, but its length is 2/],
    ["00000000: 6508 0g00  e...\n", /^Line 1, column 17, of the dump has "g", which is not a hex digit/],
    ["00000000  65 08  |e.|\n00000003\n", /^Line 2 of the dump begins with offset 00000003, but 00000002 bytes/],
    ["00000000  65 08  |e.|\n*\n", /^Line 2 of the dump repeats the line before it, but no later offset shows/],
    ["00000000  65 08  |e.|\n*\n00000007\n", /^Line 3 .* no number of repeated lines leads/],
    ["*\n00000000  65 08  |e.|\n", /^Character "\*" in line 1/],
    ["0000000 062510 066154\n0000004\n", /^Line 1 of the dump has no groups that are bytes in hex; xxd, hexdump -C/],
    ["0000000 110 145 154\n0000003\n", /^Line 1 of the dump has no groups that are bytes in hex/],
    ["0000000   H   e   l\n0000003\n", /^Line 1 of the dump has no groups/],
    ["0000000  48  65\n          H   e\n0000002\n", /^Line 2 of the dump does not begin with an offset/],
    [" 00 00\n*\n 00\n", /^Character "\*" in line 2, column 1 /],
  ];
  for (const [text, message] of cases) {
    const error = await refused(text);
    assert.is(error.code, "syntax", text);
    assert.match(error.message, message, text);
    assert.match(error.message, /--raw takes the input as it is/);
  }
  const huge = "00000000  65 08  |e.|\n*\n7ffffff0\n";
  const { code, message } = await refused(huge);
  assert.is(code, "limit");
  assert.match(message, new RegExp(`more than ${INPUT_BYTES_MAX} bytes`));
});

test("bytes are raw or what was written, never something else", async () => {
  const samples: Uint8Array[] = [];
  check("bytes", fc.uint8Array({ minLength: 1, maxLength: 80 }), 200, (bytes) => void samples.push(bytes));
  for (const sample of samples) {
    const hex = formatHex(sample);
    assert.is((await read(`${hex}\n`))[0], hex);
    assert.is((await read(`0x${hex.replace(/..(?=.)/g, "$&, 0x")}\n`))[0], hex);
    assert.is((await read(Uint8Array.from([0, ...sample])))[0], `00${hex}`);
  }
});

test.run();
