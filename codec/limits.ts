/**
 * Bounds on what one message may cost, checked before anything is allocated.
 *
 * @module
 */

/** Bounds on what decoding or encoding one message may cost. */
export interface Limits {
  /** Levels of recursive schemas (`lazy`). */
  readonly depthMax: number;
  /** Elements of all arrays of the message together. */
  readonly elementsMax: number;
  /** Bytes of one string. */
  readonly stringBytesMax: number;
}

/**
 * The limits that hold unless others are given: 64 levels are deeper than any protocol here and far from the end of the
 * stack; a million elements are a few tens of megabytes; 16 MiB is the largest text that a person would call one text.
 */
export const LIMITS: Limits = Object.freeze({
  depthMax: 64,
  elementsMax: 1_000_000,
  stringBytesMax: 16 * 1024 * 1024,
});
