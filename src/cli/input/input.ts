/**
 * Bytes and texts that a person names on the command line: hex digits, a file, or the standard input.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { CodecError, escapeText } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { type Arguments, type CommandOptions, type Streams, textOption, UsageError } from "../command.ts";
import { parseDump } from "./dump-text.ts";
import { isHexCode, parseHexText, type ReadText } from "./hex-text.ts";
import { decodeText, textOf } from "./input-text.ts";

/** The most that is read of a file or of the standard input; a message is far smaller. */
export const INPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Help for arguments that name bytes. */
export const INPUT_HELP = `Bytes are hex digits, @file, or - for the standard input. Digits may have the prefixes 0x and
\\x, and white space, commas, colons or dashes between bytes. Files and the standard input may also contain a C array or a
dump of xxd, hexdump, od, Wireshark or inspect, in UTF-8 or UTF-16; anything else is read as raw bytes. The
detected format is printed to the standard error; --input sets it.`;

const FORMATS = ["raw", "hex", "dump"] as const;
type Format = typeof FORMATS[number];

/** Options of commands that read bytes. */
export const INPUT_OPTIONS: CommandOptions = {
  input: { type: "string", value: FORMATS.join(" | "), about: "format of a file; detected by default" },
  raw: { type: "boolean", about: "short for --input raw: use a file's bytes unchanged" },
};

/** Texts in which most characters are hex digits are meant to be hex, and a wrong one is a mistake. */
const DIGITS_SHARE_MIN = 0.75;
/** How much is shown of text that is taken as it is. */
const START_LENGTH = 16;
/** How much of a text is looked at to see whether it was meant to be hex. */
const LOOK_LENGTH = 65_536;

/**
 * The bytes that arguments name: hex digits (white space and several arguments are fine), `@file` or `-`. What had to
 * be assumed is printed as a note.
 *
 * @throws CodecError `syntax` for text that is not hex, `limit` for too large a file
 */
export async function readBytes(args: readonly string[], options: Arguments, streams: Streams): Promise<Uint8Array> {
  const format = formatOption(options);
  const [first] = args;
  if (args.length !== 1 || (first !== "-" && !first.startsWith("@"))) {
    const text = args.join(" ");
    return noted(format === "dump" ? parseDump(text, INPUT_BYTES_MAX, true)! : parseHexText(text), streams);
  }
  const bytes = await readInput(first, streams);
  return format === "raw" ? bytes : noted(bytesOf(bytes, format), streams);
}

function formatOption(args: Arguments): Format | null {
  const name = textOption(args, "input");
  const format = FORMATS.find((each) => each === name);
  if (name !== undefined && format === undefined) {
    throw new UsageError(`Option --input is ${FORMATS.join(", ")}, not "${name}"`);
  }
  if (args.options.raw !== true) return format ?? null;
  if (format !== undefined && format !== "raw") throw new UsageError(`Options --raw and --input ${format} disagree`);
  return "raw";
}

function noted({ bytes, assumed }: ReadText, { err }: Streams): Uint8Array {
  if (assumed !== null) err(`note: ${escapeText(assumed)}\n`);
  return bytes;
}

/** What bytes of a file mean. */
function bytesOf(bytes: Uint8Array, format: "hex" | "dump" | null): ReadText {
  const found = textOf(bytes);
  if (format === "dump") return parseDump(textIn(found), INPUT_BYTES_MAX, true)!;
  if (format === "hex") return parseHexText(textIn(found));
  if (found === null || bytes.length === 0) return { bytes, assumed: null };
  const { text, guessed } = found;
  try {
    const read = parseDump(text, INPUT_BYTES_MAX) ?? hexOf(text, guessed);
    if (read === null) return { bytes, assumed: rawText(bytes, text) };
    return { ...read, assumed: read.assumed ?? assumedOf(found, read.bytes.length) };
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== "syntax") throw error;
    const { reason, offset, cause } = error;
    throw new CodecError("syntax", `${reason}; --raw takes the input as it is`, { offset, cause });
  }
}

/** The bytes of hex digits; `null` for text that was not meant to be any. */
function hexOf(text: string, guessed: boolean): ReadText | null {
  try {
    return parseHexText(text);
  } catch (error) {
    if (guessed || !(looksLikeHex(text) || isHexCode(text))) return null;
    throw error;
  }
}

function looksLikeHex(text: string): boolean {
  const start = text.trimStart().slice(0, LOOK_LENGTH);
  const characters = start.match(/[^\s,;:-]/g)?.length ?? 0;
  const digits = start.match(/(?:0|\\)x|[0-9a-f]/gi)?.join("").length ?? 0;
  return digits >= DIGITS_SHARE_MIN * characters;
}

/** What is said of text that is taken as it is. */
function rawText(bytes: Uint8Array, text: string): string {
  const start = text.trim().slice(0, START_LENGTH);
  return `Input is not hex: it begins with ${JSON.stringify(start)}, and its ${
    plural(bytes.length, "byte")
  } are taken as they are`;
}

function textIn(found: ReturnType<typeof textOf>): string {
  if (found !== null) return found.text;
  throw new CodecError("syntax", "Input is not text");
}

/** Digits alone, without as much as a line's end, may also be bytes that happen to be letters and digits. */
function assumedOf({ text, guessed }: { text: string; guessed: boolean }, length: number): string | null {
  if (guessed) return `Input is taken for UTF-16 without a byte order mark: ${plural(length, "byte")} in hex`;
  if (!/^[0-9a-f]+$/i.test(text)) return null;
  return `Input is taken for hex digits: ${plural(length, "byte")}; --raw takes the digits themselves`;
}

async function readInput(name: string, streams: Streams): Promise<Uint8Array> {
  const bytes = name === "-" ? await readAll(streams.input) : new Uint8Array(await readFile(name.slice(1)));
  checkSize(bytes.length);
  return bytes;
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    length += bytes.length;
    checkSize(length);
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function checkSize(length: number): void {
  if (length > INPUT_BYTES_MAX) throw new CodecError("limit", `Input is longer than ${INPUT_BYTES_MAX} bytes`);
}

/**
 * The text that an argument names: the argument itself, `@file` or `-`, in UTF-8 or UTF-16.
 *
 * @throws CodecError `utf8` for other bytes, `limit` for too large a file
 */
export async function readText(argument: string, streams: Streams): Promise<string> {
  if (argument !== "-" && !argument.startsWith("@")) return argument;
  return decodeInput(await readInput(argument, streams), argument);
}

/**
 * The text of a file, in UTF-8 or UTF-16.
 *
 * @throws CodecError `utf8` for other bytes, `limit` for too large a file
 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readFile(path);
  checkSize(bytes.length);
  return decodeInput(bytes, path);
}

function decodeInput(bytes: Uint8Array, name: string): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw new CodecError("utf8", `Text of "${name}" is not valid UTF-8`, { cause });
  }
}
