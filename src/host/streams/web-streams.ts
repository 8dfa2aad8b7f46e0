/**
 * A stream as web streams.
 *
 * @module
 */

import type { Stream } from "../host.ts";

/**
 * A web stream of what can be read. It asks for a piece only when its reader does, so nothing is read ahead, and
 * `read()` can be used again once the reader has let go of it.
 *
 * @param readPiece Reads the next piece, `null` at the end; its memory becomes the web stream's
 */
export function readableOf(
  stream: Stream,
  readPiece: () => Promise<Uint8Array | null>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await readPiece();
      if (piece === null) controller.close();
      else controller.enqueue(piece);
    },
    cancel: (reason) => stream.abort(reason),
  }, { highWaterMark: 0 });
}

/** A web stream to write with. Closing it closes the stream, both directions; aborting it aborts the stream. */
export function writableOf(stream: Stream): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      await stream.write(bytes);
    },
    close: () => stream.close(),
    abort: (reason) => stream.abort(reason),
  });
}
