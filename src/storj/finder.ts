/**
 * Finding other nodes and what they can, and remembering it for a while.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { WaitOptions } from "../host/mod.ts";
import { type Contact, type LookupStep, sameContact } from "../kademlia/mod.ts";
import { withStorjErrors } from "./error.ts";
import type { Ground, Peer } from "./ground.ts";
import { Recent } from "./recent.ts";

/** How long a node that was found is not looked for again, in milliseconds. */
const FOUND_MS = 3_600_000;
/** So many are remembered. */
const FOUND_MAX = 1024;
/** A contact of the table that was heard of within this time is there, and its NAT, if it has one, is open yet. */
const FRESH_MS = 25_000;
/** What a node has called from is a way to it for so long: its NAT closes it when it is not used. */
const CALLED_MS = 25_000;

/** Asks a node that is named by others, but silent, to call; see `Relay.askToCall`. */
export type AskToCall = (named: Contact, options: WaitOptions) => Promise<Contact | null>;

/** What finding stands on. */
type FinderGround = Pick<Ground, "dht" | "host" | "wait">;

/** Finds nodes by their ids. */
export class Finder {
  readonly #ground: FinderGround;
  /** Where nodes were found, by hex id. */
  readonly #found: Recent<Contact>;
  /** Where nodes have called from. */
  readonly #called: Recent<Contact>;
  #askToCall: AskToCall | null = null;
  /** Nodes that have failed where they were known to be: the table is not believed then either. */
  readonly #failed: Recent<true>;

  constructor(ground: FinderGround) {
    const { host: { clock } } = this.#ground = ground;
    this.#found = new Recent(clock, FOUND_MAX, FOUND_MS);
    this.#called = new Recent(clock, FOUND_MAX, CALLED_MS);
    this.#failed = new Recent(clock, FOUND_MAX, FRESH_MS);
  }

  /** See `Ground.find`. */
  async find(id: Uint8Array, options: WaitOptions = {}): Promise<Contact | null> {
    const name = formatHex(id);
    const known = this.#found.get(name) ?? this.#called.get(name);
    if (known !== undefined) return known;
    const fresh = this.#failed.has(name) ? null : this.#fresh(id);
    if (fresh === null) return await this.#look(id, options);
    this.#found.set(name, fresh);
    return fresh;
  }

  /** Has nodes that are named, but silent, asked to call. */
  reachBy(ask: AskToCall): void {
    this.#askToCall = ask;
  }

  /** See `Ground.forget`. */
  forget(contact: Contact): void {
    const name = formatHex(contact.id);
    const known = this.#found.get(name) ?? this.#called.get(name) ?? this.#fresh(contact.id);
    // Meanwhile it may have been found somewhere else.
    if (known === null || !sameContact(known, contact)) return;
    this.#found.delete(name);
    this.#called.delete(name);
    this.#failed.set(name, true);
  }

  /** See `Ground.introduce`. */
  introduce(contact: Contact, options: WaitOptions = {}): Promise<Peer> {
    return this.#ground.wait<Peer>(
      "Asking a node what it can",
      options,
      ({ resolve }) =>
        this.#ground.dht.introduce(contact, (names, options) => {
          resolve({ contact, options, capabilities: new Set(names) });
        }),
    );
  }

  async #look(id: Uint8Array, options: WaitOptions): Promise<Contact | null> {
    const { dht, host: { clock } } = this.#ground;
    const endMs = clock.now() + (options.timeoutMs ?? Infinity);
    let named: Contact | null = null;
    const onProgress = ({ type, contact }: LookupStep) => {
      if ((type === "silent" || type === "late") && equalBytes(contact.id, id)) named = contact;
    };
    const found = await withStorjErrors(dht.findContact(id, { ...options, onProgress }));
    if (found !== null) this.#found.set(formatHex(id), found);
    if (found !== null || named === null || this.#askToCall === null) return found;
    const called = await this.#askToCall(named, { ...options, timeoutMs: Math.max(0, endMs - clock.now()) });
    if (called !== null) this.#called.set(formatHex(id), called);
    return called;
  }

  /** The contact of the table with an id, if there is no doubt about it. */
  #fresh(id: Uint8Array): Contact | null {
    const [nearest] = this.#ground.dht.closest(id, 1);
    if (nearest === undefined || !equalBytes(nearest.id, id)) return null;
    const known = this.#ground.dht.contacts().find(({ contact }) => sameContact(contact, nearest));
    return known !== undefined && known.strikes === 0 && known.ageMs < FRESH_MS ? nearest : null;
  }
}
