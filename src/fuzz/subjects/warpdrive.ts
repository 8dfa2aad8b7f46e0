/**
 * Fuzzes sessions of warpdrive.
 *
 * @module
 */

import { encode } from "../../../codec/mod.ts";
import { arbitraryBytes, arbitraryText, arbitraryValue, pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import {
  decodeSession,
  type Dialect,
  type DialectCommand,
  dialects,
  type Direction,
  type Port,
  portOf,
  type RecordedMessage,
  type RecordedSession,
  reencodes,
  requestSchema,
  SHELL_PORT,
  wirePart,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { expect, expectSameOutcome } from "../checks/mod.ts";
import { brokenPackets, inRuns, inSingleBytes, type Packet, packetInput, packetsOf } from "../packets.ts";
import type { Subject } from "./subject.ts";

/** Where a session takes place. */
interface Setting {
  readonly dialect: Dialect;
  readonly port: string;
  readonly authorised: boolean;
}

const SETTINGS: readonly Setting[] = Object.values(dialects).flatMap((dialect) =>
  [...dialect.ports.map(({ name }) => name), SHELL_PORT].flatMap((port) =>
    [true, false].map((authorised) => ({ dialect, port, authorised }))
  )
);

const DIRECTIONS: readonly Direction[] = ["C>S", "S>C"];
const EXCHANGES_MAX = 4;
const BODY_BYTES_MAX = 40;

/** Whole sessions, in both dialects, on every port, message by message. */
export const warpdriveSessions: Subject = {
  name: "warpdrive.sessions",
  *inputs(choose) {
    const index = choose(SETTINGS.length - 1);
    const { dialect, port } = SETTINGS[index];
    const packets = port === SHELL_PORT ? shellPackets(choose) : portPackets(portOf(dialect, port), choose);
    for (const changed of brokenPackets(packets, choose)) yield packetInput(index, changed);
  },
  check(input) {
    const setting = SETTINGS[(input[0] ?? 0) % SETTINGS.length];
    const packets = packetsOf(input);
    const messages = decodeSession(setting.dialect, sessionOf(setting, packets));
    checkCoverage(messages, packets);
    checkPieces(setting, messages, packets);
    for (const message of messages) {
      const again = reencodes(setting.dialect, setting.port, message);
      expect(again !== false, "session: a message is another one when it is encoded again", () => labelOf(message));
    }
    return messages.find(({ error }) => error !== undefined)?.error?.code ?? "value";
  },
};

function sessionOf({ port, authorised }: Setting, packets: readonly Packet[]): RecordedSession {
  const events = packets.map(({ side, bytes }) => ({ dir: DIRECTIONS[side], bytes, elided: 0 }));
  return { name: "fuzz", port, authorised, events };
}

/** Every byte of either direction belongs to one message. */
function checkCoverage(messages: readonly RecordedMessage[], packets: readonly Packet[]): void {
  for (const [side, dir] of DIRECTIONS.entries()) {
    const total = packets.reduce((sum, packet) => packet.side === side ? sum + packet.bytes.length : sum, 0);
    let end = 0;
    for (const message of messages.filter((message) => message.dir === dir)) {
      expect(
        message.start === end && message.end >= end,
        "session: messages follow each other",
        () => labelOf(message),
      );
      end = message.end;
    }
    expect(end === total, "session: every byte belongs to a message", () => `${dir}, ${end} of ${total}`);
  }
}

/** What a session says does not depend on how its bytes are cut. */
function checkPieces(setting: Setting, messages: readonly RecordedMessage[], packets: readonly Packet[]): void {
  for (const pieces of [inSingleBytes(packets), inRuns(packets)]) {
    const others = decodeSession(setting.dialect, sessionOf(setting, pieces));
    for (const dir of DIRECTIONS) {
      const here = messages.filter((message) => message.dir === dir).map(comparable);
      const there = others.filter((message) => message.dir === dir).map(comparable);
      expectSameOutcome("session: other messages in other pieces", { value: here }, { value: there });
    }
  }
}

function comparable({ dir, command, part, value, start, end, error }: RecordedMessage): unknown {
  return [dir, command, part, start, end, value, error?.code ?? null, error?.path ?? "", error?.offset ?? -1];
}

function labelOf({ dir, command, part, start, end }: RecordedMessage): string {
  return `${dir} ${command} ${part} ${start}-${end}`;
}

/** A session on a port as honest programs hold it. */
function portPackets(port: Port, choose: RandomSource): Packet[] {
  const packets: Packet[] = [];
  for (let left = choose(EXCHANGES_MAX); left >= 0; left--) {
    const request = arbitraryValue(requestSchema(port), choose);
    const command = port.commands.find(({ name }) => name === request.command)!;
    packets.push({ side: 0, bytes: encode(requestSchema(port), request, { owned: true }) });
    packets.push(...answersTo(command, choose));
  }
  return packets;
}

function answersTo({ reply, events, body, signals, finish }: DialectCommand, choose: RandomSource): Packet[] {
  const packets: Packet[] = [];
  const part = (schema: NonNullable<DialectCommand["reply"]>): Packet => {
    const wire = wirePart(schema);
    return { side: 1, bytes: encode(wire, arbitraryValue(wire, choose), { owned: true }) };
  };
  if (reply !== undefined) packets.push(part(reply));
  for (let left = events === undefined ? 0 : choose(3); left > 0; left--) packets.push(part(events!));
  if (body !== undefined) packets.push({ side: 1, bytes: arbitraryBytes(choose, choose(BODY_BYTES_MAX)) });
  for (let left = signals === undefined ? 0 : choose(3); left > 0; left--) {
    const bytes = Uint8Array.of(left === 1 ? 0 : choose(255));
    packets.push({ side: 0, bytes }, { side: 1, bytes });
  }
  if (finish !== undefined) packets.push({ side: 0, bytes: Uint8Array.of(finish.byte) });
  return packets;
}

const LINES = ["peers", "offers all", "sub in", "stat", "send a b", "exit", "e", "", "download x"];

/** A session on the port for people. */
function shellPackets(choose: RandomSource): Packet[] {
  const text = (side: 0 | 1, line: string): Packet => ({ side, bytes: new TextEncoder().encode(line) });
  const packets = [text(1, "warp> ")];
  for (let left = choose(EXCHANGES_MAX); left >= 0; left--) {
    packets.push(text(0, `${choose(2) === 0 ? arbitraryText(choose, choose(12)) : pick(choose, LINES)}\n`));
    if (choose(1) === 1) packets.push(text(1, `${arbitraryText(choose, choose(20))}\n`));
    packets.push(text(1, `${String.fromCharCode(6)}warp> `));
  }
  return packets;
}
