/**
 * Fuzzes the dialogues and JSON messages of astral.
 *
 * @module
 */

import { encode, type Schema } from "../../../codec/mod.ts";
import { arbitraryBytes, arbitraryValue, pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import {
  answer,
  APPHOST_2022,
  APPHOST_2023,
  type ApphostDialect,
  type AstralObject,
  astralObject,
  authAnswer,
  authRequest,
  commandRequest,
  decodeDialogue,
  decodeInboundDialogue,
  decodeObject,
  decodeObjectJson,
  type DialogueEvent,
  type DialogueMessage,
  type Direction,
  encodeDialogue,
  encodeObject,
  encodeObjectJson,
  formatQuery,
  inboundAnswer,
  inboundQuery,
  parseQuery,
} from "../../../codec/protocols/astral/mod.ts";
import { brokenText, joined, textOf } from "../break.ts";
import { attempt, expect, expectSameOutcome, type Outcome, sameBytes, sameValue } from "../checks/mod.ts";
import { brokenPackets, inRuns, inSingleBytes, type Packet, packetInput, packetsOf } from "../packets.ts";
import type { Subject } from "./subject.ts";

const DIRECTIONS: readonly Direction[] = ["guest>host", "host>guest"];
const STREAM_BYTES_MAX = 30;

/** The kinds of dialogues by the first byte of an input; the last one is a connection that the node opens. */
const DIALECTS: readonly (ApphostDialect | undefined)[] = [APPHOST_2023, APPHOST_2022, undefined];

/** Whole dialogues of the binary apphost protocol, message by message. */
export const astralDialogues: Subject = {
  name: "astral.dialogues",
  *inputs(choose) {
    const index = choose(DIALECTS.length - 1);
    const dialect = DIALECTS[index];
    const packets = dialect === undefined ? inboundPackets(choose) : guestPackets(dialect, choose);
    for (const changed of brokenPackets(packets, choose)) yield packetInput(index, changed);
  },
  check(input) {
    const dialect = DIALECTS[(input[0] ?? 0) % DIALECTS.length];
    const packets = packetsOf(input);
    const told = tell(dialect, packets);
    for (const pieces of [inSingleBytes(packets), inRuns(packets)]) {
      expectSameOutcome(
        "dialogue: other messages in other pieces",
        comparable(told),
        comparable(tell(dialect, pieces)),
      );
    }
    if (told.error !== undefined) {
      const { dir } = told.error.context;
      expect(DIRECTIONS.some((known) => known === dir), "dialogue: an error without its direction");
      return told.error.code;
    }
    const { guest, host } = encodeDialogue(told.value, dialect ?? APPHOST_2023);
    expect(sameBytes(guest, bytesOf(packets, 0)), "dialogue: the guest's bytes do not come back");
    expect(sameBytes(host, bytesOf(packets, 1)), "dialogue: the host's bytes do not come back");
    return told.value.find(({ name }) => name === "partial" || name === "surplus")?.name ?? "value";
  },
};

function tell(dialect: ApphostDialect | undefined, packets: readonly Packet[]): Outcome<DialogueMessage[]> {
  const events: DialogueEvent[] = packets.map(({ side, bytes }) => ({ dir: DIRECTIONS[side], bytes }));
  return attempt(() => dialect === undefined ? decodeInboundDialogue(events) : decodeDialogue(events, dialect));
}

/** The messages of each direction, with bytes that belong to none as one piece: they come as they were cut. */
function comparable(told: Outcome<DialogueMessage[]>): Outcome {
  if (told.error !== undefined) return told;
  return {
    value: DIRECTIONS.map((dir) => {
      const own = told.value.filter((message) => message.dir === dir);
      const messages = own.filter(({ name }) => name !== "stream" && name !== "surplus");
      const rest = own.filter(({ name }) => name === "stream" || name === "surplus");
      return [
        messages,
        rest.map(({ name }) => name).slice(0, 1),
        joined(...rest.map(({ value }) => value as Uint8Array)),
      ];
    }),
  };
}

function bytesOf(packets: readonly Packet[], side: number): Uint8Array {
  return joined(...packets.filter((packet) => packet.side === side).map(({ bytes }) => bytes));
}

function guestPackets(dialect: ApphostDialect, choose: RandomSource): Packet[] {
  const packets: Packet[] = [];
  if (dialect.hasAuth) packets.push(message(0, authRequest, choose), message(1, authAnswer, choose));
  const schema = commandRequest(dialect);
  const request = arbitraryValue(schema, choose);
  packets.push({ side: 0, bytes: encode(schema, request, { owned: true }) });
  packets.push(message(1, answer(request.command, dialect), choose));
  return [...packets, ...streamPackets(choose)];
}

function inboundPackets(choose: RandomSource): Packet[] {
  return [message(1, inboundQuery, choose), message(0, inboundAnswer, choose), ...streamPackets(choose)];
}

function message<T>(side: 0 | 1, schema: Schema<T>, choose: RandomSource): Packet {
  return { side, bytes: encode<T>(schema, arbitraryValue(schema, choose), { owned: true }) };
}

function streamPackets(choose: RandomSource): Packet[] {
  return Array.from({ length: choose(3) }, (): Packet => ({
    side: choose(1) === 0 ? 0 : 1,
    bytes: arbitraryBytes(choose, choose(STREAM_BYTES_MAX)),
  }));
}

/** Pieces of objects' JSON that matter to a reader. */
const OBJECT_TOKENS = [
  '"Type":',
  '"Object":',
  '"type":',
  "null",
  "{}",
  '"Nonce":"0"',
  '"anyone"',
  "18446744073709551615",
];

/** Objects as JSON messages. */
export const astralObjectJson: Subject = {
  name: "astral.object.json",
  *inputs(choose) {
    const object = arbitraryValue(astralObject, choose);
    const text = attempt(() => encodeObjectJson(object));
    if (text.error !== undefined) {
      // Not every object has a form in JSON: zones without a letter, times beyond the calendar, error messages.
      return yield new TextEncoder().encode(`{"Type":${JSON.stringify(object.type)}}`);
    }
    yield* brokenText(text.value, OBJECT_TOKENS, choose);
  },
  check(input) {
    const read = attempt(() => decodeObjectJson(input).object);
    if (read.error !== undefined) return read.error.code;
    const object = read.value;
    // What is read from JSON could also be sent as a binary object.
    const binary = encodeObject(object);
    expectSameOutcome("object: JSON and binary", { value: object }, { value: decodeObject(binary).object });
    const text = encodeObjectJson(object);
    const again: AstralObject = decodeObjectJson(text).object;
    expectSameOutcome("object: JSON and JSON again", { value: object }, { value: again });
    return "value";
  },
};

const QUERY_TOKENS = ["?", "&", "=", "%", "%41", "%zz", "+", ";", "%ff", "a.b"];

/** Query strings. */
export const astralQueries: Subject = {
  name: "astral.query",
  *inputs(choose) {
    const text = Array.from({ length: choose(8) }, () => pick(choose, QUERY_TOKENS)).join("");
    yield* brokenText(text, QUERY_TOKENS, choose);
  },
  check(input) {
    const text = textOf(input);
    const parsed = attempt(() => parseQuery(text));
    if (parsed.error !== undefined) return parsed.error.code;
    const { path, params } = parsed.value;
    const formatted = attempt(() => formatQuery(path, params));
    if (formatted.error !== undefined) return `format ${formatted.error.code}`;
    const again = parseQuery(formatted.value);
    expect(again.path === path && sameValue(entriesOf(again.params), entriesOf(params)), "query: parse, format, parse");
    return "value";
  },
};

function entriesOf(params: ReadonlyMap<string, string>): unknown {
  return [...params].sort(([a], [b]) => a < b ? -1 : 1);
}
