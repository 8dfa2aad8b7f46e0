/**
 * Limits of one message, checked before anything is allocated.
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

/**
 * Whether an error says that the stack of the runtime has ended: limits far above the default ones let values in that are
 * nested deeper than that.
 */
export function isStackOverflow(error: unknown, depth: number): boolean {
  return depth > LIMITS.depthMax && (error instanceof RangeError || (error as Error)?.name === "InternalError");
}

/**
 * The limits that hold for a call.
 *
 * @throws RangeError for a limit that is not a number from 0, which no value would exceed
 */
export function limitsOf(options: { readonly limits?: Partial<Limits> } | undefined): Limits {
  const given = options?.limits;
  if (given === undefined) return LIMITS;
  const limits = { ...LIMITS };
  for (const name of Object.keys(limits) as (keyof Limits)[]) {
    const max = limits[name] = given[name] ?? limits[name];
    if (!(max >= 0)) throw new RangeError(`Limit ${name} is ${max}, which is not a number of at least 0`);
  }
  return limits;
}
