/**
 * Storing a value at the k nodes nearest to its key, begun while they are still being looked for.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import { ID_BYTES } from "../../../codec/protocols/storj/mod.ts";
import type { Cancel } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { LookupOutcome, LookupStep } from "../lookup.ts";
import { VALUE_LIMITS } from "./value-limits.ts";
import { distance, isCloser, type Words, wordsOf } from "../words.ts";

/**
 * A node is stored at before the lookup has ended if no more than this part of k nodes are expected to be nearer than it.
 * With k = 20 and 8 of them, chance puts k nodes there once in four thousand times; then one node more has the value.
 */
const CERTAIN_PART = 0.4;

/** What became of a value that was put. */
export interface Stored {
  /** How many others have said that they keep it. 0 is failure, also where nobody was there to ask. */
  readonly stored: number;
  /** How many have said that they don't. */
  readonly refused: number;
}

/** What a put needs of its node. */
export interface PutParts {
  readonly k: number;
  /** The own id. */
  readonly own: Words;
  /** How many nodes there are at most, null if that is not known. */
  readonly nodesMax: number | null;
  readonly lookup: (plan: {
    readonly target: Uint8Array;
    readonly onAnswer: (contact: Contact) => boolean;
    readonly onStep: ((step: LookupStep) => void) | undefined;
    readonly settle: (outcome: LookupOutcome) => void;
  }) => Cancel;
  /** Stores at another node; its answer is null if there was none. */
  readonly store: (to: Contact, settle: (stored: boolean | null) => void) => Cancel;
  /** Stores here. */
  readonly storeHere: () => void;
}

/** @throws RangeError for a key that does not have 20 bytes */
export function checkKey({ length }: Uint8Array): void {
  if (length !== ID_BYTES) throw new RangeError(`Cannot use a key of ${length} bytes: it has ${ID_BYTES}`);
}

/** @throws RangeError for a value that is longer than the nodes of 2016 could read */
export function checkValue({ bytes }: Packed): void {
  const { valueBytesMax } = VALUE_LIMITS;
  if (bytes.length <= valueBytesMax) return;
  throw new RangeError(`Cannot put a value of ${bytes.length} bytes: ${valueBytesMax} is the most that all nodes read`);
}

/** Puts a value. `settle` is called once, unless it is given up. */
export function put(
  parts: PutParts,
  key: Uint8Array,
  onStep: ((step: LookupStep) => void) | undefined,
  settle: (outcome: Stored) => void,
): Cancel {
  const target = wordsOf(key);
  const cancels = new Set<Cancel>();
  const begun = new Set<Contact>();
  let [stored, refused, open] = [0, 0, 1];
  const isOver = () => {
    if (--open === 0) settle({ stored, refused });
  };
  const storeAt = (contact: Contact) => {
    if (begun.has(contact)) return;
    begun.add(contact);
    open += 1;
    const cancel = parts.store(contact, (answer) => {
      cancels.delete(cancel);
      if (answer === true) stored += 1;
      else if (answer === false) refused += 1;
      isOver();
    });
    cancels.add(cancel);
  };
  const cancelLookup = parts.lookup({
    target: key,
    onStep,
    onAnswer: (contact) => {
      if (isCertain(parts, distance(target, contact))) storeAt(contact);
      return false;
    },
    settle: ({ contacts }) => {
      cancels.delete(cancelLookup);
      if (isAmong(parts, target, contacts)) parts.storeHere();
      for (const contact of contacts) storeAt(contact);
      isOver();
    },
  });
  cancels.add(cancelLookup);
  return () => cancels.forEach((cancel) => cancel());
}

/** Whether a node at a distance is among the k nearest, as sure as can be before all of them are known. */
function isCertain({ nodesMax, k }: PutParts, distance: number): boolean {
  return nodesMax !== null && nodesMax * distance <= CERTAIN_PART * k;
}

/** Whether this node is one of the k nearest to a key, of which the others are given. */
export function isAmong({ k, own }: Pick<PutParts, "k" | "own">, key: Words, nearest: readonly Contact[]): boolean {
  return nearest.length < k || isCloser(key, own, nearest[nearest.length - 1]);
}
