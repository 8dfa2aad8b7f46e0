/**
 * Every candidate must produce the right bytes and the right values before its time means anything.
 *
 * @module
 */

import { difference, sameBytes } from "./equal.mjs";
import { pooledViews } from "./inputs.mjs";

const same = (value) => value;

/**
 * Checks one codec with all values. All results are made before the first is compared, so that an encoder which
 * overwrites what it handed out is found.
 *
 * @param {string} title for the error
 * @param {import("../candidates/index.mjs").FrameCodec} codec
 * @param {{ values: object[], bytes: Uint8Array[] }} expected
 * @param {"bytes" | "buffer"} [input]
 * @throws when anything differs
 */
export function checkCodec(title, codec, expected, input) {
  const { encode, decode, toNative = same, fromNative = same } = codec;
  if (encode !== undefined) {
    const encoded = expected.values.map(toNative).map((value) => encode(value));
    encoded.forEach((bytes, i) => {
      if (!(bytes instanceof Uint8Array)) {
        throw new Error(`${title} encode: not a Uint8Array`);
      }
      if (!sameBytes(bytes, expected.bytes[i])) {
        throw new Error(`${title} encode: wrong bytes for value ${i}`);
      }
    });
  }
  if (decode !== undefined) {
    const decoded = pooledViews(expected.bytes, input).map((bytes) => decode(bytes));
    decoded.forEach((value, i) => {
      const found = difference(fromNative(value), expected.values[i]);
      if (found !== undefined) {
        throw new Error(`${title} decode: value ${i} differs at ${found}`);
      }
    });
  }
}
