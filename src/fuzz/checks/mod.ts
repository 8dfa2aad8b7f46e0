/**
 * What must hold for any input: every way through a schema agrees.
 *
 * @module
 */

export { checkGenerated, type GeneratedFunctions } from "./check-generated.ts";
export { checkInput, hashOf } from "./check-input.ts";
export { checkCuts } from "./check-stream.ts";
export { checkValue } from "./check-value.ts";
export {
  attempt,
  Discrepancy,
  expect,
  expectSameOutcome,
  type Outcome,
  placeOf,
  sameBytes,
  sameValue,
  showOutcome,
} from "./outcome.ts";
