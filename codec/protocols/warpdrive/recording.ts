/**
 * Recorded sessions: their file format, decoded message by message and checked by encoding each message again.
 *
 * A file holds one session, or many under `sessions`. A session names its port, caller and target, and lists events:
 * `dir` is `C>S` or `S>C` with the bytes under `hex`, or another word (such as `S:close`) for what happened. A note
 * `(N bytes, first M shown)` says that the recording left out the bytes after the first M.
 *
 * @module
 */

import { decode, encode } from "../../engine/mod.ts";
import { CodecError } from "../../error.ts";
import { parseHex } from "../../text/mod.ts";
import { joinPath } from "../../path.ts";
import { equalValues, joinBytes } from "../../values.ts";
import type { Command, Part } from "./commands.ts";
import { type Dialect, type Port, SHELL_PORT } from "./dialects.ts";
import { bareRequestSchema, endsWithDocument, NEWLINE, requestSchema, wirePart } from "./schemas.ts";
import type { Direction, MessagePart, SessionMessage } from "./session-message.ts";
import { SessionDecoder } from "./session.ts";
import { ShellDecoder } from "./shell.ts";
import type { Schema } from "../../schema/mod.ts";

/** Something that happened in a recorded session. */
export interface RecordedEvent {
  readonly dir: string;
  readonly bytes: Uint8Array;
  /** How many bytes the recording left out after these. */
  readonly elided: number;
}

/** One recorded session. */
export interface RecordedSession {
  readonly name: string;
  readonly port: string;
  /** Whether the caller was the target's own identity. */
  readonly authorised: boolean;
  readonly events: readonly RecordedEvent[];
}

/** A message of a session, with its bytes. */
export type RecordedMessage = SessionMessage & { readonly bytes: Uint8Array };

const DIRECTIONS: ReadonlySet<string> = new Set<Direction>(["C>S", "S>C"]);

/**
 * The sessions of a parsed file.
 *
 * @throws CodecError `syntax` with the path of what is wrong
 */
export function parseRecording(file: unknown): RecordedSession[] {
  if (isObject(file) && Array.isArray(file.sessions)) {
    return file.sessions.map((session, index) => parseSession(session, `sessions[${index}]`));
  }
  return [parseSession(file, "")];
}

function parseSession(session: unknown, path: string): RecordedSession {
  if (!isObject(session) || !Array.isArray(session.events)) throw malformed("A session has a list of events", path);
  const { name = "", port = "warpdrive", caller, target } = session;
  if (typeof name !== "string") throw malformed("The name of a session is a string", joinPath(path, "name"));
  if (typeof port !== "string") throw malformed("The port of a session is a string", joinPath(path, "port"));
  const events = session.events.map((event, index) => parseEvent(event, joinPath(path, `events[${index}]`)));
  return { name, port, authorised: caller === target, events };
}

function parseEvent(event: unknown, path: string): RecordedEvent {
  if (!isObject(event) || typeof event.dir !== "string") throw malformed("An event has a direction", path);
  if (!DIRECTIONS.has(event.dir)) return { dir: event.dir, bytes: new Uint8Array(0), elided: 0 };
  if (typeof event.hex !== "string") throw malformed("An event with bytes has hex digits", `${path}.hex`);
  let bytes;
  try {
    bytes = parseHex(event.hex);
  } catch (error) {
    throw malformed(error instanceof CodecError ? error.reason : String(error), `${path}.hex`);
  }
  return { dir: event.dir, bytes, elided: elidedIn(event, bytes.length, path) };
}

/** How many bytes a note says are missing. */
function elidedIn({ note }: Record<string, unknown>, there: number, path: string): number {
  const found = typeof note === "string" ? /^\((\d+) bytes, first \d+ shown\)$/.exec(note) : null;
  if (found === null) return 0;
  const length = Number(found[1]);
  if (Number.isSafeInteger(length) && length >= there) return length - there;
  throw malformed(`A note tells of ${found[1]} bytes, of which ${there} are here`, `${path}.note`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function malformed(reason: string, path: string): CodecError {
  return new CodecError("syntax", reason, { path });
}

/**
 * The port of a dialect.
 *
 * @throws CodecError `syntax` when the dialect has no such port
 */
export function portOf(dialect: Dialect, name: string): Port {
  const port = dialect.ports.find((port) => port.name === name);
  if (port !== undefined) return port;
  const names = dialect.ports.map((port) => `"${port.name}"`).join(", ");
  throw new CodecError("syntax", `Dialect "${dialect.name}" has the ports ${names} and "${SHELL_PORT}", not "${name}"`);
}

/**
 * The messages of a recorded session, in the order in which they were complete.
 *
 * @throws CodecError `syntax` when the dialect has no such port
 */
export function decodeSession(dialect: Dialect, session: RecordedSession): RecordedMessage[] {
  const decoder = session.port === SHELL_PORT
    ? new ShellDecoder()
    : new SessionDecoder({ port: portOf(dialect, session.port), authorised: session.authorised });
  const messages: SessionMessage[] = [];
  const last: { -readonly [dir in Direction]?: number } = {};
  const add = (message: SessionMessage) => {
    const before = last[message.dir] ?? -1;
    if (goesOn(messages[before], message)) messages[before] = joined(messages[before], message);
    else last[message.dir] = messages.push(message) - 1;
  };
  for (const { dir, bytes, elided } of session.events) {
    if (dir !== "C>S" && dir !== "S>C") continue;
    decoder.push(dir, bytes).forEach(add);
    if (elided > 0) decoder.elide(dir, elided).forEach(add);
  }
  decoder.finish().forEach(add);
  const whole = { "C>S": directionBytes(session, "C>S"), "S>C": directionBytes(session, "S>C") };
  return messages.map((message) => ({ ...message, bytes: whole[message.dir].subarray(message.start, message.end) }));
}

/** Whether a message is more of the invalid bytes before it: a decoder reports them as they come. */
function goesOn(before: SessionMessage | undefined, message: SessionMessage): boolean {
  return before?.error !== undefined && before.error === message.error;
}

function joined(before: SessionMessage, { end, elided = 0 }: SessionMessage): SessionMessage {
  const left = (before.elided ?? 0) + elided;
  return { ...before, end, ...(left > 0 && { elided: left }) };
}

/** All bytes of one direction of a session. */
export function directionBytes(session: RecordedSession, dir: Direction): Uint8Array {
  return joinBytes(session.events.filter((event) => event.dir === dir).map(({ bytes }) => bytes));
}

/**
 * Encodes a message again and compares: bytes with bytes; where a JSON document is part of it, values with values,
 * because the same document can be written in many ways.
 *
 * @returns whether it is the same; `undefined` for a message that cannot be encoded: it is invalid, or incomplete
 */
export function reencodes(dialect: Dialect, port: string, message: RecordedMessage): boolean | undefined {
  if (message.part === "invalid" || message.part === "unanswered" || message.elided !== undefined) return undefined;
  const { part, value, bytes } = message;
  if (port === SHELL_PORT) return equalValues(shellBytes(part, String(value!.text)), bytes);
  if (part === "body") return value!.size === bytes.length;
  if (part === "finish") return bytes.length === 1 && bytes[0] === value!.byte;
  if (part === "ignored") return bytes.length === 1 && bytes[0] === value!.opcode;
  const { schema, value: given } = messageForm(portOf(dialect, port), message);
  const again = encode(schema, given);
  if (equalValues(again, bytes)) return true;
  return endsWithDocument(partOf(portOf(dialect, port), message)) &&
    equalValues(decode(schema, again), decode(schema, bytes));
}

function shellBytes(part: MessagePart, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (part === "line" || part === "output") return Uint8Array.of(...bytes, 0x0a);
  return part === "prompt" ? Uint8Array.of(bytes.length, ...bytes) : bytes;
}

/** The schema that a request, reply, event or signal has on the wire, and its value in that schema. */
export function messageForm(
  port: Port,
  message: RecordedMessage,
): { readonly schema: Schema<Record<string, unknown>>; readonly value: Record<string, unknown> } {
  const { command: name, part, bytes } = message;
  const value = message.value!;
  const sent = partOf(port, message);
  if (part !== "request" && part !== "end") return { schema: wirePart(sent), value };
  // A request is complete without the newline after its document, which may never have come.
  const newline = endsWithDocument(sent) && bytes.at(-1) === NEWLINE;
  return { schema: newline ? requestSchema(port) : bareRequestSchema(port), value: { command: name, ...value } };
}

/** The part of the table of commands that a message is. */
function partOf(port: Port, { command: name, part }: RecordedMessage): Part {
  const command: Command = port.commands.find((one) => one.name === name)!;
  if (part === "request" || part === "end") return command.args;
  return (part === "reply" ? command.reply : part === "event" ? command.events : command.signals)!;
}
