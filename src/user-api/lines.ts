/**
 * Messages that are lines, as on unix sockets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

const NEWLINE = 0x0a;

/** Calls back with the bytes of each line; once, and then never again, when one is too long. */
export function onLines(
  socket: Socket,
  bytesMax: number,
  onLine: (line: Uint8Array) => void,
  onTooLong: () => void,
): void {
  let pieces: Buffer[] = [];
  let length = 0;
  let isOver = false;
  const isTaken = (piece: Buffer): boolean => {
    length += piece.length;
    if (length > bytesMax) return false;
    pieces.push(piece);
    return true;
  };
  socket.on("data", (chunk: Buffer) => {
    for (let from = 0, end = 0; !isOver && end !== -1; from = end + 1) {
      end = chunk.indexOf(NEWLINE, from);
      if (!isTaken(chunk.subarray(from, end === -1 ? chunk.length : end))) {
        isOver = true;
        pieces = [];
        return onTooLong();
      }
      if (end === -1) return;
      const line = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      [pieces, length] = [[], 0];
      onLine(line);
    }
  });
}
