/**
 * How compiled readers and writers say that something does not fit.
 *
 * @module
 */

/** Thrown by compiled readers and writers for everything that does not fit; made once, because making errors is slow. */
export const FAIL: unique symbol = Symbol("does not fit");

/** The error for bytes or a value that the walk finds no fault with. */
export function disagreement(thrown: unknown): unknown {
  return thrown === FAIL ? new Error("The compiled codec and the plain walk disagree") : thrown;
}
