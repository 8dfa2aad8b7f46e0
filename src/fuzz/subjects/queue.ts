/**
 * Fuzzes the byte queue of streams and sessions.
 *
 * @module
 */

import { arbitraryBytes } from "../../../codec/arbitrary/mod.ts";
import { ByteQueue } from "../../../codec/engine/mod.ts";
import { joined } from "../break.ts";
import { expect, sameBytes } from "../checks/mod.ts";
import type { Subject } from "./subject.ts";

const OPERATIONS_MAX = 60;
const SAMPLES = 8;
/** Room that a queue may have besides twice what it holds. */
const SPARE_BYTES_MAX = 256;

/** Each byte of an input is an operation: the two highest bits say which, the others how many bytes. */
export const byteQueue: Subject = {
  name: "byte-queue",
  *inputs(choose) {
    for (let left = SAMPLES; left > 0; left--) yield arbitraryBytes(choose, choose(OPERATIONS_MAX));
  },
  check(input) {
    const queue = new ByteQueue();
    let held: Uint8Array = new Uint8Array(0);
    let next = 0;
    let dropped = 0;
    /** The largest the queue has been since it was empty: room is given back when everything was taken. */
    let most = 0;
    for (const operation of input) {
      const count = operation & 0x3f;
      if (operation < 0x80) {
        // The first half of the operations are pushes, in larger pieces the higher they are.
        const chunk = Uint8Array.from({ length: operation < 0x40 ? count : 20 * count }, () => next++);
        most = held.length === 0 ? chunk.length : Math.max(most, held.length + chunk.length);
        queue.push(chunk);
        held = joined(held, chunk);
        queue.own();
        chunk.fill(0xdb);
      } else if (operation < 0xc0) {
        const taken = Math.min(count, held.length);
        queue.drop(taken);
        dropped += taken;
        held = held.slice(taken);
      } else {
        queue.own();
      }
      const { bytes, start, end, offset } = queue;
      expect(sameBytes(bytes.subarray(start, end), held), "queue: holds other bytes than it was given");
      expect(offset === dropped, "queue: offset");
      expect(bytes.length <= 2 * most + SPARE_BYTES_MAX, "queue: keeps too much room", () => `${bytes.length} bytes`);
    }
    return "value";
  },
};
