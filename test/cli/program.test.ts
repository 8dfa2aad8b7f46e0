/**
 * The program as a whole: help, usage, errors, input, and output that is safe to look at.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loaded } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { encode, formatHex, parseHex } from "../../codec/mod.ts";
import { draft, requestSchema } from "../../codec/protocols/warpdrive/mod.ts";
import { root } from "../../tasks/project.ts";
import { SCHEMAS } from "../../src/cli/input/schemas.ts";
import { fail, print, run, withFiles } from "./program-run.ts";

const test = suite("program");

const REQUEST = "warpdrive.unified.request";
const DOWNLOAD = "6501610000000000000002fffffffffffffff8";
const DOWNLOAD_JSON = '{"command":"download","offerId":"a","index":2,"offset":-8}';

test("help: of the program, of every command", async () => {
  const help = await print(["--help"]);
  for (const argv of [["-h"], ["help"], ["help", "help"]]) assert.is(await print(argv), help);
  assert.match(help, /^Usage: warpwire <command>/m);
  assert.match(help, /\n\nSharing without a service:\n {2}share .*\n\n.*Peers:\n {2}peer .*\n\nHelp:\n {2}help .*\n$/s);
  for (const listed of COMMANDS) {
    const { name, about, usage, options = {} } = await loaded(listed);
    assert.match(help, new RegExp(`^  ${name} +${about.split(" ")[0]}\\b`, "m"));
    const own = await print([name, "--help"]);
    const call = own.slice(0, own.indexOf("\n\n")).split(/\s+/).join(" ");
    assert.is(call, `Usage: warpwire ${`${name} ${usage}`.trimEnd()}`);
    for (const option of [...Object.keys(options), "help"]) {
      assert.match(own, new RegExp(`^  (-., )?--${option}\\b`, "m"));
    }
    const others = [[name, "-h"], [name, "what", "--help", "ever"], [name, "--nothing", "-h"], ["help", name], [
      "-h",
      name,
    ]];
    for (const argv of others) assert.is(await print(argv), own, "help wins over everything else");
  }
});

test("help: wrapped between words at the width of the terminal", async () => {
  const words = (text: string) => text.split(/\s+/);
  for (const argv of [["--help"], ...COMMANDS.map(({ name }) => [name, "--help"])]) {
    const wide = await print(argv, { columns: 1000 });
    for (const columns of [50, 80, 133]) {
      const help = await print(argv, { columns });
      assert.equal(words(help), words(wide));
      for (const line of help.split("\n")) assert.ok(line.length <= columns, `${argv[0]}, ${columns}: ${line}`);
    }
    assert.is(await print(argv), await print(argv, { columns: 80 }), "80 columns where no terminal says");
  }
});

test("version: that of the package, alone on a line", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  for (const argv of [["--version"], ["-V"], ["--version", "share"]]) assert.is(await print(argv), `${version}\n`);
  assert.is(JSON.parse(await readFile(join(root, "deno.json"), "utf8")).version, version);
});

test("what follows -- is no option", async () => {
  assert.is(await print(["decode", "--", REQUEST, DOWNLOAD]), `${DOWNLOAD_JSON}\n`);
  assert.match(await fail(["decode", "--", REQUEST, "--help"], 1), /^error: syntax: /);
  assert.match(await fail(["decode", REQUEST, "--", "00", "--raw"], 1), /^error: syntax: /);
});

test("calls that the help does not allow end with 2 and say where help is", async () => {
  const calls: readonly (readonly [argv: readonly string[], line: RegExp])[] = [
    [[], /A command is missing \(see warpwire --help\)$/],
    [[""], /Unknown command "" \(see warpwire --help\)$/],
    [["nothing"], /Unknown command "nothing" \(see warpwire --help\)$/],
    [["nothing", "--help"], /Unknown command "nothing" \(see warpwire --help\)$/],
    [["constructor"], /Unknown command "constructor"/],
    [["shrae", "--json", "path"], /Unknown command "shrae"; did you mean share\? \(see warpwire --help\)$/],
    [["help", "recieve"], /Unknown command "recieve"; did you mean receive\? \(see warpwire --help\)$/],
    [["--nothing"], /Unknown option --nothing \(see warpwire --help\)$/],
    [["--verison"], /Unknown option --verison; did you mean --version\? \(see warpwire --help\)$/],
    [["-x", "share"], /Unknown option -x \(see warpwire --help\)$/],
    [["share", "--jsno", "path"], /Unknown option --jsno; did you mean --json\? \(see warpwire share --help\)$/],
    [["share", "path", "--lsten=x"], /Unknown option "--lsten=x"; did you mean --listen\?/],
    [["share", "--version"], /Unknown option --version \(see warpwire share --help\)$/],
    [["share", "path", "--it's"], /Unknown option "--it's" \(see warpwire share --help\)$/],
    [["share", "path", "--key"], /Option --key has no value \(see warpwire share --help\)$/],
    [["share", "--key", "--json", "path"], /Option --key has no value; for the value "--json" write --key=--json \(/],
    [["decode"], /Argument <schema> is missing \(see warpwire decode --help\)$/],
    [["decode", REQUEST], /Argument <hex \| @file \| -> is missing/],
    [["decode", REQUEST, "ff", "--nothing"], /Unknown option --nothing \(see warpwire decode --help\)$/],
    [["inspect", "--json=yes", REQUEST, "ff"], /Option --json takes no value/],
    [["encode", REQUEST, "{}", "more"], /Unexpected argument "more"/],
    [["describe", REQUEST, "more"], /Unexpected argument "more"/],
    [["schemas", "more"], /Unexpected argument "more"/],
    [["demo", "more"], /Argument "more" is neither "services" nor "session"/],
    [["demo", "session", "more"], /Unexpected argument "more"/],
    [["session", "file"], /Option --dialect is missing/],
    [["session", "--dialect"], /Option --dialect has no value/],
    [["session", "--dialect", "unified"], /Argument <file> is missing/],
    [
      ["session", "--dialect", "klingon", "file"],
      /Unknown dialect "klingon"; the dialects are unified, draft, draft-document/,
    ],
    [["session", "--dialect", "constructor", "file"], /Unknown dialect "constructor"; /],
    [["cslq"], /The first argument must be "encode" or "decode" \(see warpwire cslq --help\)$/],
    [["cslq", "crypt"], /The first argument must be "encode" or "decode", not "crypt"/],
    [["cslq", "encode", "c", "5"], /The values must be a JSON array/],
    [["cslq", "decode", "c"], /Argument <hex \| @file \| -> is missing/],
  ];
  for (const [argv, line] of calls) {
    const error = await fail(argv, 2);
    assert.match(error, /^error: usage: /);
    assert.match(error, line);
  }
});

test("input that is wrong ends with 1 and says what, and where", async () => {
  const calls: readonly (readonly [argv: readonly string[], line: string])[] = [
    [["decode", REQUEST, "65"], "error: truncated: Needs 1 byte, 0 left (at offerId, offset 1)"],
    [["inspect", REQUEST, "0302c328"], "error: utf8: String is not valid UTF-8 (at offerId, offset 2)"],
    [["inspect", REQUEST, "0302c328", "--json"], "error: utf8: String is not valid UTF-8 (at offerId, offset 2)"],
    [["decode", REQUEST, "ff00"], "error: trailing: 1 byte left after the value (offset 1)"],
    [["decode", REQUEST, ""], "error: truncated: Needs 1 byte, 0 left (at command, offset 0)"],
    [["decode", REQUEST, "0g"], 'error: syntax: Character "g" is not a hex digit (offset 1)'],
    [["decode", REQUEST, "0"], "error: syntax: Hex ends in the middle of a byte (offset 1)"],
    [["decode", "nothing", "00"], 'error: syntax: Unknown schema "nothing"'],
    [["describe", "constructor"], 'error: syntax: Unknown schema "constructor"'],
    [["decode", "cslq:[c", "00"], 'error: syntax: Pattern ends inside "[" (offset 2)'],
    [
      ["encode", REQUEST, '{"command":"listOffers","filter":256}'],
      "error: range: Number 256 is not from 0 to 255 (at filter, offset 1)",
    ],
  ];
  for (const [argv, line] of calls) {
    const error = await fail(argv, 1);
    const [, code] = line.split(": ");
    assert.ok(error.startsWith(`error: ${code}: `), error);
    const place = / \((at [^)]*|offset \d+)\)$/.exec(line)?.[0] ?? "";
    assert.ok(error.endsWith(place), error);
  }
  assert.is(await fail(calls[0][0], 1), calls[0][1]);
  assert.match(await fail(["encode", REQUEST, "{"], 1), /^error: syntax: Text is not JSON: /);
  assert.match(await fail(["encode", REQUEST, "null"], 1), /^error: type: /);
  assert.match(await fail(["encode", REQUEST, '{"command":"constructor"}'], 1), /^error: tag: .*\(at command/);
});

test("files that cannot be read", async () => {
  await withFiles({}, async (path) => {
    for (const argv of [["decode", REQUEST, `@${path("none")}`], ["session", "--dialect", "draft", path("none")]]) {
      assert.match(await fail(argv, 1), /^error: ENOENT: no such file or directory/);
    }
    assert.match(await fail(["encode", REQUEST, `@${path(".")}`], 1), /^error: EISDIR: /);
  });
});

test("bytes: hex digits in any form, files and the standard input", async () => {
  const expected = `${DOWNLOAD_JSON}\n`;
  const spaced = DOWNLOAD.replace(/../g, "$& ").toUpperCase();
  assert.is(await print(["decode", REQUEST, DOWNLOAD]), expected);
  assert.is(await print(["decode", REQUEST, spaced]), expected);
  assert.is(await print(["decode", REQUEST, ...spaced.trim().split(" ")]), expected, "several arguments");
  const line = `${DOWNLOAD}\n`;
  assert.is(await print(["decode", REQUEST, "-"], { input: [line] }), expected);
  assert.is(await print(["decode", REQUEST, "-"], { input: [line.slice(0, 5), line.slice(5)] }), expected);
  assert.is(await print(["decode", REQUEST, "-"], { input: [parseHex(DOWNLOAD)] }), expected);
  const files = { hex: `${spaced.replace(/(.{21})/g, "$1\r\n\t")}\n`, raw: parseHex(DOWNLOAD) };
  await withFiles(files, async (path) => {
    assert.is(await print(["decode", REQUEST, `@${path("hex")}`]), expected);
    assert.is(await print(["decode", REQUEST, `@${path("raw")}`]), expected);
    assert.is(await print(["decode", "--raw", REQUEST, `@${path("raw")}`]), expected);
    assert.match(await fail(["decode", "--raw", REQUEST, `@${path("hex")}`], 1), /^error: tag: /);
  });
});

test("bytes that look like hex are taken for hex, unless they are said to be raw", async () => {
  const schema = "cslq:[4]c";
  assert.is(await print(["decode", schema, "-", "--raw"], { input: ["6162"] }), '[{"hex":"36313632"}]\n');
  assert.is(await print(["decode", "cslq:[2]c", "-"], { input: ["6162\n"] }), '[{"hex":"6162"}]\n');
  assert.is(await print(["cslq", "decode", "[4]c", "-", "--raw"], { input: ["6162"] }), '["6162"]\n');
  assert.is(await print(["cslq", "decode", "[2]c", "-"], { input: ["6162\n"] }), '["ab"]\n');
  assert.match(await print(["inspect", schema, "-", "--raw"], { input: ["6162"] }), /36 31 36 32/);
});

test("text arguments: JSON as it is, from a file, from the standard input", async () => {
  const argv = ["encode", REQUEST];
  assert.is(await print([...argv, DOWNLOAD_JSON]), `${DOWNLOAD}\n`);
  assert.is(
    await print([...argv, "-"], { input: [DOWNLOAD_JSON.slice(0, 9), DOWNLOAD_JSON.slice(9)] }),
    `${DOWNLOAD}\n`,
  );
  const latin1 = Uint8Array.of(0x22, 0xe9, 0x22);
  await withFiles({ json: `\n${DOWNLOAD_JSON}\n`, latin1 }, async (path) => {
    assert.is(await print([...argv, `@${path("json")}`]), `${DOWNLOAD}\n`);
    assert.match(
      await fail([...argv, `@${path("latin1")}`], 1),
      /^error: utf8: Text of "@.*latin1" is not valid UTF-8$/,
    );
  });
  // A character that two pieces share.
  const bytes = new TextEncoder().encode('{"command":"acceptOffer","offerId":"é"}');
  const at = bytes.indexOf(0xc3) + 1;
  assert.is(await print([...argv, "-"], { input: [bytes.slice(0, at), bytes.slice(at)] }), "0302c3a9\n");
});

test("decode and encode are each other's way back, for every schema of the program", async () => {
  const values: Readonly<Record<string, string>> = {
    "warpdrive.unified.request": DOWNLOAD_JSON,
    "warpdrive.draft.local.request": '{"command":"updatePeer","update":["p","alias","<é\\u202e>"]}',
    "warpdrive.draft.remote.request": '{"command":"sendOffer","offerId":"x","files":null}',
    "warpdrive.draft.info.request": '{"command":"ping"}',
    "warpdrive.listPeers.reply": '{"peers":[{"Id":"1","Alias":"","Mod":"trust"}]}',
    "warpdrive.createOffer.reply": '{"offerId":"x","code":1}',
    "warpdrive.acceptOffer.reply": '{"code":0}',
    "warpdrive.listOffers.reply": '{"offers":[]}',
    "warpdrive.listenOffers.event":
      '{"offer":{"Id":"","In":true,"Status":"","Index":-1,"Progress":0,"Update":0,"Create":0,"Peer":"","Files":[]}}',
    "warpdrive.listenStatus.event":
      '{"status":{"Id":"","In":false,"Status":"failed","Index":0,"Progress":9,"Update":1}}',
    "warpdrive.updatePeer.reply": '{"code":0}',
    "warpdrive.sendOffer.reply": '{"code":1}',
    "warpdrive.download.reply": '{"code":0}',
    "warpdrive.ping.signal": '{"signal":255}',
  };
  assert.is(await print(["schemas"]), [...SCHEMAS.keys(), ""].join("\n"));
  for (const [name, json] of Object.entries(values)) {
    assert.ok(SCHEMAS.has(name), name);
    const hex = await print(["encode", name, json]);
    assert.match(hex, /^([0-9a-f]{2})+\n$/);
    assert.is(await print(["decode", name, hex]), `${json}\n`);
    assert.ok((await print(["describe", name])).startsWith("offset"));
    assert.match(await print(["describe", name, "--markdown"]), /^\| offset \| size \| field \|/);
    assert.ok((await print(["inspect", name, hex])).startsWith("000000  "));
  }
});

test("values that JSON has no form for: byte strings and large numbers", async () => {
  const schema = "cslq:q [2]c [c]c";
  const hex = "ffffffffffffffff00ff0141";
  const json = '["18446744073709551615",{"hex":"00ff"},"A"]';
  const encodeAs = ["encode", schema];
  assert.is(await print(["decode", schema, hex]), `${json}\n`);
  assert.is(await print([...encodeAs, json]), `${hex}\n`);
  assert.is(await print([...encodeAs, '[5,{"hex":"00 FF"},"A"]']), "000000000000000500ff0141\n");
  assert.match(await fail([...encodeAs, '["x",{"hex":"00ff"},""]'], 1), /^error: type: .*\(at \[0\]/);
  assert.match(await fail([...encodeAs, '["1",{"hex":"0"},""]'], 1), /^error: syntax: /);
  assert.match(await fail([...encodeAs, '["1",{"hex":"00"},""]'], 1), /^error: length: .*\(at \[1\]/);
  assert.match(await fail([...encodeAs, '["1","00ff",""]'], 1), /^error: type: .*\(at \[1\]/);
  assert.match(await fail([...encodeAs, '["1",{"hex":"00ff"},{"hex":"41"}]'], 1), /^error: type: .*\(at \[2\]/);
  assert.match(await fail([...encodeAs, '["99999999999999999999",{"hex":"00ff"},""]'], 1), /^error: range: /);
  assert.match(await fail([...encodeAs, '[0.5,{"hex":"00ff"},""]'], 1), /^error: type: /);
});

test("cslq: values and bytes by a pattern", async () => {
  assert.is(
    await print(["cslq", "encode", "c [c]c q", '[101,"hi","18446744073709551615"]']),
    "65026869ffffffffffffffff\n",
  );
  assert.is(
    await print(["cslq", "decode", "c [c]c q", "65026869ffffffffffffffff"]),
    '[101,"hi","18446744073709551615"]\n',
  );
  assert.is(await print(["cslq", "encode", "[s][c]c", "-"], { input: ['[["a","bc"]]'] }), "00020161026263\n");
  const v = ["cslq", "decode", "v c", "0102", "--v", "c"];
  assert.is(await print(v), '[{"v":{"pattern":"c","values":[1]}},2]\n');
  assert.match(await fail(["cslq", "decode", "c", "0102", "--v", "c"], 1), /^error: schema: /);
  assert.match(await fail(["cslq", "encode", "c", "[256]"], 1), /^error: range: .*\(at \[0\]/);
  assert.match(await fail(["cslq", "decode", "[c]c", "05"], 1), /^error: truncated: .*offset 1\)$/);
});

test("inspect: what the bytes mean, as far as they mean anything", async () => {
  assert.is(
    await print(["inspect", REQUEST, "0302", "6869"]),
    '000000  03                       command (tag)     "acceptOffer"\n' +
      "000001  02                       offerId (length)  2\n" +
      '000002  68 69                    offerId           "hi"\n',
  );
  const broken = await run(["inspect", REQUEST, "0302c328"]);
  assert.match(broken.out, /c3 28 +not understood: utf8\n/);
  const json = JSON.parse((await run(["inspect", "--json", REQUEST, "0302c328"])).out);
  assert.is(json.error.code, "utf8");
  assert.equal(json.spans.map(({ path, start, end }: Record<string, unknown>) => [path, start, end]), [
    ["command", 0, 1],
    ["offerId", 1, 2],
  ]);
  const whole = JSON.parse(await print(["inspect", "--json", "cslq:[1]c", "00"]));
  assert.equal([whole.value, whole.spans.at(-1).value], [[{ hex: "00" }], { hex: "00" }]);
});

test("inspect: stops after as many parts as are asked for, and prints long dumps in pieces", async () => {
  assert.is(
    await print(["inspect", REQUEST, DOWNLOAD, "--limit", "1"]),
    '000000  65                       command (tag)  "download"\n… stopped after 1 part: 18 bytes were not looked at\n',
  );
  const few = JSON.parse(await print(["inspect", REQUEST, DOWNLOAD, "--limit", "2", "--json"]));
  assert.equal([few.spans.length, few.stopped, "value" in few], [2, true, false]);
  assert.match(await fail(["inspect", REQUEST, DOWNLOAD, "--limit", "0"], 2), /--limit/);
  const bytes = new Uint8Array(20_000);
  const many = await print(["inspect", "cslq:[20000]{c}", "-", "--raw"], { input: [bytes] });
  assert.is(many.split("\n").length, 20_000 + 1);
  const json = JSON.parse(await print(["inspect", "cslq:[20000]{c}", "-", "--raw", "--json"], { input: [bytes] }));
  assert.equal([json.spans.length, json.value[0].length], [20_000, 20_000]);
});

/** What could command a terminal or hide from a person: controls of both sets, directions, separators, invisible ones. */
const EVIL = "\x1b[31m\x07\x00\r\n\t\x7f\x9b2J\u202e\u2066\u200b\u2028\u2029\ufeff\u{e0041}\u00ad";
const UNSAFE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

function assertSafe({ out, err }: { out: string; err: string }, label: string): void {
  assert.not.match(out, UNSAFE, label);
  assert.not.match(err, UNSAFE, label);
}

test("nothing that the network says reaches a terminal as it is", async () => {
  const [local, remote] = draft.ports;
  const accept = formatHex(encode(requestSchema(local), { command: "acceptOffer", offerId: EVIL }));
  const info = { Uri: EVIL, Path: "", Size: 1, IsDir: false, Perm: 0, Mime: "", Name: EVIL };
  const send = formatHex(encode(requestSchema(remote), { command: "sendOffer", offerId: EVIL, files: [info] }));
  const text = formatHex(new TextEncoder().encode(EVIL));
  const runs: readonly (readonly string[])[] = [
    ["decode", "warpdrive.draft.local.request", accept],
    ["inspect", "warpdrive.draft.local.request", accept],
    ["inspect", "--json", "warpdrive.draft.local.request", accept],
    ["decode", "warpdrive.draft.remote.request", send],
    ["inspect", "--json", "warpdrive.draft.remote.request", send],
    ["cslq", "decode", `[${text.length / 2}]c`, text],
    ["decode", `cslq:[${text.length / 2}]c`, text],
  ];
  for (const argv of runs) {
    const result = await run(argv);
    assert.is(result.status, 0, result.err);
    assertSafe(result, argv[0]);
  }
  // Escaped, it is the same value.
  assert.equal(JSON.parse((await run(runs[0])).out), { command: "acceptOffer", offerId: EVIL });
  assert.equal(JSON.parse((await run(runs[3])).out).files, [info]);
});

test("nothing that arguments and files say reaches a terminal as it is", async () => {
  const runs: readonly (readonly string[])[] = [
    [EVIL],
    ["decode", EVIL, "00"],
    ["decode", REQUEST, EVIL],
    ["decode", REQUEST, "00", `--${EVIL}`],
    ["decode", REQUEST, `@${EVIL.replaceAll("\0", "")}`],
    ["decode", REQUEST, `@${EVIL}`],
    ["encode", REQUEST, EVIL],
    ["encode", REQUEST, `{"${EVIL}`],
    ["encode", REQUEST, JSON.stringify({ command: EVIL })],
    ["encode", REQUEST, JSON.stringify({ command: "acceptOffer", offerId: [EVIL] })],
    ["encode", REQUEST, "{}", EVIL],
    ["cslq", EVIL],
    ["cslq", "decode", EVIL, "00"],
    ["cslq", "encode", "c", JSON.stringify([EVIL])],
    ["session", "--dialect", EVIL, "file"],
    ["describe", `cslq:${EVIL}`],
  ];
  for (const argv of runs) {
    const result = await run(argv);
    assert.ok(result.status > 0, JSON.stringify(argv));
    assert.match(result.err, /^error: [^\n]+\n$/, JSON.stringify(argv));
    assertSafe(result, JSON.stringify(argv));
  }
});

test("colours are for terminals", async () => {
  for (const argv of [["inspect", REQUEST, DOWNLOAD], ["demo", "session"]]) {
    const plain = await print(argv);
    const coloured = await print(argv, { terminal: true });
    assert.not.ok(plain.includes("\x1b"));
    assert.ok(coloured.includes("\x1b[36m"));
    // deno-lint-ignore no-control-regex -- the escapes of the colours
    assert.is(coloured.replace(/\x1b\[\d+m/g, ""), plain);
  }
  for (const argv of [["decode", REQUEST, DOWNLOAD], ["inspect", "--json", REQUEST, DOWNLOAD], ["schemas"]]) {
    assert.is(await print(argv, { terminal: true }), await print(argv));
  }
});

test("the standard input may not be endless", async () => {
  const megabyte = "0".repeat(1024 * 1024);
  const input: string[] = new Array(257).fill(megabyte);
  assert.match(
    await fail(["decode", REQUEST, "-"], 1, { input }),
    /^error: limit: Input is longer than 268435456 bytes$/,
  );
});

test("demo: a recorded session, message by message", async () => {
  const demo = await print(["demo", "session"]);
  assert.match(demo, /^A offers B a file \(A → B\)$/m);
  assert.match(demo, /^→ sendOffer request, 177 bytes$/m);
  assert.match(demo, /^← download body, 16 bytes$/m);
  assert.match(demo, /offerId +"6b036f4a-ad87-42ae-7aeb-620563670e36"/);
  assert.not.match(demo, /not understood|error/);
});

test("demo: two services reach each other's programs", async () => {
  const demo = await print(["demo", "services"]);
  assert.match(demo, /^1 sent, 1 received, /m);
  assert.match(demo, / said HELLO ANNA$/m);
  assert.match(demo, /^Both services have stopped, and their folders have been removed\.$/m);
});

test.run();
