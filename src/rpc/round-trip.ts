/**
 * How long a peer may take: measured for each one, and estimated for strangers from what others took lately.
 *
 * @module
 */

/** What is known of the round trips to a peer, kept by whoever knows the peer. */
export interface RoundTrip {
  /** The smoothed round trip in milliseconds (SRTT of RFC 6298). */
  readonly meanMs: number;
  /** How far round trips are from it on average, in milliseconds (RTTVAR). */
  readonly deviationMs: number;
}

/** The weight of a new round trip in the mean, and in the deviation: alpha and beta of RFC 6298, section 2. */
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
/** K of RFC 6298. */
const DEVIATIONS = 4;
/** A steady peer has hardly any deviation; it still gets twice its usual time, for its own pauses. */
const MEANS_MIN = 2;
/** Retry times in milliseconds. Below, the pauses of a program (turns, collecting garbage) look like losses. */
const RETRY_MS_MIN = 10;
/**
 * An answer is late after less, because asking somebody else is worth more than sending it again: of 200 nodes in one
 * place of which a third has just died, one get in three asks a dead one first. An answer on one machine takes 0.1 ms.
 */
const LATE_MS_MIN = 0.2;
/**
 * Where round trips are shorter, in milliseconds, most of a long one is time in which programs were busy with other things,
 * and asking somebody else costs little. So an answer is late there after twice what it takes when nothing is in its way,
 * or the usual time, and not after the longest.
 */
export const NEAR_MS = 2;
/** Above, three attempts would not fit into 5 s: they take 1 + 2 + 4 retry times. */
const RETRY_MS_MAX = 700;
/** For strangers before anything was measured: four round trips to the other side of the world. */
const FIRST_RETRY_MS = 600;
/** Strangers are retried when this part of the recent round trips was shorter. */
const STRANGER_PERCENTILE = 0.95;
/** And then after this multiple, because a percentile is not a bound; and of a few trips it says little. */
const STRANGER_FACTOR = 1.5;
const FEW_FACTOR = 3;
const FEW_TRIPS = 20;

/** Takes a round trip in, as RFC 6298, section 2 says. */
export function nextRoundTrip(known: RoundTrip | null, sampleMs: number): RoundTrip {
  if (known === null) return { meanMs: sampleMs, deviationMs: sampleMs / 2 };
  const { meanMs, deviationMs } = known;
  return {
    meanMs: meanMs + MEAN_WEIGHT * (sampleMs - meanMs),
    deviationMs: deviationMs + DEVIATION_WEIGHT * (Math.abs(sampleMs - meanMs) - deviationMs),
  };
}

/** After how many milliseconds an answer is late, so that somebody else may be asked, and a request is sent again. */
export function retryTimes(
  known: RoundTrip | null | undefined,
  recent: RecentTrips | null,
  retryMsMin = 0,
): { readonly lateMs: number; readonly retryMs: number } {
  const lateMs = Math.min(Math.max(expectedMs(known, recent), LATE_MS_MIN, retryMsMin), RETRY_MS_MAX);
  return { lateMs, retryMs: Math.max(lateMs, RETRY_MS_MIN) };
}

function expectedMs(known: RoundTrip | null | undefined, recent: RecentTrips | null): number {
  const usualMs = known ? known.meanMs : recent ? STRANGER_FACTOR * recent.percentileMs(0.5) : Infinity;
  if (usualMs < NEAR_MS) return Math.max(usualMs, known ? MEANS_MIN * (known.meanMs - known.deviationMs) : 0);
  if (known) return Math.max(known.meanMs + DEVIATIONS * known.deviationMs, MEANS_MIN * known.meanMs);
  if (recent === null) return FIRST_RETRY_MS;
  return (recent.size < FEW_TRIPS ? FEW_FACTOR : STRANGER_FACTOR) * recent.percentileMs(STRANGER_PERCENTILE);
}

/** Four buckets double the time, from 0.06 ms: the last ends at 3.4 s. As many bytes as V8 keeps inside the heap. */
const BUCKETS = 64;
const BUCKETS_PER_DOUBLING = 4;
const FIRST_BUCKET_MS = 2 ** -4;
const COUNT_MAX = 255;

/** A histogram of recent round trips in 64 bytes: when a bucket is full, all are halved, and so forget. */
export class RecentTrips {
  readonly #counts = new Uint8Array(BUCKETS);
  #total = 0;

  /** How many round trips it remembers. */
  get size(): number {
    return this.#total;
  }

  /** Takes a round trip in. */
  add(ms: number): void {
    const bucket = Math.ceil(BUCKETS_PER_DOUBLING * Math.log2(ms / FIRST_BUCKET_MS));
    const index = Math.min(Math.max(bucket, 0), BUCKETS - 1);
    if (this.#counts[index] === COUNT_MAX) this.#halve();
    this.#counts[index] += 1;
    this.#total += 1;
  }

  /** The time that a part of the round trips did not exceed, in milliseconds; 19 % too much at most. */
  percentileMs(part: number): number {
    const wanted = part * this.#total;
    let sum = 0;
    let index = 0;
    for (; index < BUCKETS - 1; index++) {
      sum += this.#counts[index];
      if (sum >= wanted) break;
    }
    return FIRST_BUCKET_MS * 2 ** (index / BUCKETS_PER_DOUBLING);
  }

  #halve(): void {
    this.#total = 0;
    for (let index = 0; index < BUCKETS; index++) {
      this.#counts[index] >>>= 1;
      this.#total += this.#counts[index];
    }
  }
}
