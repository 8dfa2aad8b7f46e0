/**
 * What becomes of contacts that want to be in a table, and which of those that are in it are looked for.
 *
 * @module
 */

import type { Words } from "./words.ts";

/** What became of a contact that answered. */
export type Admission =
  /** It is in the table now. */
  | "added"
  /** It was, and has been seen now. */
  | "known"
  /** Its id is in the table, with another address. */
  | "moved"
  /** Its address is in the table, with another id. */
  | "renamed"
  /** Its bucket is full. */
  | "full"
  /** There are enough contacts of its network. */
  | "crowded"
  /** It has the own id. */
  | "own";

/** Which contacts `RoutingTable.closest` leaves out. */
export interface LeaveOut {
  readonly id?: Words | undefined;
  readonly address?: string | undefined;
  /** Whether those that left the last request without an answer are left out. */
  readonly struck?: boolean | undefined;
}
