/**
 * What of a node survives its end: contacts, values, its own puts, and the messages that nobody has taken.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { JsonInfer } from "../../../codec/json/mod.ts";
import type { Clock, Timer } from "../../host/mod.ts";
import type { Kademlia, KademliaSnapshot, KeepValues, StoredValue } from "../../kademlia/mod.ts";
import type { Change, Namespace, Store } from "../../store/mod.ts";
import type { StorjEvent } from "../api.ts";
import {
  ContactsDocument,
  contactsDocument,
  keptMessage,
  keptPut,
  MessageDocument,
  messageDocument,
  messageKey,
  PutDocument,
  putDocument,
  snapshotOf,
  storedValue,
  ValueDocument,
  valueDocument,
} from "./documents.ts";
import type { KeepPuts, KeptPut } from "../kept-puts.ts";
import type { InboxKeeper, KeptMessage } from "../messages/mod.ts";

/** How long a change waits for others before it is written: what a crash may cost, in milliseconds. */
const BATCH_MS = 200;
/** After a failure, the next attempt is made after twice the time, up to this. */
const BATCH_MS_MAX = 60_000;
/** Contacts come and go: they are written so often at most. */
const CONTACTS_MS = 10_000;
/** The one document of its kind. */
const ALL = "all";

/** What was there when the program began. */
export interface Restored {
  readonly contacts: KademliaSnapshot;
  readonly values: readonly StoredValue[];
  readonly puts: readonly KeptPut[];
  readonly messages: readonly (readonly [sequence: number, message: KeptMessage])[];
}

/** What a {@link Persistence} is made of. */
export interface PersistenceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly tell: (event: StorjEvent) => void;
}

/** Keeps what a node has in a store. */
export class Persistence {
  readonly #parts: PersistenceParts;
  readonly #values: Namespace<JsonInfer<typeof ValueDocument>>;
  readonly #puts: Namespace<JsonInfer<typeof PutDocument>>;
  readonly #messages: Namespace<JsonInfer<typeof MessageDocument>>;
  readonly #contacts: Namespace<JsonInfer<typeof ContactsDocument>>;
  /** Changes that are not written yet, for each document the last one. */
  #waiting = new Map<string, Change>();
  #waitMs = BATCH_MS;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #contactsTimer: Timer | null = null;
  #contactsMs = -Infinity;
  #closed = false;

  constructor(parts: PersistenceParts) {
    const { store } = this.#parts = parts;
    this.#values = store.namespace({ name: "storj-values", version: 1, shape: ValueDocument });
    this.#puts = store.namespace({ name: "storj-puts", version: 1, shape: PutDocument });
    this.#messages = store.namespace({ name: "storj-messages", version: 1, shape: MessageDocument });
    this.#contacts = store.namespace({ name: "storj-contacts", version: 1, shape: ContactsDocument });
  }

  /**
   * Reads everything. What a document of the right shape says that cannot be is left out, and told.
   *
   * @throws StoreError `version`, `closed`, `io`
   */
  async load(): Promise<Restored> {
    const nowMs = this.#parts.clock.now();
    const [contacts = { contacts: [] }] = await this.#all(this.#contacts, (_, document) => snapshotOf(document, nowMs));
    return {
      contacts,
      values: await this.#all(this.#values, storedValue),
      puts: await this.#all(this.#puts, keptPut),
      messages: await this.#all(this.#messages, keptMessage),
    };
  }

  /** For the hash table: writes which values it has. */
  readonly keepValues: KeepValues = (changes) =>
    this.#parts.store.write(changes.map(({ key, stored }) => {
      const name = formatHex(key);
      return stored === null ? this.#values.deleting(name) : this.#values.putting(name, valueDocument(stored));
    }));

  /** For the own puts. */
  readonly keepPuts: KeepPuts = (changes) =>
    this.#parts.store.write(changes.map(({ key, put }) => {
      const name = formatHex(key);
      return put === null ? this.#puts.deleting(name) : this.#puts.putting(name, putDocument(put));
    }));

  /** For messages. */
  readonly inbox: InboxKeeper = {
    added: (sequence, message) => {
      this.#change(this.#messages.putting(messageKey(sequence), messageDocument(message)));
    },
    taken: (sequences) => {
      for (const sequence of sequences) this.#change(this.#messages.deleting(messageKey(sequence)));
    },
  };

  /** Writes the contacts soon: they have changed. */
  contactsChanged(dht: Kademlia): void {
    if (this.#contactsTimer !== null || this.#closed) return;
    const { clock } = this.#parts;
    const waitMs = Math.max(BATCH_MS, this.#contactsMs + CONTACTS_MS - clock.now());
    this.#contactsTimer = clock.setTimer(waitMs, () => {
      this.#contactsTimer = null;
      this.#writeContacts(dht);
    });
  }

  /** To be called while the contacts of a node that ends are still there: writes those that have changed. */
  beforeClose(dht: Kademlia): void {
    if (this.#contactsTimer === null) return;
    this.#contactsTimer.clear();
    this.#contactsTimer = null;
    this.#writeContacts(dht);
  }

  /** Writes what is left, tries once more what has failed, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#contactsTimer?.clear();
    this.#timer?.clear();
    await this.#writing;
    await this.#write();
  }

  #writeContacts(dht: Kademlia): void {
    const now = this.#contactsMs = this.#parts.clock.now();
    const snapshot = dht.snapshot();
    // Who has nobody left will ask those that were there before.
    if (snapshot.contacts.length > 0) this.#change(this.#contacts.putting(ALL, contactsDocument(snapshot, now)));
  }

  #change(change: Change): void {
    // The last change of a document counts, in the order of last changes.
    this.#waiting.delete(change.key);
    this.#waiting.set(change.key, change);
    if (this.#writing === null && !this.#closed) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= this.#parts.clock.setTimer(this.#waitMs, () => {
      this.#timer = null;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    return this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (!this.#closed && this.#waiting.size > 0) this.#schedule();
    });
  }

  async #writeAll(): Promise<void> {
    const changes = this.#waiting;
    if (changes.size === 0) return;
    this.#waiting = new Map();
    try {
      await this.#parts.store.write([...changes.values()]);
      this.#waitMs = BATCH_MS;
    } catch (error) {
      this.#waitMs = Math.min(2 * this.#waitMs, BATCH_MS_MAX);
      this.#waiting = new Map([...changes, ...this.#waiting]);
      this.#parts.tell({ type: "not-kept", what: "messages and contacts", error });
    }
  }

  async #all<D, T>(namespace: Namespace<D>, read: (key: string, document: D) => T): Promise<T[]> {
    const all: T[] = [];
    for await (const [key, document] of namespace.entries()) {
      try {
        all.push(read(key, document));
      } catch (error) {
        this.#parts.tell({ type: "not-kept", what: `${namespace.name} "${key}"`, error });
      }
    }
    return all;
  }
}
