/**
 * What must hold for any input: all ways of decoding and encoding agree.
 *
 * @module
 */

export { checkGenerated, type GeneratedFunctions } from "./check-generated.ts";
export { checkInput, checkValue, hashOf } from "./check-input.ts";
export { checkCuts } from "./check-stream.ts";
export { partsOf } from "./cost.ts";
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
