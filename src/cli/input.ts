/**
 * Bytes and texts that a person names on the command line: hex digits, a file, or the standard input.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { CodecError, parseHex } from "../../codec/mod.ts";
import type { Streams } from "./command.ts";

/** The most that is read of a file or of the standard input; a message is far smaller. */
export const INPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Help for arguments that name bytes. */
export const INPUT_HELP = `Bytes are hex digits, @file, or - for the standard input. A file that consists of hex digits
and white space alone is read as hex; --raw takes its bytes as they are.`;

/**
 * The bytes that arguments name: hex digits (white space and several arguments are fine), `@file` or `-`.
 *
 * @throws CodecError `syntax` for text that is no hex, `limit` for too large a file
 */
export async function readBytes(args: readonly string[], streams: Streams, raw: boolean): Promise<Uint8Array> {
  const [first] = args;
  if (args.length === 1 && (first === "-" || first.startsWith("@"))) {
    const bytes = await readInput(first, streams);
    return !raw && isHex(bytes) ? parseHex(new TextDecoder().decode(bytes)) : bytes;
  }
  return parseHex(args.join(" "));
}

/**
 * The text that an argument names: the argument itself, `@file` or `-`.
 *
 * @throws CodecError `utf8` for other bytes, `limit` for too large a file
 */
export async function readText(argument: string, streams: Streams): Promise<string> {
  if (argument !== "-" && !argument.startsWith("@")) return argument;
  const bytes = await readInput(argument, streams);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CodecError("utf8", `Text of "${argument}" is not valid UTF-8`, { cause });
  }
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
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function checkSize(length: number): void {
  if (length > INPUT_BYTES_MAX) throw new CodecError("limit", `Input is longer than ${INPUT_BYTES_MAX} bytes`);
}

function isHex(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => HEX_OR_SPACE.has(byte));
}

const HEX_OR_SPACE: ReadonlySet<number> = new Set(
  Array.from("0123456789abcdefABCDEF \t\r\n", (one) => one.charCodeAt(0)),
);
