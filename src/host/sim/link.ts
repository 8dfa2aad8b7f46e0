/**
 * What a simulated network does to what is sent over it.
 *
 * @module
 */

import type { SeededRandom } from "./random.ts";

/** The properties of one direction of a link. Probabilities go from 0 to 1. */
export interface LinkModel {
  /** The time that everything needs, in milliseconds. Default 20. */
  readonly latencyMs: number;
  /**
   * The mean of what is added to the latency, exponentially distributed, ten times the mean at most. With it,
   * datagrams overtake each other now and then. Default 0.
   */
  readonly jitterMs: number;
  /** The probability that a datagram is lost. A part of a stream is sent again: it takes two latencies more. Default 0. */
  readonly loss: number;
  /** The probability that a datagram arrives twice. Default 0. */
  readonly duplicate: number;
  /** The probability that a datagram is held up by up to `reorderMs`, so that later ones overtake it. Default 0. */
  readonly reorder: number;
  /** How long a datagram is held up at most, in milliseconds. Default 50. */
  readonly reorderMs: number;
  /** What the link carries in bytes a second; what comes faster queues. Default `Infinity`. */
  readonly bytesPerSecond: number;
  /** What may queue, in bytes; datagrams that find the queue full are lost. Default 1 MiB. */
  readonly queueBytesMax: number;
  /** The largest datagram that gets through; larger ones are lost. Default 65,507 bytes. */
  readonly mtuBytes: number;
  /** Whether nothing gets through. Default false. */
  readonly down: boolean;
}

/** The link that holds unless another one is given: a short way without faults. */
export const LINK: LinkModel = Object.freeze({
  latencyMs: 20,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 50,
  bytesPerSecond: Infinity,
  queueBytesMax: 1024 * 1024,
  mtuBytes: 65507,
  down: false,
});

/** Jitter is cut off here, so that no message is late without any bound. */
const JITTER_MEANS_MAX = 10;
/** The headers of a packet of IPv4 and UDP. */
const HEADER_BYTES = 28;
const US_PER_MS = 1000;

/** A link with the default properties, some of them replaced. */
export function linkModel(changes: Partial<LinkModel>, base: LinkModel = LINK): LinkModel {
  const model = { ...base, ...changes };
  for (const name of ["loss", "duplicate", "reorder"] as const) {
    if (!(model[name] >= 0 && model[name] <= 1)) throw new RangeError(`A link cannot have a ${name} of ${model[name]}`);
  }
  for (const name of ["latencyMs", "jitterMs", "reorderMs"] as const) {
    if (!(model[name] >= 0 && model[name] < Infinity)) {
      throw new RangeError(`A link cannot have a ${name} of ${model[name]}`);
    }
  }
  if (!(model.bytesPerSecond > 0)) throw new RangeError(`A link cannot carry ${model.bytesPerSecond} bytes a second`);
  return Object.freeze(model);
}

/** One direction between two hosts: its properties, and until when it is busy. */
export class Link {
  readonly model: LinkModel;
  /** When the last byte that was given to it will have left, in microseconds. */
  #busyUntilUs = 0;

  constructor(model: LinkModel) {
    this.model = model;
  }

  /** When a datagram that is sent now arrives, in microseconds: never, once or twice. */
  datagramArrivals(bytes: number, nowUs: number, random: SeededRandom): readonly number[] {
    const { loss, duplicate, reorder, reorderMs, mtuBytes, down } = this.model;
    if (down || bytes > mtuBytes || this.#queuedBytes(nowUs) > this.model.queueBytesMax) return NEVER;
    const leavesUs = this.#leavesUs(bytes, nowUs);
    if (random.chance(loss)) return NEVER;
    const heldUpMs = random.chance(reorder) ? random.next() * reorderMs : 0;
    const arrivesUs = leavesUs + this.#travelUs(random) + Math.round(heldUpMs * US_PER_MS);
    return random.chance(duplicate) ? [arrivesUs, leavesUs + this.#travelUs(random)] : [arrivesUs];
  }

  /** When a part of a stream that is sent now arrives, if nothing is in front of it, in microseconds. */
  partArrival(bytes: number, nowUs: number, random: SeededRandom): number {
    const { loss, latencyMs } = this.model;
    const againUs = random.chance(loss) ? Math.round(2 * latencyMs * US_PER_MS) : 0;
    return this.#leavesUs(bytes, nowUs) + this.#travelUs(random) + againUs;
  }

  #travelUs(random: SeededRandom): number {
    const { latencyMs, jitterMs } = this.model;
    const extraMs = jitterMs > 0 ? Math.min(random.exponential(jitterMs), JITTER_MEANS_MAX * jitterMs) : 0;
    return Math.round((latencyMs + extraMs) * US_PER_MS);
  }

  #leavesUs(bytes: number, nowUs: number): number {
    const { bytesPerSecond } = this.model;
    if (bytesPerSecond === Infinity) return nowUs;
    const durationUs = Math.ceil((bytes + HEADER_BYTES) * 1_000_000 / bytesPerSecond);
    this.#busyUntilUs = Math.max(this.#busyUntilUs, nowUs) + durationUs;
    return this.#busyUntilUs;
  }

  #queuedBytes(nowUs: number): number {
    const { bytesPerSecond } = this.model;
    return bytesPerSecond === Infinity ? 0 : Math.max(0, this.#busyUntilUs - nowUs) * bytesPerSecond / 1_000_000;
  }
}

const NEVER: readonly number[] = Object.freeze([]);
