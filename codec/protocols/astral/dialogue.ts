/**
 * Decodes recorded dialogues of the binary apphost protocol message by message, and encodes them again.
 *
 * @module
 */

import { bytes as bytesSchema, CodecError, decodePrefix, encode, rest, type Schema } from "../../mod.ts";
import { joinBytes } from "../../values.ts";
import {
  answer,
  APPHOST_2023,
  type ApphostDialect,
  authAnswer,
  type AuthRequest,
  authRequest,
  type CommandAnswers,
  INBOUND_ACCEPT,
  type InboundAnswer,
  inboundAnswer,
  type InboundQuery,
  inboundQuery,
  type ResultAnswer,
} from "./apphost-commands.ts";
import { type CommandRequest, commandRequest } from "./command-request.ts";

/** Who sends: the guest (an application) or the host (the node), whichever of them dialled. */
export type Direction = "guest>host" | "host>guest";

/** Bytes that were seen at once. */
export interface DialogueEvent {
  readonly dir: Direction;
  readonly bytes: Uint8Array;
}

/** Where a message lies among the bytes of its direction. */
interface Place {
  readonly start: number;
  readonly end: number;
}

interface Sent<D extends Direction, N extends string, V> extends Place {
  readonly dir: D;
  readonly name: N;
  readonly value: V;
}

/**
 * One message of a dialogue; question and answer have the same name.
 *
 * Bytes that are not a message are `stream` (of an accepted query), `partial` (a message that the recording does not
 * have to its end) or `surplus` (sent where the protocol has nothing more to say).
 */
export type DialogueMessage =
  | Sent<"guest>host", "auth", AuthRequest>
  | Sent<"host>guest", "auth", ResultAnswer>
  | Sent<"guest>host", keyof CommandAnswers, CommandRequest>
  | { [N in keyof CommandAnswers]: Sent<"host>guest", N, CommandAnswers[N]> }[keyof CommandAnswers]
  | Sent<"host>guest", "inbound", InboundQuery>
  | Sent<"guest>host", "inbound", InboundAnswer>
  | Sent<Direction, "stream" | "partial" | "surplus", Uint8Array>;

/** What each side sent. */
export interface DialogueBytes {
  readonly guest: Uint8Array;
  readonly host: Uint8Array;
}

/** The bytes of one direction, and how far they were understood. */
interface Lane {
  readonly dir: Direction;
  readonly bytes: Uint8Array;
  /** The events of this direction: their number in the dialogue, and where their bytes end. */
  readonly events: readonly { readonly index: number; readonly end: number }[];
  pos: number;
}

/** A dialogue that is being read. */
interface Reading {
  readonly guest: Lane;
  readonly host: Lane;
  readonly messages: DialogueMessage[];
}

const raw = bytesSchema(rest);

/**
 * The messages of a connection that a guest opened, in the order in which their last bytes were seen.
 *
 * ```ts
 * import { parseHex } from "warpwire/codec";
 * import { APPHOST_2022, decodeDialogue } from "warpwire/protocols/astral";
 *
 * const messages = decodeDialogue([
 *   { dir: "guest>host", bytes: parseHex("077265736f6c7665 0141") },
 *   { dir: "host>guest", bytes: parseHex("02") },
 * ], APPHOST_2022);
 * console.log(messages.map(({ dir, name }) => `${dir} ${name}`)); // [ "guest>host resolve", "host>guest resolve" ]
 * ```
 *
 * @throws CodecError for bytes that no message can have; its context has `dir`, its offset counts in that direction
 */
export function decodeDialogue(
  events: readonly DialogueEvent[],
  dialect: ApphostDialect = APPHOST_2023,
): DialogueMessage[] {
  const reading = beginReading(events);
  const isStream = readAuth(reading, dialect) && readCommand(reading, dialect);
  return endReading(reading, isStream);
}

/**
 * The messages of a connection that the node opened to a registered service: its query, the app's answer, the stream.
 *
 * @throws CodecError as {@link decodeDialogue}
 */
export function decodeInboundDialogue(events: readonly DialogueEvent[]): DialogueMessage[] {
  const reading = beginReading(events);
  const asked = readMessage(reading, reading.host, "inbound", inboundQuery) !== undefined;
  const answered = asked ? readMessage(reading, reading.guest, "inbound", inboundAnswer) : undefined;
  return endReading(reading, answered?.code === INBOUND_ACCEPT);
}

/**
 * The bytes of a dialogue's messages.
 *
 * @throws CodecError of the message that cannot be written
 */
export function encodeDialogue(
  messages: readonly DialogueMessage[],
  dialect: ApphostDialect = APPHOST_2023,
): DialogueBytes {
  const bytesOf = (dir: Direction) =>
    joinBytes(
      messages.filter((message) => message.dir === dir)
        .map((message) => encode(messageSchema(message, dialect), message.value)),
    );
  return { guest: bytesOf("guest>host"), host: bytesOf("host>guest") };
}

/** The schema of the value of a message. */
export function messageSchema(
  message: Pick<DialogueMessage, "dir" | "name">,
  dialect: ApphostDialect = APPHOST_2023,
): Schema {
  const isGuest = message.dir === "guest>host";
  switch (message.name) {
    case "auth":
      return isGuest ? authRequest : authAnswer;
    case "inbound":
      return isGuest ? inboundAnswer : inboundQuery;
    case "stream":
    case "partial":
    case "surplus":
      return raw;
    default:
      return isGuest ? commandRequest(dialect) : answer(message.name, dialect);
  }
}

function beginReading(events: readonly DialogueEvent[]): Reading {
  return { guest: laneOf(events, "guest>host"), host: laneOf(events, "host>guest"), messages: [] };
}

function laneOf(events: readonly DialogueEvent[], dir: Direction): Lane {
  let end = 0;
  const own = events.flatMap((event, index) => event.dir === dir ? [{ index, end: end += event.bytes.length }] : []);
  const bytes = joinBytes(events.filter((event) => event.dir === dir).map((event) => event.bytes));
  return { dir, bytes, events: own, pos: 0 };
}

/** Whether a command can follow. A guest may send it without waiting for the answer to its token. */
function readAuth(reading: Reading, dialect: ApphostDialect): boolean {
  if (!dialect.hasAuth) return true;
  const request = readMessage(reading, reading.guest, "auth", authRequest);
  if (request === undefined) return false;
  const answered = readMessage(reading, reading.host, "auth", authAnswer);
  return answered === undefined || answered.code === "ok";
}

/** Whether the connection becomes a stream. */
function readCommand(reading: Reading, dialect: ApphostDialect): boolean {
  const request = readMessage(reading, reading.guest, (request) => request.command, commandRequest(dialect));
  if (request === undefined) return false;
  const { command } = request;
  if (command === "unknown" && dialect.unknownCommand === null) return false;
  const answered = readMessage(reading, reading.host, command, answer(command, dialect));
  return command !== "unknown" && answered?.code === "ok" && dialect.commands[command]?.afterOk === "stream";
}

/** Reads the next message of a lane, or, when the lane ends before it does, what there is of it. */
function readMessage<T>(
  reading: Reading,
  lane: Lane,
  name: string | ((value: T) => string),
  schema: Schema<T>,
): T | undefined {
  const { dir, bytes, pos: start } = lane;
  if (start === bytes.length) return undefined;
  try {
    const { value, length } = decodePrefix(schema, bytes, start, { copy: true });
    lane.pos += length;
    add(reading, { dir, name: typeof name === "string" ? name : name(value), value, start, end: lane.pos });
    return value;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    if (error.code !== "truncated") throw inDirection(error, dir);
    lane.pos = bytes.length;
    add(reading, { dir, name: "partial", value: bytes.subarray(start), start, end: lane.pos });
    return undefined;
  }
}

function add(reading: Reading, message: Sent<Direction, string, unknown>): void {
  reading.messages.push(message as DialogueMessage);
}

function endReading(reading: Reading, isStream: boolean): DialogueMessage[] {
  for (const lane of [reading.guest, reading.host]) readRest(reading, lane, isStream ? "stream" : "surplus");
  const arrival = new Map(reading.messages.map((message) => [message, arrivalOf(reading, message)]));
  return reading.messages.sort((a, b) => arrival.get(a)! - arrival.get(b)!);
}

/** What follows the messages, one piece for every event. */
function readRest(reading: Reading, lane: Lane, name: "stream" | "surplus"): void {
  for (const { end } of lane.events) {
    if (end <= lane.pos) continue;
    const start = lane.pos;
    lane.pos = end;
    add(reading, { dir: lane.dir, name, value: lane.bytes.subarray(start, end), start, end });
  }
}

/** Number of the event that had the message's last byte. */
function arrivalOf(reading: Reading, { dir, end }: DialogueMessage): number {
  const { events } = dir === "guest>host" ? reading.guest : reading.host;
  let low = 0;
  let high = events.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].end < end) low = middle + 1;
    else high = middle;
  }
  return events[low].index;
}

function inDirection(error: CodecError, dir: Direction): CodecError {
  const { code, reason, path, offset, context } = error;
  return new CodecError(code, reason, { path, offset, context: { ...context, dir }, cause: error });
}
