/**
 * Limits of one JSON document.
 *
 * @module
 */

/** Bounds on what reading or writing one JSON document may cost; both directions count in the same way. */
export interface JsonLimits {
  /** Bytes of the document, with the white space before it. */
  readonly bytesMax: number;
  /** Arrays and objects inside each other; at most {@link JSON_DEPTH_CEILING}. */
  readonly depthMax: number;
  /** Values and keys of the whole document together. */
  readonly countMax: number;
}

/** The deepest nesting that may be asked for: Go's encoding/json refuses more than 10,000 levels. */
export const JSON_DEPTH_CEILING = 10_000;

/**
 * The limits that hold unless others are given. An entry of a file list takes about 200 bytes and 15 values and keys:
 * bytes and count both leave room for more than 60,000 files. No document of the protocols here has more than 4 levels.
 */
export const JSON_LIMITS: JsonLimits = Object.freeze({
  bytesMax: 16 * 1024 * 1024,
  depthMax: 64,
  countMax: 1_000_000,
});

/**
 * The limits given, with the defaults for those that are not.
 *
 * @throws RangeError for a limit that is not a whole number in its range
 */
export function jsonLimits(given: Partial<JsonLimits> = {}): JsonLimits {
  const limits = { ...JSON_LIMITS, ...given };
  checkLimit("bytesMax", limits.bytesMax, Number.MAX_SAFE_INTEGER - 1);
  checkLimit("depthMax", limits.depthMax, JSON_DEPTH_CEILING);
  checkLimit("countMax", limits.countMax, Number.MAX_SAFE_INTEGER - 1);
  return limits;
}

const UNITS: Readonly<Record<keyof JsonLimits, string>> = {
  bytesMax: "bytes",
  depthMax: "levels",
  countMax: "values and keys",
};

/** What a document beyond a limit has, for an error message. */
export function moreThan(limits: JsonLimits, name: keyof JsonLimits): string {
  return `more than ${limits[name]} ${UNITS[name]}`;
}

function checkLimit(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(`Cannot use ${value} as ${name}: it must be a whole number from 0 to ${max}`);
}
