/**
 * What keeping values alive needs of the node around it, and how it looks at keys.
 *
 * @module
 */

import type { Clock, Random } from "../../host/host.ts";
import type { Contact } from "../contact.ts";
import type { LeaveOut } from "../admission.ts";
import type { RoutingTable } from "../routing-table.ts";
import type { HeldValue } from "./value-limits.ts";
import type { ValueMap } from "./values.ts";
import { isCloser, type Words } from "../words.ts";

/** Gives something up: what it would have called is not called any more. */
export type Cancel = () => void;

/** A node that keeps values. */
export interface KeepingNode {
  readonly clock: Clock;
  readonly random: Random;
  readonly table: RoutingTable;
  readonly values: ValueMap;
  /** Finds the k nodes nearest to a target that are alive, the nearest first; fewer if the network has fewer. */
  lookup(target: Uint8Array, settle: (found: readonly Contact[]) => void): Cancel;
  /** Asks a node for those that it knows near to a target: others than both, the nearest first; null if it is silent. */
  near(of: Contact, target: Words, settle: (named: readonly Contact[] | null) => void): Cancel;
  /**
   * Stores a value that is kept here at another node, without its life beginning anew where that can be said. `stored`
   * is what it answered, null if it didn't.
   */
  keep(to: Contact, held: HeldValue, settle: (stored: boolean | null) => void): Cancel;
}

/** The words of a key that is a text with a character for each byte. */
export function wordsOfText(text: string): Words {
  return { w0: wordAt(text, 0), w1: wordAt(text, 4), w2: wordAt(text, 8), w3: wordAt(text, 12), w4: wordAt(text, 16) };
}

function wordAt(text: string, at: number): number {
  return (text.charCodeAt(at) << 24) | (text.charCodeAt(at + 1) << 16) | (text.charCodeAt(at + 2) << 8) |
    text.charCodeAt(at + 3);
}

/** Contacts that were silent lately count as gone: if they are not, that costs a store too many. */
export const ALIVE: LeaveOut = Object.freeze({ struck: true });

/** Whether a node is among the k nearest to a key, as far as its table says. */
export function belongs(table: RoutingTable, key: Words): boolean {
  const nearest = table.closest(key, table.k, ALIVE);
  return nearest.length < table.k || isCloser(key, table.own, nearest[nearest.length - 1]);
}
