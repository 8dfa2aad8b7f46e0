/**
 * Random sessions: whatever comes, a decoder says what each byte is, and the pieces do not matter.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/mod.ts";
import {
  decodeSession,
  type Dialect,
  dialects,
  type RecordedMessage,
  type RecordedSession,
  SHELL_PORT,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { seed } from "../../codec/seed.ts";
import { everywhere, inPieces, plain, randomFrom, RECORDINGS, somewhere } from "./recordings.ts";
import { ascii, EVENT, sessionOf, type Step } from "./steps.ts";

const test = suite("warpdrive random sessions");

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
