/**
 * Answers that were sent, for callers that did not get them and ask again.
 *
 * @module
 */

import { datagramType, ID_BYTES } from "../../codec/protocols/storj/mod.ts";
import { idWord } from "./pending.ts";

/** Answers are forgotten in this many steps, so that one is kept longer than it must by a third at most. */
const GENERATIONS = 4;
/** What it takes to keep an answer, beside its bytes. */
const ANSWER_COST_BYTES = 192;
/** Memory shared by kept answers. */
const SLAB_BYTES = 16 * 1024;
/** Larger answers get memory of their own. */
const SHARED_BYTES_MAX = 2048;

/** The answers of one step of time: so many of the map that holds all. */
interface Generation {
  readonly sinceMs: number;
  count: number;
  bytes: number;
}

/** Answers by caller and message id, for a time and within a number of bytes. */
export class AnswersSent {
  readonly #bytesMax: number;
  readonly #keepMs: number;
  /** The newest first. */
  #generations: Generation[] = [];
  /** Those of all generations, the oldest first: every request is looked up here. */
  readonly #answers = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number, keepMs: number) {
    this.#bytesMax = bytesMax;
    this.#keepMs = keepMs;
  }

  /** The answer to a request, if it was answered; the request has its header at least. */
  find(source: number, request: Uint8Array): Uint8Array | null {
    const answer = this.#answers.get(keyOf(source, request));
    return answer !== undefined && belongs(answer, request) ? answer : null;
  }

  /** Whether an answer can be kept without dropping one before its time. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes + ANSWER_COST_BYTES <= this.#bytesMax;
  }

  /** Keeps an answer, or rather not if there is no room for it even without those of earlier steps. */
  keep(nowMs: number, source: number, answer: Uint8Array): void {
    const cost = answer.length + ANSWER_COST_BYTES;
    while (this.#bytes + cost > this.#bytesMax) {
      if (this.#generations.length < 2) return;
      this.#dropOldest();
    }
    const [newest] = this.#generations;
    const stepMs = this.#keepMs / (GENERATIONS - 1);
    const generation = newest !== undefined && nowMs - newest.sinceMs < stepMs ? newest : this.#begin(nowMs);
    const key = keyOf(source, answer);
    // One that takes the place of another, which is one of 2^32 or the caller's own doing, goes when that one would have.
    if (!this.#answers.has(key)) generation.count += 1;
    this.#answers.set(key, compactCopy(answer));
    generation.bytes += cost;
    this.#bytes += cost;
  }

  /** Forgets what is too old. Returns after how many milliseconds to do so again; 0 if nothing is left. */
  forget(nowMs: number): number {
    const generations = this.#generations;
    const stepMs = this.#keepMs / (GENERATIONS - 1);
    const endMs = this.#keepMs + stepMs;
    while (generations.length > 0 && nowMs - generations.at(-1)!.sinceMs >= endMs) {
      this.#dropOldest();
    }
    return generations.length === 0 ? 0 : generations.at(-1)!.sinceMs + endMs - nowMs;
  }

  #dropOldest(): void {
    const { count, bytes } = this.#generations.pop()!;
    this.#bytes -= bytes;
    let left = count;
    for (const key of this.#answers.keys()) {
      if (left-- === 0) break;
      this.#answers.delete(key);
    }
  }

  #begin(nowMs: number): Generation {
    const generation: Generation = { sinceMs: nowMs, count: 0, bytes: 0 };
    this.#generations.unshift(generation);
    return generation;
  }
}

/** Nobody but the owner of an address knows what it collides with, since the numbers of addresses are secret. */
function keyOf(source: number, datagram: Uint8Array): number {
  return idWord(datagram) ^ source;
}

/** Whether the two are of one era and have the same message id. */
function belongs(answer: Uint8Array, request: Uint8Array): boolean {
  if (datagramType(answer[0])!.era !== datagramType(request[0])!.era) return false;
  for (let index = 1; index <= ID_BYTES; index++) if (answer[index] !== request[index]) return false;
  return true;
}

let slab = new Uint8Array(0);
let used = 0;

/** A copy that shares memory only with answers kept at the same time, and not with all that was encoded since. */
function compactCopy(answer: Uint8Array): Uint8Array {
  const { length } = answer;
  if (length > SHARED_BYTES_MAX) return answer.slice();
  if (used + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const copy = slab.subarray(used, used + length);
  copy.set(answer);
  used += length;
  return copy;
}
