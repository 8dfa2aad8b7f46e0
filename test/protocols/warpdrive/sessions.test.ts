/**
 * Recorded sessions of the original programs, decoded message by message.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, decodePrefix, encode, formatHex } from "../../../codec/mod.ts";
import {
  decodeSession,
  type Dialect,
  directionBytes,
  messageForm,
  portOf,
  type RecordedMessage,
  type RecordedSession,
  reencodes,
  SHELL_PORT,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { seed } from "../../codec/seed.ts";
import { clientFirst, everywhere, inPieces, plain, randomFrom, RECORDINGS, somewhere, titleOf } from "./recordings.ts";

const test = suite("warpdrive sessions");

/**
 * Where an original node closed the connection for what it got, or left a command without an answer; `open` where it
 * kept the connection as well, because the error of an unknown id makes it go round in circles.
 */
const REFUSED: Record<string, string[]> = {
  unified: [
    // A newline that comes in a segment of its own is taken for an opcode.
    "update-peer-split-newline (warpdrive): invalid C>S 88-89 protocol, closed",
    "err: unknown opcode 9 (warpdrive): invalid C>S 0-1 tag, closed",
    "err: unknown opcode 0 (warpdrive): invalid C>S 0-1 tag, closed",
    "err: accept unknown id (warpdrive): unanswered acceptOffer, open",
    "err: create offer bad peer (warpdrive): unanswered createOffer, closed",
    // A blocked peer gets as far as the opcode.
    "send-blocked-raw (warpdrive): invalid C>S 0-1 truncated, closed",
    "send-bad-json (warpdrive): invalid C>S 0-12 json, closed",
    "cli (warpdrive) #1: unanswered acceptOffer, open",
  ],
  draft: [
    "update-peer-split-newline (warpdrive-local): invalid C>S 88-89 protocol, closed",
    "err: unknown opcode 9 (warpdrive-local): invalid C>S 0-1 tag, closed",
    "err: create offer empty path (warpdrive-local): unanswered createOffer, closed",
    "err: download unknown id (warpdrive-remote): unanswered download, open",
    "err: remote unknown opcode (warpdrive-remote): invalid C>S 0-1 tag, closed",
    "create-offer-blocked (warpdrive-local): unanswered createOffer, closed",
    "create-offer-blocked (warpdrive-remote): invalid C>S 0-1 truncated, closed",
    "send-blocked-raw (warpdrive-remote): invalid C>S 0-1 truncated, closed",
    "send-bad-json (warpdrive-remote): invalid C>S 0-12 json, closed",
    // Its JSON reader swallowed the second offer together with the first one.
    "send-pipelined (warpdrive-remote): unanswered sendOffer, closed",
    // Its own client does not send the byte that this server takes after the peers: what follows is out of step.
    "cli (warpdrive-local): invalid C>S 4-5 truncated, open",
  ],
};

/** Opcodes of strangers that the unified dialect passes over. */
const IGNORED = ["err: remote unknown opcode (warpdrive): 0x32 at 0"];

/** Messages of hand-made senders, whose documents Go would have written in another way. */
const WRITTEN_DIFFERENTLY = ["send-lowercase-extra (warpdrive-remote)"];

/** Sessions that mean something else when each direction is given as a whole. */
const DEPEND_ON_ORDER: Record<string, string[]> = {
  // Only the answer shows that the newline came late.
  unified: ["update-peer-split-newline (warpdrive)"],
  draft: ["update-peer-split-newline (warpdrive-local)"],
};

for (const { dialect, sessions } of RECORDINGS) {
  const decoded = sessions.map((session) => ({
    session,
    title: titleOf(sessions, session),
    messages: decodeSession(dialect, session),
  }));

  test(`${dialect.name}: messages stand one behind the other, and every byte is in one`, () => {
    for (const { session, title, messages } of decoded) {
      for (const dir of ["C>S", "S>C"] as const) {
        let at = 0;
        for (const message of messages.filter((one) => one.dir === dir)) {
          assert.is(message.start, at, title);
          assert.ok(message.end > at || message.part === "unanswered", title);
          assert.is(message.bytes.length, message.end - message.start, title);
          at = message.end;
        }
        assert.is(at, directionBytes(session, dir).length, `${title} ${dir}`);
      }
    }
  });

  test(`${dialect.name}: what an original node refused or left unanswered, and nothing else`, () => {
    const found = decoded.flatMap(({ session, title, messages }) => {
      const closed = session.events.some(({ dir }) => dir === "S:close") ? "closed" : "open";
      return refusals(messages).map((refusal) => `${title}: ${refusal}, ${closed}`);
    });
    assert.equal(found, REFUSED[dialect.name]);
  });

  test(`${dialect.name}: everything else is encoded again to the same bytes`, () => {
    const different: string[] = [];
    for (const { session, title, messages } of decoded) {
      for (const message of messages) {
        const undecided = ["invalid", "unanswered"].includes(message.part) || message.elided !== undefined;
        const label = `${title} ${message.dir} ${message.start}`;
        assert.is(reencodes(dialect, session.port, message), undecided ? undefined : true, label);
        const again = hasForm(session, message) ? encodeAgain(dialect, session, message) : undefined;
        if (again !== undefined && again !== formatHex(message.bytes)) different.push(title);
      }
    }
    assert.equal(different, dialect.name === "draft" ? WRITTEN_DIFFERENTLY : []);
  });

  test(`${dialect.name}: a message that is changed is not encoded to the same bytes`, () => {
    let checked = 0;
    for (const { session, messages } of decoded) {
      for (const message of messages.filter((one) => reencodes(dialect, session.port, one) === true)) {
        const doctored = doctor(message);
        if (doctored === undefined) continue;
        assert.is(reencodes(dialect, session.port, doctored), false, `${session.name} ${message.command}`);
        checked++;
      }
    }
    assert.ok(checked > 80, `only ${checked} messages were changed`);
  });

  test(`${dialect.name}: a message is decoded at an offset of a larger buffer, too`, () => {
    for (const { session, title, messages } of decoded) {
      for (const message of messages.filter((one) => hasForm(session, one))) {
        const { schema, value } = messageForm(portOf(dialect, session.port), message);
        const length = message.bytes.length;
        const buffer = new Uint8Array(length + 20).fill(0x22);
        buffer.set(message.bytes, 13);
        assert.equal(decode(schema, buffer.subarray(13, 13 + length)), value, title);
        assert.equal(decodePrefix(schema, buffer, 13), { value, length }, title);
      }
    }
  });

  test(`${dialect.name}: single bytes make the same messages`, () => {
    for (const { session, title, messages } of decoded) {
      const other = decodeSession(dialect, inPieces(session, everywhere));
      assert.equal(other.map(plain), messages.map(plain), title);
    }
  });

  test(`${dialect.name}: pieces of any size make the same messages`, () => {
    console.log(`  WARPWIRE_SEED=${seed}`);
    const random = randomFrom(seed);
    for (let round = 0; round < 8; round++) {
      for (const { session, title, messages } of decoded) {
        const other = decodeSession(dialect, inPieces(session, somewhere(random)));
        assert.equal(other.map(plain), messages.map(plain), `${title}, seed ${seed}, round ${round}`);
      }
    }
  });

  test(`${dialect.name}: a direction as a whole makes the same messages, where the order does not matter`, () => {
    const differ = decoded.filter(({ session, messages }) => {
      const other = decodeSession(dialect, clientFirst(session));
      return JSON.stringify(byDirection(other)) !== JSON.stringify(byDirection(messages));
    });
    assert.equal(differ.map(({ title }) => title), DEPEND_ON_ORDER[dialect.name]);
  });
}

test("opcodes that a stranger may not use are passed over on the one port of the unified dialect", () => {
  const [{ dialect, sessions }] = RECORDINGS;
  const found = sessions.flatMap((session) =>
    decodeSession(dialect, session).filter(({ part }) => part === "ignored").map(({ value, start }) =>
      `${titleOf(sessions, session)}: 0x${Number(value!.opcode).toString(16)} at ${start}`
    )
  );
  assert.equal(found, IGNORED);
});

test("the newline that came late means something only together with the answer", () => {
  const [{ dialect, sessions }] = RECORDINGS;
  const session = sessions.find(({ name }) => name === "update-peer-split-newline")!;
  const parts = (messages: RecordedMessage[]) => messages.map(({ part, start, end }) => [part, start, end]);
  assert.equal(parts(decodeSession(dialect, session)), [["request", 0, 88], ["reply", 0, 1], ["invalid", 88, 89]]);
  assert.equal(parts(decodeSession(dialect, clientFirst(session))), [["request", 0, 89], ["reply", 0, 1]]);
});

test("where a recording left bytes out, the message that they belong to says how many", () => {
  const left = RECORDINGS.map(({ dialect, sessions }) => {
    const messages = sessions.flatMap((session) => decodeSession(dialect, session));
    const replies = messages.filter(({ part, elided }) => part === "reply" && elided !== undefined);
    const bodies = messages.filter(({ part, elided }) => part === "body" && elided !== undefined);
    for (const { value } of replies) assert.is(value, null);
    return { replies: replies.length, bodies: bodies.map(({ value, elided }) => Number(value!.size) + elided!) };
  });
  // A download in pieces of 32,768 bytes, which goes on when the recording ends.
  assert.equal(left, [{ replies: 4, bodies: [59 * 32_768] }, { replies: 3, bodies: [] }]);
});

function refusals(messages: readonly RecordedMessage[]): string[] {
  return messages.flatMap(({ dir, command, part, start, end, error }) => {
    if (part === "unanswered") return [`unanswered ${command}`];
    return part === "invalid" ? [`invalid ${dir} ${start}-${end} ${error!.code}`] : [];
  });
}

/** Whether a message has a schema, and all of its bytes are there. */
function hasForm(session: RecordedSession, { part, elided }: RecordedMessage): boolean {
  return session.port !== SHELL_PORT && elided === undefined &&
    ["request", "end", "reply", "event", "signal"].includes(part);
}

function encodeAgain(dialect: Dialect, session: RecordedSession, message: RecordedMessage): string {
  const { schema, value } = messageForm(portOf(dialect, session.port), message);
  return formatHex(encode(schema, value));
}

/** The message with another value in its first field, if it has one. */
function doctor(message: RecordedMessage): RecordedMessage | undefined {
  const [entry] = Object.entries(message.value ?? {});
  if (entry === undefined) return undefined;
  const [name, value] = entry;
  return { ...message, value: { ...message.value, [name]: changed(value) } };
}

function changed(value: unknown): unknown {
  if (typeof value === "number") return value ^ 1;
  if (typeof value === "string") return `${value}x`;
  if (value === null) return [];
  if (Array.isArray(value)) return null;
  return { ...value as Record<string, unknown>, Id: "another" };
}

function byDirection(messages: readonly RecordedMessage[]): unknown[] {
  return ["C>S", "S>C"].map((dir) => messages.filter((message) => message.dir === dir).map(plain));
}

test.run();
