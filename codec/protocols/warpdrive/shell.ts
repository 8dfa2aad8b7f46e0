/**
 * The text that a person types on the port `wd`, and what the node prints.
 *
 * @module
 */

import { CodecError } from "../../error.ts";
import { readText } from "../../text.ts";
import { ByteQueue } from "../../byte-queue.ts";
import type { Direction, MessagePart, SessionMessage } from "./session-message.ts";

const GREETING = "warp> ";
const NEWLINE = 0x0a;
/** Lines are paths, ids and words; one that is longer than this is not typed by a person. */
const LINE_BYTES_MAX = 1024 * 1024;
/** Below this a byte is the length of a prompt: printed text begins with a letter, a digit or a dash. */
const TEXT_MIN = 0x20;

/** Decodes one session on the port `wd`. */
export class ShellDecoder {
  readonly #queues = { "C>S": new ByteQueue(), "S>C": new ByteQueue() };
  readonly #messages: SessionMessage[] = [];
  #greeted = false;
  /** Whether the last typed line began a subscription, which any byte ends. */
  #subscribed = false;

  /** Takes the next bytes of a direction. */
  push(dir: Direction, chunk: Uint8Array): SessionMessage[] {
    const queue = this.#queues[dir];
    queue.push(chunk);
    while (queue.length > 0 && (dir === "C>S" ? this.#typed(queue) : this.#printed(queue)));
    queue.own();
    return this.#messages.splice(0);
  }

  /** Says that a recording left out `count` bytes here; the line that they belong to ends with them. */
  elide(dir: Direction, count: number): SessionMessage[] {
    const queue = this.#queues[dir];
    if (queue.length > 0) this.#text(dir, dir === "C>S" ? "line" : "output", queue.length, { elided: count });
    return this.#messages.splice(0);
  }

  /** Says that the connection is closed. */
  finish(): SessionMessage[] {
    for (const dir of ["C>S", "S>C"] as const) {
      const queue = this.#queues[dir];
      if (queue.length === 0) continue;
      if (dir === "C>S" && this.#subscribed) this.#text(dir, "finish", queue.length);
      else this.#invalid(dir, new CodecError("truncated", "The line is incomplete", { offset: queue.offset }));
    }
    return this.#messages.splice(0);
  }

  #typed(queue: ByteQueue): boolean {
    const length = lineLength(queue);
    if (length < 0) return false;
    if (length > LINE_BYTES_MAX) return this.#tooLong("C>S", queue);
    if (this.#subscribed) {
      this.#text("C>S", "finish", length);
      return true;
    }
    const first = this.#text("C>S", "line", length, { cut: 1 }).split(" ")[0];
    this.#subscribed = first === "sub" || first === "stat";
    return true;
  }

  #printed(queue: ByteQueue): boolean {
    const first = queue.bytes[queue.start];
    if (this.#greeted && first < TEXT_MIN && first !== NEWLINE) return this.#prompt(queue, first);
    const greeting = this.#greetingLength(queue);
    if (greeting !== undefined) {
      if (greeting === 0) return false;
      this.#greeted = true;
      this.#text("S>C", "greeting", greeting);
      return true;
    }
    const length = lineLength(queue);
    if (length < 0) return false;
    if (length > LINE_BYTES_MAX) return this.#tooLong("S>C", queue);
    this.#text("S>C", "output", length, { cut: 1 });
    return true;
  }

  #prompt(queue: ByteQueue, length: number): boolean {
    if (queue.length <= length) return false;
    this.#text("S>C", "prompt", length + 1, { skip: 1 });
    return true;
  }

  /** The length of a greeting that stands next, 0 when that cannot be told yet, `undefined` when none stands there. */
  #greetingLength({ bytes, start, length }: ByteQueue): number | undefined {
    const there = Math.min(GREETING.length, length);
    for (let index = 0; index < there; index++) {
      if (bytes[start + index] !== GREETING.charCodeAt(index)) return undefined;
    }
    return there < GREETING.length ? 0 : GREETING.length;
  }

  #tooLong(dir: Direction, queue: ByteQueue): true {
    const reason = `Line is longer than ${LINE_BYTES_MAX} bytes`;
    return this.#invalid(dir, new CodecError("limit", reason, { offset: queue.offset }));
  }

  #invalid(dir: Direction, error: CodecError): true {
    this.#emit(dir, "invalid", this.#queues[dir].length, { value: null, error });
    return true;
  }

  /** Takes bytes as a text, without `skip` bytes before and `cut` bytes behind it. */
  #text(
    dir: Direction,
    part: MessagePart,
    length: number,
    { skip = 0, cut = 0, elided }: { skip?: number; cut?: number; elided?: number } = {},
  ): string {
    const { bytes, start, offset } = this.#queues[dir];
    const text = readText(bytes, start + skip, start + length - cut);
    if (text === undefined) {
      const error = new CodecError("utf8", "Text is not valid UTF-8", { offset: offset + skip });
      this.#emit(dir, "invalid", length, { value: null, error });
      return "";
    }
    this.#emit(dir, part, length, { value: { text }, ...(elided !== undefined && { elided }) });
    return text;
  }

  #emit(
    dir: Direction,
    part: MessagePart,
    length: number,
    rest: Pick<SessionMessage, "value" | "error" | "elided">,
  ): void {
    const queue = this.#queues[dir];
    const start = queue.offset;
    queue.drop(length);
    this.#messages.push({ dir, command: "shell", part, start, end: start + length, ...rest });
  }
}

/** The length of the next line with its newline, or -1; a line that goes on beyond the limit is as long as it is. */
function lineLength({ bytes, start, end }: ByteQueue): number {
  const at = bytes.subarray(start, end).indexOf(NEWLINE);
  if (at >= 0) return at + 1;
  return end - start > LINE_BYTES_MAX ? end - start : -1;
}
