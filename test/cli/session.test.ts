/**
 * `warpwire session`: recorded sessions, message by message, and what the summary says about them.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, map, struct, u8 } from "../../codec/mod.ts";
import { type Dialect, parseRecording, type Part, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { printSessions } from "../../src/cli/commands/binary/session.ts";
import { fixturePath } from "../fixture.ts";
import { fail, print, run, withFiles } from "./program-run.ts";

const test = suite("program: session");

interface Line {
  readonly session: string;
  readonly dir: string;
  readonly command: string;
  readonly part: string;
  readonly value: Record<string, unknown> | null;
  readonly start: number;
  readonly end: number;
  readonly elided?: number;
  readonly error?: { readonly code: string; readonly reason: string };
}

interface Summary {
  readonly sessions: number;
  readonly messages: number;
  readonly bytes: number;
  readonly accounted: number;
  readonly invalidBytes: number;
  readonly elided: number;
  readonly invalid: readonly { readonly session: string; readonly code: string; readonly start: number }[];
  readonly unanswered: readonly { readonly session: string; readonly command: string }[];
  readonly check?: { readonly reencoded: number; readonly different: readonly unknown[] };
}

function parse(out: string): { lines: Line[]; summary: Summary } {
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  return { lines: lines.slice(0, -1), summary: lines.at(-1).summary };
}

const FIXTURES: readonly (readonly [dialect: string, file: string, expected: Partial<Summary>])[] = [
  ["unified", "warpdrive-unified-sessions.json", { sessions: 50, bytes: 22_178, invalidBytes: 16, elided: 1_965_027 }],
  ["draft", "warpdrive-draft-sessions.json", { sessions: 42, bytes: 14_958, invalidBytes: 18, elided: 25_438 }],
];

test("the sessions of the original programs: every byte is accounted for and encoded to itself again", async () => {
  for (const [dialect, file, expected] of FIXTURES) {
    const { lines, summary } = parse(await print(["session", "--check", "--dialect", dialect, fixturePath(file)]));
    const { sessions, bytes, invalidBytes, elided } = summary;
    assert.equal({ sessions, bytes, invalidBytes, elided }, expected);
    assert.is(summary.accounted, bytes);
    assert.is(summary.messages, lines.length);
    assert.is(lines.reduce((total, { start, end }) => total + end - start, 0), bytes);
    assert.is(lines.filter(({ part }) => part === "invalid").length, summary.invalid.length);
    assert.is(lines.filter(({ part }) => part === "unanswered").length, summary.unanswered.length);
    const whole = lines.filter((line) => line.elided === undefined && !["invalid", "unanswered"].includes(line.part));
    assert.equal(summary.check, { reencoded: whole.length, different: [] });
    for (const { part, error, value } of lines) {
      assert.is(part === "invalid", error !== undefined);
      if (error !== undefined) assert.is(value, null);
    }
    const unchecked = await print(["session", "--dialect", dialect, fixturePath(file)]);
    assert.is(parse(unchecked).summary.check, undefined);
  }
});

test("the lines say what was sent", async () => {
  const { lines } = parse(await print(["session", "--dialect", "unified", fixturePath(FIXTURES[0][1])]));
  const download = lines.filter(({ session }) => session === "accept->download");
  const [session, id] = ["accept->download", "6b036f4a-ad87-42ae-7aeb-620563670e36"];
  const rest = { session, command: "download" };
  assert.equal(download, [
    { ...rest, dir: "C>S", part: "request", value: { offerId: id, index: -1, offset: 0 }, start: 0, end: 54 },
    { ...rest, dir: "S>C", part: "reply", value: { code: 0 }, start: 0, end: 1 },
    { ...rest, dir: "S>C", part: "body", value: { size: 16 }, start: 1, end: 17 },
    { ...rest, dir: "C>S", part: "finish", value: { byte: 0 }, start: 54, end: 55 },
    { session, command: "end", dir: "C>S", part: "end", value: {}, start: 55, end: 56 },
  ]);
  const invalid = lines.find((line) => line.session === "send-bad-json" && line.part === "invalid")!;
  assert.is(invalid.error!.code, "json");
  assert.match(invalid.error!.reason, /\(at files, offset 6\)$/);
});

test("the dialect decides what the numbers mean", async () => {
  const file = fixturePath("warpdrive-draft-sessions.json");
  const error = await fail(["session", "--dialect", "unified", file], 1);
  assert.is(error, 'error: syntax: Dialect "unified" has the ports "warpdrive" and "wd", not "warpdrive-local"');
  const { lines, summary } = parse(await print(["session", "--dialect", "draft-document", file]));
  assert.is(summary.accounted, 14_958);
  assert.not.ok(lines.some(({ command }) => command === "listenOffers"), "the number stands for another command there");
});

test("a message that changes by being encoded again is an error, after everything was printed", () => {
  const [port] = unified.ports;
  const lossy = map(u8, { name: "lossy", decode: (value) => value & 1, encode: (value) => value });
  const commands = port.commands.map((command) =>
    command.name === "listOffers" ? { ...command, args: struct({ filter: lossy }) as Part } : command
  );
  const doctored: Dialect = { ...unified, ports: [{ ...port, commands }] };
  const sessions = parseRecording({ name: "s", events: [{ dir: "C>S", hex: "0401040204ff" }] });
  let out = "";
  const print = (check: boolean) => printSessions(sessions, doctored, { out: (text) => void (out += text), check });
  assert.throws(() => print(true), (error: unknown) => {
    if (!(error instanceof CodecError)) throw error;
    assert.equal([error.code, error.message], ["protocol", "2 messages changed when encoded again"]);
    return true;
  });
  const { check } = parse(out).summary;
  assert.is(check!.reencoded, 1);
  assert.equal(check!.different, [{ session: "s", dir: "C>S", start: 2 }, { session: "s", dir: "C>S", start: 4 }]);
  out = "";
  print(false);
  assert.is(parse(out).summary.messages, 6);
});

/** Files that are no recordings, and what is wrong with them. */
const BROKEN: readonly (readonly [content: unknown, line: RegExp])[] = [
  ["{", /^error: syntax: Text is not JSON: /],
  [null, /^error: syntax: A session has a list of events$/],
  [{ sessions: [{ events: [] }, 5] }, /^error: syntax: A session has a list of events \(at sessions\[1\]\)$/],
  [{ name: 5, events: [] }, /^error: syntax: The name of a session is a string \(at name\)$/],
  [{ sessions: [{ port: null, events: [] }] }, /\(at sessions\[0\]\.port\)$/],
  [{ events: [{ hex: "00" }] }, /An event has a direction \(at events\[0\]\)$/],
  [{ events: [{ dir: "C>S" }] }, /An event with bytes has hex digits \(at events\[0\]\.hex\)$/],
  [
    { sessions: [{ events: [{ dir: "C>S", hex: "0g" }] }] },
    /"g" is not a hex digit \(at sessions\[0\]\.events\[0\]\.hex\)$/,
  ],
  [
    { events: [{ dir: "S>C", hex: "00", note: `(${"9".repeat(400)} bytes, first 1 shown)` }] },
    /\(at events\[0\]\.note\)$/,
  ],
  [{ events: [{ dir: "S>C", hex: "0000", note: "(1 bytes, first 1 shown)" }] }, /of 1 bytes, of which 2 are here \(at/],
  [{ port: "nothing", events: [] }, /has the ports "warpdrive" and "wd", not "nothing"$/],
];

test("files that are no recordings", async () => {
  for (const [content, line] of BROKEN) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await withFiles({ text }, async (path) => {
      assert.match(await fail(["session", "--dialect", "unified", path("text")], 1), line, text.slice(0, 80));
    });
  }
});

test("a session alone, without a name, with events that are no bytes", async () => {
  const session = {
    events: [{ dir: "C>S", hex: "01" }, { dir: "S:close" }, { dir: "S:read-err", note: "gone" }],
    caller: "A",
    target: "A",
  };
  await withFiles({ "a b": JSON.stringify(session) }, async (path) => {
    const { lines, summary } = parse(await print(["session", "--dialect", "unified", path("a b")]));
    assert.equal(lines.map(({ part }) => part), ["request", "unanswered"]);
    assert.equal(summary.unanswered, [{ session: "", command: "listPeers" }]);
  });
});

test("a recording cannot say anything to a terminal", async () => {
  const evil = "\x1b]0;evil\x07\x9b\u202e\u2028\x7f\n";
  const hex = (text: string) =>
    Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"));
  const events = [{ dir: "C>S", hex: hex(`\x64\x11${evil}[{"Name":"\u009b\u202e\u007f"}]\n{`).join("") }];
  const files = {
    good: JSON.stringify({ sessions: [{ name: evil, caller: "B", target: "B", events }] }),
    port: JSON.stringify({ port: evil, events }),
    shell: JSON.stringify({ port: "wd", events: [{ dir: "S>C", hex: hex(`${evil}0. ${evil}\n`).join("") }] }),
  };
  await withFiles(files, async (path) => {
    for (const [name, status] of [["good", 0], ["port", 1], ["shell", 0]] as const) {
      const result = await run(["session", "--dialect", "unified", path(name)]);
      assert.is(result.status, status, result.err);
      // deno-lint-ignore no-control-regex -- these are what is looked for
      assert.not.match(result.out + result.err, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/, name);
    }
    const { lines } = parse((await run(["session", "--dialect", "unified", path("good")])).out);
    assert.is(lines[0].session, evil);
  });
});

test.run();
