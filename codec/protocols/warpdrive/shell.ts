/**
 * The text that a person types on the port `wd`, and what the node prints.
 *
 * @module
 */

import { CodecError } from "../../error.ts";
import { readText } from "../../text/mod.ts";
import { ByteQueue } from "../../engine/mod.ts";
import { FILTERS } from "./commands.ts";
import type { Direction, MessagePart, SessionMessage } from "./session-message.ts";

/** What the node prints first. */
export const SHELL_GREETING = "warp> ";
const NEWLINE = 0x0a;
/** Lines are paths, ids and words; one that is longer than this is not typed by a person. */
const LINE_BYTES_MAX = 1024 * 1024;
/** Below this a byte is the length of a prompt: printed text begins with a letter, a digit or a dash. */
const TEXT_MIN = 0x20;

/** The lines that begin a subscription, if their filter is none of other words. */
const SUBSCRIPTIONS: ReadonlySet<string> = new Set(["sub", "stat"]);
/** The filters of subscriptions, by the words for them. */
export const SHELL_FILTERS: Readonly<Record<string, number>> = {
  all: FILTERS.all,
  in: FILTERS.incoming,
  out: FILTERS.outgoing,
};
/** The lines after which the node closes the connection. */
const ENDS: ReadonlySet<string> = new Set(["exit", "e"]);

/** The bytes of a direction. */
interface Text {
  readonly queue: ByteQueue;
  /** How many bytes at the front of the queue are known to have no newline. */
  searched: number;
  /** Why nothing that comes from now on means anything. */
  refusal?: CodecError;
}

/** Decodes one session on the port `wd`. */
export class ShellDecoder {
  readonly #texts: Readonly<Record<Direction, Text>> = {
    "C>S": { queue: new ByteQueue(), searched: 0 },
    "S>C": { queue: new ByteQueue(), searched: 0 },
  };
  readonly #messages: SessionMessage[] = [];
  #greeted = false;
  /**
   * Whether the next byte that is typed begins a line, ends a subscription and the session with it, or is unexpected.
   */
  #state: "line" | "subscribed" | "ended" = "line";

  /** Takes the next bytes of a direction. */
  push(dir: Direction, chunk: Uint8Array): SessionMessage[] {
    const text = this.#texts[dir];
    text.queue.push(chunk);
    while (text.queue.length > 0 && this.#step(dir, text));
    text.queue.own();
    return this.#messages.splice(0);
  }

  /** Says that a recording left out `count` bytes here; the line that they belong to ends with them. */
  elide(dir: Direction, count: number): SessionMessage[] {
    const { queue: { length }, refusal } = this.#texts[dir];
    if (refusal !== undefined) this.#emit(dir, "invalid", length, { value: null, error: refusal, elided: count });
    else this.#emit(dir, dir === "C>S" ? "line" : "output", length, { value: null, elided: count });
    return this.#messages.splice(0);
  }

  /** Says that the connection is closed. */
  finish(): SessionMessage[] {
    for (const dir of ["C>S", "S>C"] as const) {
      const { queue } = this.#texts[dir];
      if (queue.length === 0) continue;
      if (dir === "C>S" && this.#state === "subscribed") this.#text(dir, "finish", queue.length);
      else this.#refuse(dir, new CodecError("truncated", "The line is incomplete", { offset: queue.offset }));
    }
    return this.#messages.splice(0);
  }

  #step(dir: Direction, text: Text): boolean {
    if (text.refusal !== undefined) return this.#refuse(dir, text.refusal);
    return dir === "C>S" ? this.#typed(text) : this.#printed(text);
  }

  #typed(text: Text): boolean {
    const { queue } = text;
    if (this.#state === "ended") {
      return this.#refuse("C>S", new CodecError("protocol", "The session has ended", { offset: queue.offset }));
    }
    const length = lineLength(text);
    if (length < 0) return false;
    if (length > LINE_BYTES_MAX) return this.#tooLong("C>S", queue);
    if (this.#state === "subscribed") {
      this.#text("C>S", "finish", length);
      this.#state = "ended";
      return true;
    }
    this.#state = stateAfter(this.#text("C>S", "line", length, { cut: 1 }));
    return true;
  }

  #printed(text: Text): boolean {
    const { queue } = text;
    const first = queue.bytes[queue.start];
    if (this.#greeted && first < TEXT_MIN && first !== NEWLINE) return this.#prompt(queue, first);
    const greeting = this.#greetingLength(queue);
    if (greeting !== undefined) {
      if (greeting === 0) return false;
      this.#greeted = true;
      this.#text("S>C", "greeting", greeting);
      return true;
    }
    const length = lineLength(text);
    if (length < 0) return false;
    if (length > LINE_BYTES_MAX) return this.#tooLong("S>C", queue);
    this.#text("S>C", "output", length, { cut: 1 });
    return true;
  }

  #prompt(queue: ByteQueue, length: number): boolean {
    if (queue.length <= length) return false;
    // A subscription that has begun has no prompt: this one was refused.
    if (this.#state === "subscribed") this.#state = "line";
    this.#text("S>C", "prompt", length + 1, { skip: 1 });
    return true;
  }

  /** The length of a greeting that is next, 0 when that cannot be told yet, `undefined` when none stands there. */
  #greetingLength({ bytes, start, length }: ByteQueue): number | undefined {
    const there = Math.min(SHELL_GREETING.length, length);
    for (let index = 0; index < there; index++) {
      if (bytes[start + index] !== SHELL_GREETING.charCodeAt(index)) return undefined;
    }
    return there < SHELL_GREETING.length ? 0 : SHELL_GREETING.length;
  }

  #tooLong(dir: Direction, queue: ByteQueue): true {
    const reason = `Line is longer than ${LINE_BYTES_MAX} bytes`;
    return this.#refuse(dir, new CodecError("limit", reason, { offset: queue.offset }));
  }

  /** Takes all bytes that are there and all that come as invalid ones. */
  #refuse(dir: Direction, error: CodecError): true {
    const text = this.#texts[dir];
    text.refusal = error;
    this.#emit(dir, "invalid", text.queue.length, { value: null, error });
    return true;
  }

  /** Takes bytes as a text, without `skip` bytes before and `cut` bytes after it. */
  #text(
    dir: Direction,
    part: MessagePart,
    length: number,
    { skip = 0, cut = 0 }: { skip?: number; cut?: number } = {},
  ): string {
    const { bytes, start, offset } = this.#texts[dir].queue;
    const text = readText(bytes, start + skip, start + length - cut);
    if (text === undefined) {
      const error = new CodecError("utf8", "Text is not valid UTF-8", { offset: offset + skip });
      this.#emit(dir, "invalid", length, { value: null, error });
      return "";
    }
    this.#emit(dir, part, length, { value: { text } });
    return text;
  }

  #emit(
    dir: Direction,
    part: MessagePart,
    length: number,
    rest: Pick<SessionMessage, "value" | "error" | "elided">,
  ): void {
    const { queue } = this.#texts[dir];
    const start = queue.offset;
    queue.drop(length);
    this.#texts[dir].searched = 0;
    this.#messages.push({ dir, command: "shell", part, start, end: start + length, ...rest });
  }
}

/** What may be typed after a line. */
function stateAfter(line: string): "line" | "subscribed" | "ended" {
  const [first, filter] = line.split(" ");
  if (ENDS.has(first)) return "ended";
  return SUBSCRIPTIONS.has(first) && (filter === undefined || Object.hasOwn(SHELL_FILTERS, filter))
    ? "subscribed"
    : "line";
}

/** The length of the next line with its newline, or -1; a line that continues beyond the limit is as long as it is. */
function lineLength(text: Text): number {
  const { bytes, start, end } = text.queue;
  const at = bytes.subarray(start + text.searched, end).indexOf(NEWLINE);
  if (at >= 0) return text.searched + at + 1;
  text.searched = end - start;
  return end - start > LINE_BYTES_MAX ? end - start : -1;
}
