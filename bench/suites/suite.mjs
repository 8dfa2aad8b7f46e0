/**
 * What a suite of measurements is, apart from the frames: rows of programs that do the same, columns of what they do.
 *
 * @module
 */

import { difference } from "../harness/equal.mjs";

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} version empty for code of our own and of the runtime
 * @property {string} note what one should know to read the row
 */

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} about what one call does
 * @property {number} bytes encoded bytes that one call reads or writes, on average
 * @property {number} [messages] messages in one call; times are given for one of them
 * @property {string} [baseline] the row that ratios are relative to, where it is not the first one
 */

/**
 * @typedef {object} SuiteCase
 * @property {string} row
 * @property {string} column
 * @property {(input: unknown) => unknown} run
 * @property {unknown[]} inputs as many as a power of two
 * @property {(results: unknown[]) => void} check throws unless the results of all inputs are right
 */

/**
 * @typedef {object} Suite
 * @property {string} title
 * @property {Row[]} rows the first is what the ratios are relative to
 * @property {Column[]} columns
 * @property {number} [roundsMax] the most rounds that make sense, where one takes long
 * @property {SuiteCase[]} cases
 * @property {() => void} warm runs what is measured on other data, so that the engine knows it as a program's shared part
 */

/** Names of the suites, which are the files beside this one. */
export const suiteNames = ["stream", "session", "json", "msgpack"];

/**
 * Loads a suite.
 *
 * @param {string} name
 * @returns {Promise<Suite>}
 */
export async function loadSuite(name) {
  return (await import(`./${name}.mjs`)).default;
}

/**
 * A check that results equal what is expected, one by one.
 *
 * @param {string} title for the error
 * @param {unknown[]} expected
 * @param {(result: unknown) => unknown} [comparable] the result in the shape that is expected
 */
export function equalTo(title, expected, comparable = (result) => result) {
  return (results) => {
    results.forEach((result, i) => {
      const found = difference(comparable(result), expected[i]);
      if (found !== undefined) {
        throw new Error(`${title}: result ${i} differs at ${found}`);
      }
    });
  };
}

/** The average length of byte strings. */
export function averageBytes(list) {
  return list.reduce((sum, bytes) => sum + bytes.length, 0) / list.length;
}
