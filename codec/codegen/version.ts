/**
 * The version of the program that writes source text.
 *
 * @module
 */

/** The version of warpwire, as in its package. */
export const VERSION = "0.1.0";
