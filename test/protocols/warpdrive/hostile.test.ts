/**
 * Sessions that no honest program would have, and those that are easily taken for another one.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../../codec/mod.ts";
import {
  decodeSession,
  dialects,
  type Direction,
  draft,
  type Port,
  requestSchema,
  SessionDecoder,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { ascii, decodeAll, EVENT, labels, messagesOf, sessionOf, type Step } from "./steps.ts";

const test = suite("warpdrive hostile sessions");

const [unifiedPort] = unified.ports;
const [draftLocal, draftRemote, draftInfo] = draft.ports;

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

test.run();
