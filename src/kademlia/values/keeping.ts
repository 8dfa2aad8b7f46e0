/**
 * The values of a node, with what keeps them alive.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Clock, Random } from "../../host/host.ts";
import type { Contact } from "../contact.ts";
import type { RoutingTable } from "../routing-table.ts";
import type { Words } from "../words.ts";
import { type HeldValue, isStored, type StoreOrigin, type ValueLimits } from "./value-limits.ts";
import { type Admit, keyText, ValueMap, type ValueStats } from "./values.ts";
import { Handover, type HandoverStats } from "./handover.ts";
import { type KeepValues, type StoredValue, storedValue, ValueJournal } from "./journal.ts";
import type { Cancel, KeepingNode } from "./node.ts";
import { Republisher, type RepublishStats } from "./republish.ts";

/** What {@link Keeping} is made of. */
export interface KeepingParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly table: RoutingTable;
  readonly limits?: Partial<ValueLimits> | undefined;
  readonly admit?: Admit | undefined;
  /** See {@link KeepingNode.lookup}. */
  readonly lookup: KeepingNode["lookup"];
  /** See {@link KeepingNode.near}. */
  readonly near: KeepingNode["near"];
  /** See {@link KeepingNode.keep}. */
  readonly keep: KeepingNode["keep"];
  /** Gets to know what has changed, in batches. */
  readonly keepValues?: KeepValues | undefined;
  /** Called when `keepValues` has failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Figures of the values of a node. */
export interface KeepingStats {
  readonly values: ValueStats;
  readonly republish: RepublishStats;
  readonly handover: HandoverStats;
}

const NOTHING_HANDED_OVER: HandoverStats = Object.freeze({ newcomers: 0, gone: 0, stores: 0 });

/** The values of a node. */
export class Keeping implements KeepingNode {
  readonly clock: Clock;
  readonly random: Random;
  readonly table: RoutingTable;
  readonly values: ValueMap;
  readonly #parts: KeepingParts;
  readonly #republisher: Republisher;
  /** Made when first needed: most nodes of a network have nothing to hand over. */
  #handover: Handover | null = null;
  readonly #journal: ValueJournal | null;
  #isRestoring = false;

  constructor(parts: KeepingParts) {
    const { clock, random, table, limits, admit, keepValues, onFailure } = parts;
    this.#parts = parts;
    this.clock = clock;
    this.random = random;
    this.table = table;
    const onChange = keepValues === undefined
      ? undefined
      : (text: string) => void (this.#isRestoring || this.#journal?.changed(text));
    this.values = new ValueMap({ now: () => clock.now(), limits, admit, onChange });
    this.#journal = keepValues === undefined
      ? null
      : new ValueJournal({ clock, values: this.values, keep: keepValues, onFailure });
    this.#republisher = new Republisher(this);
  }

  lookup(target: Uint8Array, settle: (found: readonly Contact[]) => void): Cancel {
    return this.#parts.lookup(target, settle);
  }

  near(of: Contact, target: Words, settle: (named: readonly Contact[] | null) => void): Cancel {
    return this.#parts.near(of, target, settle);
  }

  keep(to: Contact, held: HeldValue, settle: (stored: boolean | null) => void): Cancel {
    return this.#parts.keep(to, held, settle);
  }

  /** Keeps a value for somebody; returns what to tell it. */
  store(key: Uint8Array, value: Packed, origin: StoreOrigin): boolean {
    const outcome = this.values.store(key, value, origin);
    if (outcome === "new" || outcome === "replaced") this.#republisher.arrived();
    else if (outcome === "kept" || outcome === "renewed") this.#republisher.heard();
    return isStored(outcome);
  }

  /**
   * Takes values that were kept before the program began. Those whose time is over, or for which there is no room, are
   * told to be gone.
   *
   * @returns how many there are now of them
   */
  restore(values: Iterable<StoredValue>): number {
    let count = 0;
    const lost: string[] = [];
    this.#isRestoring = true;
    for (const { key, value, firstMs, source } of values) {
      const ageMs = Math.max(0, this.clock.now() - firstMs);
      if (this.store(key, value, { source, ageMs, checked: true })) count++;
      else lost.push(keyText(key));
    }
    this.#isRestoring = false;
    for (const text of lost) this.#journal?.changed(text);
    return count;
  }

  /** All values. */
  *stored(): IterableIterator<StoredValue> {
    for (const held of this.values.entries()) yield storedValue(held);
  }

  /** To be called when a contact has come into the table: because it called, or because it was called. */
  came(contact: Contact, hasCalled: boolean): void {
    if (hasCalled && this.values.count > 0) this.#forHandover().came(contact);
  }

  /** To be called when a contact is out of the table. */
  went(contact: Contact): void {
    if (this.values.count > 0) this.#forHandover().went(contact);
  }

  /** Figures. */
  stats(): KeepingStats {
    const handover = this.#handover?.stats() ?? NOTHING_HANDED_OVER;
    return { values: this.values.stats(), republish: this.#republisher.stats(), handover };
  }

  /** Ends everything; resolves when what had changed is written. */
  async close(): Promise<void> {
    this.#republisher.close();
    this.#handover?.close();
    await this.#journal?.close();
  }

  #forHandover(): Handover {
    return this.#handover ??= new Handover(this);
  }
}
