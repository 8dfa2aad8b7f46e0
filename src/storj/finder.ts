/**
 * Finding other nodes and what they can, and remembering it for a while.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { equalValues } from "../../codec/values.ts";
import type { WaitOptions } from "../host/mod.ts";
import { type Contact, sameContact } from "../kademlia/mod.ts";
import { withStorjErrors } from "./error.ts";
import type { Ground, Peer } from "./ground.ts";

/** How long a node that was found is not looked for again, in milliseconds. */
const FOUND_MS = 3_600_000;
/** So many are remembered. */
const FOUND_MAX = 1024;
/** A contact of the table that was heard of within this time is not asked whether it is still there. */
const FRESH_MS = 60_000;

/** Where a node was found. */
interface FoundNode {
  /** Null if it failed there: the table is not believed then either. */
  readonly contact: Contact | null;
  readonly untilMs: number;
}

/** What finding stands on. */
type FinderGround = Pick<Ground, "dht" | "host" | "wait">;

/** Finds nodes by their ids. */
export class Finder {
  readonly #ground: FinderGround;
  /** By hex id; those that were found last are last. */
  readonly #found = new Map<string, FoundNode>();

  constructor(ground: FinderGround) {
    this.#ground = ground;
  }

  /** See `Ground.find`. */
  async find(id: Uint8Array, options: WaitOptions = {}): Promise<Contact | null> {
    const name = formatHex(id);
    const cached = this.#cached(name);
    if (cached?.contact) return cached.contact;
    const fresh = cached === undefined ? this.#fresh(id) : null;
    const contact = fresh ?? await withStorjErrors(this.#ground.dht.findContact(id, options));
    if (contact !== null) this.#remember(name, contact, FOUND_MS);
    return contact;
  }

  /** See `Ground.forget`. */
  forget(contact: Contact): void {
    const name = formatHex(contact.id);
    const known = this.#cached(name)?.contact ?? this.#fresh(contact.id);
    // Meanwhile it may have been found somewhere else.
    if (known !== null && sameContact(known, contact)) this.#remember(name, null, FRESH_MS);
  }

  /** See `Ground.introduce`. */
  introduce(contact: Contact, options: WaitOptions = {}): Promise<Peer> {
    return this.#ground.wait<Peer>(
      "Asking a node what it can",
      options,
      ({ resolve }) =>
        this.#ground.dht.introduce(
          contact,
          (names, options) => resolve({ contact, options, capabilities: new Set(names) }),
        ),
    );
  }

  #cached(name: string): FoundNode | undefined {
    const found = this.#found.get(name);
    if (found === undefined || found.untilMs > this.#ground.host.clock.now()) return found;
    this.#found.delete(name);
    return undefined;
  }

  /** The contact of the table with an id, if there is no doubt about it. */
  #fresh(id: Uint8Array): Contact | null {
    const [nearest] = this.#ground.dht.closest(id, 1);
    if (nearest === undefined || !equalValues(nearest.id, id)) return null;
    const known = this.#ground.dht.contacts().find(({ contact }) => sameContact(contact, nearest));
    return known !== undefined && known.strikes === 0 && known.ageMs < FRESH_MS ? nearest : null;
  }

  #remember(name: string, contact: Contact | null, forMs: number): void {
    this.#found.delete(name);
    this.#found.set(name, { contact, untilMs: this.#ground.host.clock.now() + forMs });
    if (this.#found.size <= FOUND_MAX) return;
    for (const oldest of this.#found.keys()) return void this.#found.delete(oldest);
  }
}
