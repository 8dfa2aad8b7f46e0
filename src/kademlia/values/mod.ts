/**
 * The values of the hash table: which a node keeps, how they are stored at others, and what keeps them alive.
 *
 * @module
 */

export type { HandoverStats } from "./handover.ts";
export type { KeepValues, StoredValue, ValueChange } from "./journal.ts";
export { Keeping, type KeepingStats } from "./keeping.ts";
export { type PutEntry, putMany, type PutManyParts, type PutOutcome } from "./put-many.ts";
export { checkValue, put, type PutParts, type Stored } from "./put.ts";
export type { RepublishStats } from "./republish.ts";
export { type HeldValue, type StoreOrigin, VALUE_LIMITS, type ValueLimits } from "./value-limits.ts";
export { type Admit, keyOf, keyText, sameBytes, sourceOf, type ValueStats } from "./values.ts";
