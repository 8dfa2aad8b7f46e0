/**
 * `warpwire session`: decodes recorded sessions, message by message.
 *
 * @module
 */

import { CodecError } from "../../../../codec/mod.ts";
import { plural } from "../../../../codec/text/mod.ts";
import {
  decodeSession,
  type Dialect,
  dialects,
  parseRecording,
  type RecordedMessage,
  type RecordedSession,
  reencodes,
} from "../../../../codec/protocols/warpdrive/mod.ts";
import { type CommandBody, positionals, textOption, UsageError } from "../../command.ts";
import { readTextFile } from "../../input/mod.ts";
import { jsonLine, parseJson } from "../../json/mod.ts";

/** The last line of the output. */
interface Summary {
  sessions: number;
  messages: number;
  /** Bytes of all sessions. */
  bytes: number;
  /** Bytes that belong to a message, invalid ones included. */
  accounted: number;
  /** Bytes that could not be decoded, see `invalid`. */
  invalidBytes: number;
  /** Bytes that the recording left out. */
  elided: number;
  invalid: { session: string; dir: string; start: number; end: number; code: string; reason: string }[];
  unanswered: { session: string; command: string }[];
  check?: { reencoded: number; different: { session: string; dir: string; start: number }[] };
}

/** Decodes recorded sessions. */
export const sessionCommand: CommandBody = {
  usage: "--dialect <name> <file>",
  details: "The last line is a summary: messages, decoded bytes, invalid bytes and why they are invalid.",
  options: {
    dialect: { type: "string", value: Object.keys(dialects).join(" | "), about: "which opcodes the session uses" },
    check: { type: "boolean", about: "encode every message again; different bytes are an error" },
  },
  async run(args, streams) {
    const [file] = positionals(args, ["file"]);
    const dialect = dialectOf(textOption(args, "dialect"));
    printSessions(parseRecording(parseJson(await readTextFile(file))), dialect, {
      out: streams.out,
      check: args.options.check === true,
    });
  },
};

/** Where the messages of sessions are printed. */
export interface PrintOptions {
  readonly out: (text: string) => void;
  /** Whether every message is encoded again and compared. */
  readonly check: boolean;
}

/**
 * Prints the messages of sessions and a summary, one JSON line each.
 *
 * @throws CodecError `syntax` for a port that the dialect does not have; `protocol`, after the summary, when messages
 * encode to different bytes
 */
export function printSessions(
  sessions: readonly RecordedSession[],
  dialect: Dialect,
  { out, check }: PrintOptions,
): void {
  const summary = startSummary(check);
  for (const session of sessions) {
    summary.sessions++;
    summary.bytes += session.events.reduce((total, { bytes }) => total + bytes.length, 0);
    for (const message of decodeSession(dialect, session)) {
      out(`${jsonLine(messageJson(session, message))}\n`);
      count(summary, session, message);
      if (check) compare(summary, dialect, session, message);
    }
  }
  out(`${jsonLine({ summary })}\n`);
  const different = summary.check?.different.length ?? 0;
  if (different === 0) return;
  throw new CodecError("protocol", `${plural(different, "message")} changed when encoded again`);
}

function dialectOf(name: string | undefined): Dialect {
  if (name === undefined) throw new UsageError("Option --dialect is missing");
  if (Object.hasOwn(dialects, name)) return dialects[name];
  throw new UsageError(`Unknown dialect "${name}"; the dialects are ${Object.keys(dialects).join(", ")}`);
}

function startSummary(check: boolean): Summary {
  return {
    sessions: 0,
    messages: 0,
    bytes: 0,
    accounted: 0,
    invalidBytes: 0,
    elided: 0,
    invalid: [],
    unanswered: [],
    ...(check && { check: { reencoded: 0, different: [] } }),
  };
}

function messageJson({ name }: RecordedSession, message: RecordedMessage): Record<string, unknown> {
  const { dir, command, part, value, start, end, error, elided } = message;
  return {
    session: name,
    dir,
    command,
    part,
    value,
    start,
    end,
    ...(error !== undefined && { error: { code: error.code, reason: error.message } }),
    ...(elided !== undefined && { elided }),
  };
}

function count(summary: Summary, { name }: RecordedSession, message: RecordedMessage): void {
  const { dir, command, part, start, end, error, elided = 0 } = message;
  summary.messages++;
  summary.accounted += end - start;
  summary.elided += elided;
  if (part === "unanswered") summary.unanswered.push({ session: name, command });
  if (error === undefined) return;
  summary.invalidBytes += end - start;
  summary.invalid.push({ session: name, dir, start, end, code: error.code, reason: error.message });
}

function compare(summary: Summary, dialect: Dialect, session: RecordedSession, message: RecordedMessage): void {
  const same = reencodes(dialect, session.port, message);
  if (same === true) summary.check!.reencoded++;
  else if (same === false) {
    summary.check!.different.push({ session: session.name, dir: message.dir, start: message.start });
  }
}
