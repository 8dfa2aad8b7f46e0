/**
 * Sessions that no honest program would have: whatever comes, the decoder says what each byte is, in bounded memory.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, encode } from "../../codec/mod.ts";
import {
  decodeSession,
  type Dialect,
  dialects,
  type Direction,
  draft,
  type Port,
  type RecordedMessage,
  type RecordedSession,
  requestSchema,
  SessionDecoder,
  type SessionMessage,
  SHELL_PORT,
  ShellDecoder,
  unified,
} from "../../codec/protocols/warpdrive/mod.ts";
import { countAllocations } from "../allocations.ts";
import { seed } from "../codec/seed.ts";
import { everywhere, inPieces, plain, randomFrom, RECORDINGS, somewhere } from "./warpdrive-recordings.ts";

const test = suite("warpdrive hostile sessions");

const ascii = (text: string) => new TextEncoder().encode(text);
const [unifiedPort] = unified.ports;
const [draftLocal, draftRemote, draftInfo] = draft.ports;

/** What a session is made of: a direction with hex-like bytes or text. */
type Step = readonly [dir: Direction, bytes: readonly number[] | string];

/** The messages of steps, as in `C>S ping signal 1-2`, with the code of an error behind it. */
function messagesOf(port: Port, steps: readonly Step[], authorised = true): string[] {
  return labels(decodeAll(port, steps, authorised));
}

function decodeAll(port: Port, steps: readonly Step[], authorised = true): SessionMessage[] {
  const decoder = new SessionDecoder({ port, authorised });
  const messages = steps.flatMap(([dir, bytes]) =>
    decoder.push(dir, typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes))
  );
  return [...messages, ...decoder.finish()];
}

function labels(messages: readonly SessionMessage[]): string[] {
  return messages.map(({ dir, command, part, start, end, error, elided }) =>
    [dir, command, part, `${start}-${end}`, error?.code, elided && `elided ${elided}`].filter(Boolean).join(" ")
  );
}

test("bytes after the end mean nothing, however they come", () => {
  assert.equal(messagesOf(unifiedPort, [["C>S", [0xff, 1, 2]], ["C>S", [3]]]), [
    "C>S end end 0-1",
    "C>S invalid 1-3 protocol",
    "C>S invalid 3-4 protocol",
  ]);
  const session = sessionOf("warpdrive", [["C>S", [0xff, 1, 2]], ["C>S", [3]]]);
  const joined = decodeSession(unified, session);
  assert.equal(labels(joined), ["C>S end end 0-1", "C>S invalid 1-4 protocol"]);
  assert.is(joined[1].error!.message, "The session has ended (offset 1)");
  assert.is(joined[1].bytes.length, 3);
});

test("a ping ends with a zero, which only the unified dialect sends back", () => {
  const steps: Step[] = [["C>S", [0xc8, 1]], ["S>C", [1]], ["C>S", [0xff, 0]], ["S>C", [0xff, 0]], ["C>S", [9]]];
  assert.equal(messagesOf(unifiedPort, steps), [
    "C>S ping request 0-1",
    "C>S ping signal 1-2",
    "S>C ping signal 0-1",
    "C>S ping signal 2-3",
    "C>S ping signal 3-4",
    "S>C ping signal 1-2",
    "S>C ping signal 2-3",
    "C>S invalid 4-5 protocol",
  ]);
  const draftSteps: Step[] = [["C>S", [1, 1]], ["S>C", [1]], ["C>S", [0]], ["S>C", [0]]];
  assert.equal(messagesOf(draftInfo, draftSteps), [
    "C>S ping request 0-1",
    "C>S ping signal 1-2",
    "S>C ping signal 0-1",
    "C>S ping signal 2-3",
    "S>C invalid 1-2 protocol",
  ]);
});

test("signals that are not sent back are missed, all of one ping at once", () => {
  const unanswered = "S>C ping unanswered 0-0";
  assert.is(messagesOf(unifiedPort, [["C>S", [0xc8, 0]]]).at(-1), unanswered);
  assert.is(messagesOf(unifiedPort, [["C>S", [0xc8, 5, 6]]]).filter((label) => label === unanswered).length, 1);
  assert.not.ok(messagesOf(draftInfo, [["C>S", [1, 0]]]).includes(unanswered));
  assert.not.ok(messagesOf(unifiedPort, [["C>S", [0xc8]]]).includes(unanswered));
});

test("more signals come back than were sent", () => {
  assert.equal(messagesOf(unifiedPort, [["C>S", [0xc8, 5]], ["S>C", [5, 6]], ["C>S", [7]], ["S>C", [7]]]), [
    "C>S ping request 0-1",
    "C>S ping signal 1-2",
    "S>C ping signal 0-1",
    "S>C invalid 1-2 protocol",
    "C>S ping signal 2-3",
    "S>C ping signal 2-3",
  ]);
});

test("the draft takes any byte after the peers as confirmation, also the next opcode", () => {
  const steps: Step[] = [["C>S", [1]], ["S>C", "null\n"], ["C>S", [4, 1]], ["S>C", "null\n"], ["C>S", [0xff, 0xff]]];
  assert.equal(messagesOf(draftLocal, steps), [
    "C>S listPeers request 0-1",
    "S>C listPeers reply 0-5",
    "C>S listPeers finish 1-2",
    "C>S listPeers request 2-3",
    "S>C listPeers reply 5-10",
    "C>S listPeers finish 3-4",
    "C>S end end 4-5",
  ]);
  assert.equal(messagesOf(unifiedPort, steps).slice(2, 4), ["C>S listOffers request 1-3", "S>C listOffers reply 5-10"]);
});

const EVENT = '{"Id":"a","In":true,"Status":"awaiting","Index":-1,"Progress":0,"Update":1}\n';

test("events that were on their way when the client ended the subscription", () => {
  const steps: Step[] = [
    ["C>S", [6, 0]],
    ["S>C", EVENT],
    ["C>S", [0x55]],
    ["S>C", EVENT],
    ["C>S", [4, 3]],
    ["S>C", `${EVENT}null\n`],
  ];
  assert.equal(messagesOf(unifiedPort, steps), [
    "C>S listenStatus request 0-2",
    "S>C listenStatus event 0-76",
    "C>S listenStatus finish 2-3",
    "S>C listenStatus event 76-152",
    "C>S listOffers request 3-5",
    "S>C listenStatus event 152-228",
    "S>C listOffers reply 228-233",
  ]);
});

test("an answer that begins like an event belongs to the command behind the subscription", () => {
  const listen: Step[] = [["C>S", [6, 0, 0]], ["C>S", [0xc8, 0x7b]], ["S>C", [0x7b]]];
  assert.equal(messagesOf(unifiedPort, listen).slice(-1), ["S>C ping signal 0-1"]);
  assert.equal(messagesOf(unifiedPort, [...listen, ["C>S", [0x7b, 9]], ["S>C", [0x7b, 9]]]).slice(-3), [
    "S>C ping signal 0-1",
    "S>C ping signal 1-2",
    "S>C ping signal 2-3",
  ]);
  const id = "{".repeat(0x7b);
  const offer = encode(requestSchema(unifiedPort), { command: "createOffer", peerId: "p", path: "/" });
  const reply = `{${id}\u0001`;
  assert.equal(
    messagesOf(unifiedPort, [["C>S", [5, 0, 0]], ["C>S", [...offer]], ["S>C", reply]]).slice(-1),
    ["S>C createOffer reply 0-125"],
  );
});

test("events without end are no answer to anything else", () => {
  assert.equal(messagesOf(unifiedPort, [["C>S", [6, 0]], ["S>C", '{"Id":'], ["S>C", "]"], ["S>C", EVENT]]), [
    "C>S listenStatus request 0-2",
    "S>C listenStatus invalid 0-7 json",
    "S>C listenStatus invalid 7-83 json",
  ]);
  assert.equal(messagesOf(unifiedPort, [["C>S", [6, 0]], ["S>C", '{"Id":']]).slice(-1), [
    "S>C listenStatus invalid 0-6 truncated",
  ]);
});

test("answers that nobody asked for; the next command is answered all the same", () => {
  const steps: Step[] = [["S>C", "junk"], ["S>C", "!"], ["C>S", [1]], ["S>C", "null\nmore"]];
  assert.equal(messagesOf(unifiedPort, steps), [
    "S>C invalid 0-4 protocol",
    "S>C invalid 4-5 protocol",
    "C>S listPeers request 0-1",
    "S>C listPeers reply 5-10",
    "S>C invalid 10-14 protocol",
  ]);
});

test("after an answer that is none, nothing of the server means anything", () => {
  const steps: Step[] = [["C>S", [1, 4, 0]], ["S>C", "nope\n"], ["S>C", "null\n"]];
  assert.equal(messagesOf(unifiedPort, steps).slice(2), [
    "S>C listPeers invalid 0-5 json",
    "S>C listPeers invalid 5-10 json",
  ]);
});

test("an answer that is cut off is invalid, and only the commands behind it are unanswered", () => {
  assert.equal(messagesOf(unifiedPort, [["C>S", [1, 4, 0, 4, 1]], ["S>C", "null"]]).slice(3), [
    "S>C listPeers invalid 0-4 truncated",
    "S>C listOffers unanswered 4-4",
    "S>C listOffers unanswered 4-4",
  ]);
});

test("a stranger on the one port: opcodes are passed over one by one, others are answered", () => {
  const steps: Step[] = [["C>S", [4, 0, 1, 0x55, 0x0a, 0xc8, 9]], ["S>C", [9]]];
  assert.equal(messagesOf(unifiedPort, steps, false), [
    "C>S listOffers ignored 0-1",
    "C>S ignored 1-2",
    "C>S listPeers ignored 2-3",
    "C>S ignored 3-4",
    "C>S ignored 4-5",
    "C>S ping request 5-6",
    "C>S ping signal 6-7",
    "S>C ping signal 0-1",
  ]);
});

test("a stranger may use what is for anyone, and on the ports of the draft nothing else", () => {
  for (const dialect of Object.values(dialects)) {
    for (const port of dialect.ports) {
      for (const { name, opcode, caller } of port.commands) {
        const [first] = decodeAll(port, [["C>S", [opcode]]], false);
        const there = port.commands.find((one) => one.opcode === opcode)!.name;
        assert.is(first.command, caller === "anyone" || port.strangers === "ignored" ? there : "", name);
        if (caller === "anyone") assert.not.ok(first.part === "ignored" || first.error?.code === "tag", name);
        else if (port.strangers === "ignored") assert.is(first.part, "ignored");
        else assert.is(first.error?.message, `Command "${there}" is not for strangers (offset 0)`);
      }
    }
  }
});

test("requests that are cut off anywhere", () => {
  const id = "6b036f4a-ad87-42ae-7aeb-620563670e36";
  const requests: Record<string, [value: Record<string, unknown>, paths: Record<number, string>]> = {
    createOffer: [{ peerId: id, path: "/srv" }, { 0: "peerId", 37: "path" }],
    acceptOffer: [{ offerId: id }, { 0: "offerId" }],
    listOffers: [{ filter: 1 }, { 0: "filter" }],
    listenStatus: [{ filter: 1 }, { 0: "filter" }],
    updatePeer: [{ update: [id, "alias", "bob"] }, { 0: "update" }],
    sendOffer: [{ offerId: id, files: null }, { 0: "offerId", 37: "files" }],
    download: [{ offerId: id, index: -1, offset: 0 }, { 0: "offerId", 37: "index", 45: "offset" }],
  };
  for (const [command, [value, paths]] of Object.entries(requests)) {
    const whole = encode(requestSchema(unifiedPort), { command, ...value });
    const bare = ["updatePeer", "sendOffer"].includes(command) ? whole.length - 1 : whole.length;
    for (let length = 1; length < whole.length; length++) {
      const [message, ...more] = decodeAll(unifiedPort, [["C>S", [...whole.subarray(0, length)]]]);
      if (length >= bare) {
        assert.equal([message.part, message.end], ["request", length], command);
        continue;
      }
      assert.equal(more, [], command);
      const path = paths[Math.max(...Object.keys(paths).map(Number).filter((start) => start < length))];
      const { part, start, end, error } = message;
      assert.equal([part, start, end, error?.code, error?.path], ["invalid", 0, length, "truncated", path], command);
      assert.ok(error!.offset >= 1 && error!.offset <= length, `${command} ${error!.message}`);
    }
  }
});

test("documents that are larger, deeper or wider than allowed", () => {
  const bombs: Record<string, [document: string, code: string]> = {
    depth: ["[".repeat(1_000_000), "limit"],
    objects: ['[{"x":'.repeat(100_000), "limit"],
    count: [`[${"null,".repeat(1_100_000)}`, "limit"],
    string: [`["${"a".repeat(17 * 1024 * 1024)}`, "limit"],
    space: [" ".repeat(17 * 1024 * 1024), "limit"],
    digits: [`[{"Size":${"9".repeat(40_000)}}]`, "range"],
    unsafe: ['[{"Size":9007199254740993}]', "range"],
    control: ['[{"Uri":"\u0007"}]', "json"],
    type: ['[{"Size":"5"}]', "json"],
    utf8: ['["\\ud800', "truncated"],
  };
  for (const [name, [document, code]] of Object.entries(bombs)) {
    const decoder = new SessionDecoder({ port: unifiedPort });
    const bytes = Uint8Array.of(0x64, 1, 0x61);
    const messages = [...decoder.push("C>S", bytes), ...decoder.push("C>S", ascii(document)), ...decoder.finish()];
    assert.is(messages.length, 1, name);
    const [{ part, command, end, error }] = messages;
    assert.equal([part, command, end], ["invalid", "sendOffer", 3 + document.length], name);
    assert.is(error!.code, code, `${name}: ${error!.message}`);
    assert.ok(error!.offset >= 3 && error!.offset <= end, `${name}: ${error!.message}`);
  }
});

test("a message may not be larger than messageBytesMax, and what is refused is not kept", () => {
  const messageBytesMax = 4096;
  const chunk = new Uint8Array(1000).fill(0x61);
  for (const [dir, first] of [["C>S", '\x64\x01a["'], ["S>C", '["']] as const) {
    const decoder = new SessionDecoder({ port: unifiedPort, messageBytesMax });
    const messages: SessionMessage[] = [];
    const { bytes, bytesMax } = countAllocations(() => {
      if (dir === "S>C") messages.push(...decoder.push("C>S", Uint8Array.of(1)));
      messages.push(...decoder.push(dir, ascii(first)));
      for (let index = 0; index < 1000; index++) messages.push(...decoder.push(dir, chunk));
      messages.push(...decoder.finish());
    });
    const refused = messages.filter(({ part }) => part === "invalid");
    assert.equal([refused[0].start, refused.at(-1)!.end], [0, first.length + 1_000_000]);
    assert.is(refused[0].error!.message, "Message is longer than 4096 bytes (offset 0)");
    assert.ok(refused.every(({ error }) => error === refused[0].error));
    assert.ok(bytesMax <= 2 * (messageBytesMax + chunk.length), `a buffer has ${bytesMax} bytes`);
    assert.ok(bytes < 40_000, `buffers have ${bytes} bytes together`);
  }
});

test("the body of a download is counted, not kept", () => {
  const decoder = new SessionDecoder({ port: unifiedPort });
  const request = encode(requestSchema(unifiedPort), { command: "download", offerId: "a", index: -1, offset: 0 });
  const chunk = new Uint8Array(10_000);
  const messages = [...decoder.push("C>S", request), ...decoder.push("S>C", Uint8Array.of(0))];
  const { bytes } = countAllocations(() => {
    for (let index = 0; index < 1000; index++) messages.push(...decoder.push("S>C", chunk));
  });
  messages.push(...decoder.push("C>S", Uint8Array.of(0, 0xff)), ...decoder.finish());
  assert.equal(labels(messages), [
    "C>S download request 0-19",
    "S>C download reply 0-1",
    "S>C download body 1-10000001",
    "C>S download finish 19-20",
    "C>S end end 20-21",
  ]);
  assert.equal(messages[2].value, { size: 10_000_000 });
  assert.ok(bytes < 10_000, `buffers have ${bytes} bytes together`);
});

test("a client that asks and never reads is refused in the end", () => {
  const messages = decodeAll(unifiedPort, [["C>S", new Array(10_000).fill(1)]]);
  const requests = messages.filter(({ part }) => part === "request").length;
  assert.is(requests, 4096);
  const { start, end, error } = messages.find(({ part }) => part === "invalid")!;
  assert.equal([start, end, error!.code], [4096, 10_000, "limit"]);
  assert.is(messages.filter(({ part }) => part === "unanswered").length, 4096);
  assert.is(
    messagesOf(unifiedPort, [["C>S", new Array(4096).fill(1)], ["C>S", [0xff]]])[4096],
    "C>S end end 4096-4097",
  );
});

test("pieces without bytes change nothing", () => {
  const update = '\x07["p","alias","a"]';
  assert.equal(messagesOf(unifiedPort, [["C>S", update], ["S>C", ""], ["C>S", ""], ["C>S", "\n"], ["S>C", [0]]]), [
    "C>S updatePeer request 0-19",
    "S>C updatePeer reply 0-1",
  ]);
});

test("a newline that comes late ends the session, for a stranger it is one more opcode to pass over", () => {
  const steps: Step[] = [["C>S", "\x64\x01a[]"], ["S>C", [0]], ["C>S", "\n"], ["C>S", [0xff]]];
  assert.equal(messagesOf(unifiedPort, steps), [
    "C>S sendOffer request 0-5",
    "S>C sendOffer reply 0-1",
    "C>S invalid 5-6 protocol",
    "C>S invalid 6-7 protocol",
  ]);
  assert.equal(messagesOf(unifiedPort, steps, false), [
    "C>S sendOffer request 0-5",
    "S>C sendOffer reply 0-1",
    "C>S ignored 5-6",
    "C>S end end 6-7",
  ]);
});

test("bytes that a recording left out, wherever that is", () => {
  const elided = (port: Port, steps: readonly (Step | readonly [Direction, number])[]) => {
    const decoder = new SessionDecoder({ port });
    const messages = steps.flatMap(([dir, bytes]) =>
      typeof bytes === "number" ? decoder.elide(dir, bytes) : decoder.push(dir, Uint8Array.from(bytes as number[]))
    );
    return labels([...messages, ...decoder.finish()]);
  };
  // In a request: what it is shows, and what answers it.
  assert.equal(elided(unifiedPort, [["C>S", [0x64, 1, 0x61, 0x5b]], ["C>S", 90], ["S>C", [1]], ["C>S", [0xff]]]), [
    "C>S sendOffer request 0-4 elided 90",
    "S>C sendOffer reply 0-1",
    "C>S end end 4-5",
  ]);
  // Behind a whole document, which its newline may follow.
  assert.equal(elided(unifiedPort, [["C>S", [0x64, 1, 0x61, 0x5b, 0x5d]], ["C>S", 1], ["S>C", [1]]]), [
    "C>S sendOffer request 0-5 elided 1",
    "S>C sendOffer reply 0-1",
  ]);
  // Where the next request would begin, after the end, in a ping, and where a subscription would be ended.
  assert.equal(elided(unifiedPort, [["C>S", 7], ["C>S", [0xff]], ["C>S", 8], ["C>S", [1]]]), [
    "C>S request 0-0 elided 7",
    "C>S end end 0-1",
    "C>S invalid 1-1 protocol",
    "C>S invalid 1-1 protocol elided 8",
    "C>S invalid 1-2 protocol",
  ]);
  assert.equal(
    elided(unifiedPort, [["C>S", [0xc8]], ["C>S", 3], ["S>C", [7]], ["S>C", 2], ["C>S", [0]], ["S>C", [0]]]),
    [
      "C>S ping request 0-1",
      "C>S ping signal 1-1 elided 3",
      "S>C ping signal 0-1",
      "S>C ping signal 1-1 elided 2",
      "C>S ping signal 1-2",
      "S>C ping signal 1-2",
    ],
  );
  assert.equal(elided(unifiedPort, [["C>S", [5, 0]], ["S>C", [0x7b]], ["S>C", 5], ["C>S", 1], ["S>C", 6]]), [
    "C>S listenOffers request 0-2",
    "S>C listenOffers event 0-1 elided 5",
    "C>S listenOffers finish 2-2 elided 1",
    "S>C invalid 1-1 protocol elided 6",
  ]);
  // In answers.
  assert.equal(elided(unifiedPort, [["C>S", [1, 1]], ["S>C", [0x5b]], ["S>C", 9], ["S>C", [...ascii("null\n")]]]), [
    "C>S listPeers request 0-1",
    "C>S listPeers request 1-2",
    "S>C listPeers reply 0-1 elided 9",
    "S>C listPeers reply 1-6",
  ]);
  assert.equal(elided(unifiedPort, [["C>S", [1]], ["S>C", [0x5d]], ["S>C", 9]]), [
    "C>S listPeers request 0-1",
    "S>C listPeers invalid 0-1 json",
    "S>C listPeers invalid 1-1 json elided 9",
  ]);
  const download = [...encode(requestSchema(draftRemote), { command: "download", offerId: "", index: 0, offset: 0 })];
  assert.equal(elided(draftRemote, [["C>S", download], ["S>C", [0]], ["S>C", 5], ["C>S", [0]]]), [
    "C>S download request 0-18",
    "S>C download reply 0-1",
    "S>C download body 1-1 elided 5",
    "C>S download finish 18-19",
  ]);
});

const SHELL_STEPS: readonly [steps: readonly Step[], expected: readonly string[]][] = [
  // A filter that is none: the next line is a line.
  [[["C>S", "sub bogus\npeers\n"]], ["C>S shell line 0-10", "C>S shell line 10-16"]],
  [[["C>S", "stat in\nx\n"], ["C>S", "y"]], [
    "C>S shell line 0-8",
    "C>S shell finish 8-10",
    "C>S shell invalid 10-11 protocol",
  ]],
  [[["S>C", "warp> "], ["C>S", "sub in\n"], ["S>C", "\x06warp> "], ["C>S", "in\n"]], [
    "S>C shell greeting 0-6",
    "C>S shell line 0-7",
    "S>C shell prompt 6-13",
    "C>S shell line 7-10",
  ]],
  [[["C>S", "exit\n"], ["C>S", "peers\n"]], ["C>S shell line 0-5", "C>S shell invalid 5-11 protocol"]],
  [[["C>S", "in"]], ["C>S shell invalid 0-2 truncated"]],
  [[["S>C", "war"]], ["S>C shell invalid 0-3 truncated"]],
  [[["S>C", "warp> \x09abc"]], ["S>C shell greeting 0-6", "S>C shell invalid 6-10 truncated"]],
  [[["C>S", [0xc3, 0x28, 0x0a]], ["C>S", "in\n"]], ["C>S shell invalid 0-3 utf8", "C>S shell line 3-6"]],
];

test("the port for people: lines, prompts, subscriptions and their end", () => {
  for (const [steps, expected] of SHELL_STEPS) {
    const decoder = new ShellDecoder();
    const messages = steps.flatMap(([dir, bytes]) =>
      decoder.push(dir, typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes))
    );
    assert.equal(labels([...messages, ...decoder.finish()]), expected);
  }
});

test("the port for people: a line without end is refused, byte by byte as well, and looked at once", () => {
  const line = new Uint8Array(1024 * 1024 + 1).fill(0x61);
  for (const dir of ["C>S", "S>C"] as const) {
    const whole = new ShellDecoder();
    assert.equal(labels(whole.push(dir, line)), [`${dir} shell invalid 0-1048577 limit`]);
    assert.equal(labels(whole.push(dir, ascii("in\n"))), [`${dir} shell invalid 1048577-1048580 limit`]);
    const decoder = new ShellDecoder();
    const searched = countSearched(() => {
      for (let at = 0; at < line.length; at++) decoder.push(dir, line.subarray(at, at + 1));
    });
    assert.ok(searched <= line.length, `${searched} bytes were searched for a newline`);
    assert.equal(decoder.finish(), []);
  }
});

/** Counts the bytes that are searched with `indexOf`. */
function countSearched(run: () => void): number {
  const original = Uint8Array.prototype.indexOf;
  let searched = 0;
  Uint8Array.prototype.indexOf = function (this: Uint8Array, ...args) {
    searched += this.length;
    return original.apply(this, args);
  };
  try {
    run();
  } finally {
    Uint8Array.prototype.indexOf = original;
  }
  return searched;
}

test("the port for people: bytes that a recording left out", () => {
  const decoder = new ShellDecoder();
  const messages = [
    ...decoder.push("S>C", ascii("incoming: f")),
    ...decoder.elide("S>C", 12),
    ...decoder.push("C>S", ascii("exit\n!")),
    ...decoder.elide("C>S", 3),
    ...decoder.elide("S>C", 4),
  ];
  assert.equal(labels(messages), [
    "S>C shell output 0-11 elided 12",
    "C>S shell line 0-5",
    "C>S shell invalid 5-6 protocol",
    "C>S shell invalid 6-6 protocol elided 3",
    "S>C shell output 11-11 elided 4",
  ]);
  assert.is(messages[0].value, null);
});

/** Every port that a session can be opened on. */
const PORTS = Object.values(dialects).flatMap((dialect) =>
  [...dialect.ports.map(({ name }) => name), SHELL_PORT].map((port) => ({ dialect, port }))
);

test("random bytes in both directions", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed);
  for (let round = 0; round < 400; round++) {
    const { dialect, port } = PORTS[round % PORTS.length];
    const session = randomSession(random, { dialect, port });
    checkSession(dialect, session, random, `seed ${seed}, round ${round}`);
  }
});

test("recorded sessions with bytes changed, lost, doubled and moved", () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed);
  for (const { dialect, sessions } of RECORDINGS) {
    for (const session of sessions) {
      for (let round = 0; round < 4; round++) {
        const broken = { ...session, events: breakEvents(session.events, random), authorised: random() < 0.8 };
        checkSession(dialect, broken, random, `${session.name}, seed ${seed}, round ${round}`);
      }
    }
  }
});

function sessionOf(port: string, steps: readonly Step[]): RecordedSession {
  const events = steps.map(([dir, bytes]) => ({
    dir,
    bytes: typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes),
    elided: 0,
  }));
  return { name: "", port, authorised: true, events };
}

/** Bytes that are opcodes, lengths, brackets and codes more often than not. */
const LIKELY = [0, 1, 2, 3, 4, 5, 6, 7, 0x0a, 0x22, 0x5b, 0x5d, 0x64, 0x65, 0x6e, 0x7b, 0x7d, 0xc8];

function randomSession(random: () => number, { dialect, port }: { dialect: Dialect; port: string }): RecordedSession {
  const likely = [...LIKELY, ...(random() < 0.2 ? [0xff] : [])];
  const byte = () => random() < 0.8 ? likely[Math.floor(random() * likely.length)] : Math.floor(random() * 256);
  const steps = Array.from({ length: 1 + Math.floor(random() * 12) }, (): Step => {
    const length = Math.floor(random() ** 3 * 60);
    const text = random() < 0.2
      ? [...ascii(["null\n", "[]\n", EVENT, "warp> ", "sub in\n"][Math.floor(random() * 5)])]
      : [];
    return [random() < 0.5 ? "C>S" : "S>C", [...text, ...Array.from({ length }, byte)]];
  });
  return { ...sessionOf(port, steps), name: dialect.name, authorised: random() < 0.7 };
}

function breakEvents(events: RecordedSession["events"], random: () => number): RecordedSession["events"] {
  const at = Math.floor(random() * events.length);
  return events.flatMap((event, index) => {
    if (index !== at && random() < 0.9) return [event];
    const bytes = event.bytes.slice();
    switch (Math.floor(random() * 5)) {
      case 0:
        if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
        return [{ ...event, bytes }];
      case 1:
        return [{ ...event, bytes: bytes.subarray(0, Math.floor(random() * bytes.length)) }];
      case 2:
        return [event, event];
      case 3:
        return [];
      default:
        return [{ ...event, dir: event.dir === "C>S" ? "S>C" : "C>S" }];
    }
  });
}

/** Holds a decoder to what is true of every session. */
function checkSession(dialect: Dialect, session: RecordedSession, random: () => number, label: string): void {
  const messages = decodeSession(dialect, session);
  const sent: Record<string, number> = { "C>S": 0, "S>C": 0 };
  let left = 0;
  for (const event of session.events) {
    if (event.dir in sent) sent[event.dir] += event.bytes.length;
    left += event.dir in sent ? event.elided : 0;
  }
  const at: Record<string, number> = { "C>S": 0, "S>C": 0 };
  for (const message of messages) {
    assert.is(message.start, at[message.dir], `${label}: a gap in front of ${JSON.stringify(plain(message))}`);
    const empty = message.part === "unanswered" || message.elided !== undefined;
    assert.ok(message.end > message.start || empty, `${label}: an empty ${message.part}`);
    assert.is(message.error !== undefined, message.part === "invalid", label);
    if (message.error !== undefined) checkError(message, label);
    at[message.dir] = message.end;
    left -= message.elided ?? 0;
  }
  assert.equal(at, sent, label);
  assert.is(left, 0, `${label}: bytes that were left out are not accounted for`);
  for (const cut of [everywhere, somewhere(random)]) {
    assert.equal(decodeSession(dialect, inPieces(session, cut)).map(plain), messages.map(plain), label);
  }
}

function checkError({ error, start, end }: RecordedMessage, label: string): void {
  assert.instance(error, CodecError, label);
  assert.ok(error!.offset >= start && error!.offset <= end, `${label}: ${error!.message} in ${start}-${end}`);
}

test.run();
