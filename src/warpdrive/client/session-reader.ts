/**
 * What one side of a warpdrive session reads: messages, single bytes, and long lists item by item.
 *
 * @module
 */

import type { Schema } from "../../../codec/mod.ts";
import type { WaitOptions } from "../../host/mod.ts";
import { type MessageOptions, MessageReader } from "../../host/streams/mod.ts";
import { WarpdriveError } from "../error.ts";

/** The signs of a list in JSON. */
const [ARRAY_BEGIN, ARRAY_END, COMMA, NEWLINE, LETTER_N] = [0x5b, 0x5d, 0x2c, 0x0a, 0x6e];
const NULL = new TextEncoder().encode("null");
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, NEWLINE, 0x0d]);
const SPACES_MAX = 1024;

/** Reads a session. A stream that ends too early is a WarpdriveError `refused`. */
export class SessionReader extends MessageReader {
  /**
   * The items of a JSON array, one after another, and the newline that follows it; none for `null`. The time limit and
   * the largest size are those of one item.
   *
   * @throws WarpdriveError `refused` when the stream ends before the array does, `protocol` for what is not an array
   * @throws CodecError for an item that is not of the schema, and `limit`
   */
  async *items<T>(item: Schema<T>, options: MessageOptions = {}): AsyncGenerator<T, void, undefined> {
    if (await this.#symbol(options) === LETTER_N) {
      for (const letter of NULL) await this.#take(letter, options);
    } else {
      await this.#take(ARRAY_BEGIN, options);
      let next = await this.#symbol(options);
      while (next !== ARRAY_END) {
        yield await this.message(item, options);
        next = await this.#symbol(options);
        if (next !== ARRAY_END) await this.#take(COMMA, options);
      }
      await this.#take(ARRAY_END, options);
    }
    await this.#take(NEWLINE, options);
  }

  protected override cutOff(): Error {
    return new WarpdriveError("refused", "The connection was closed before the message was complete");
  }

  /**
   * The next byte that is not white space, of which there may be a little between the parts of a document; it stays.
   */
  async #symbol(options: WaitOptions): Promise<number | null> {
    for (let count = 0; count < SPACES_MAX; count++) {
      const piece = await this.peek(options);
      if (piece === null) return null;
      const [byte] = piece;
      if (!SPACES.has(byte)) return byte;
      this.skip(byte);
    }
    throw new WarpdriveError("protocol", `Cannot read a list with ${SPACES_MAX} spaces between two items`);
  }

  /** @throws WarpdriveError `refused` at the end of the stream, `protocol` for another byte */
  async #take(wanted: number, options: WaitOptions): Promise<void> {
    const byte = await this.byte(options);
    if (byte === wanted) return;
    if (byte === null) throw new WarpdriveError("refused", "The connection was closed before the list was complete");
    throw new WarpdriveError("protocol", `Cannot read a list: it has the byte ${byte} in place of ${wanted}`);
  }
}
