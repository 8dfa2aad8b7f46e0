/**
 * The known peers: their names, their addresses, and what is done with their offers.
 *
 * @module
 */

import { jsonArray, type JsonInfer, jsonObject, jsonOptional, jsonString } from "../../codec/json/mod.ts";
import type { Peer } from "../../codec/protocols/warpdrive/mod.ts";
import type { Namespace, Store } from "../store/mod.ts";
import { WarpdriveError } from "./error.ts";
import { EventHub } from "../event-hub.ts";

/** What becomes of a peer's offers: somebody is asked, they are accepted, or refused. Other texts are stored and ask. */
export type PeerRule = "ask" | "trust" | "block";

/** A peer. */
export interface KnownPeer {
  readonly id: string;
  /** A name for people; may be empty. */
  readonly alias: string;
  /** What the store and the protocol have: empty for "ask", `trust`, `block`, or any other text. */
  readonly mod: string;
  /** Where it can be reached; empty where it has to come by itself. */
  readonly addresses: readonly string[];
}

/** What changes of a peer; the rest stays as it was. */
export type PeerChange = Partial<Omit<KnownPeer, "id">>;

/** How many peers there may be, and how long their texts. */
const PEERS_MAX = 10_000;
const TEXT_BYTES_MAX = 255;
/** How many addresses a peer may have: as many as hosts remember. */
const ADDRESSES_MAX = 8;
/** An id may be shortened to this length. */
const ID_PREFIX_MIN = 4;

const StoredPeer = jsonObject({
  alias: jsonString,
  mod: jsonString,
  addresses: jsonOptional(jsonArray(jsonString)),
});
type StoredPeer = JsonInfer<typeof StoredPeer>;

/** The peers of a node. */
export class PeerBook {
  /** Peers that change. */
  readonly events: EventHub<KnownPeer> = new EventHub<KnownPeer>();
  readonly #store: Store;
  readonly #stored: Namespace<StoredPeer>;
  readonly #peers = new Map<string, KnownPeer>();

  constructor(store: Store) {
    this.#store = store;
    this.#stored = store.namespace({ name: "peers", version: 1, shape: StoredPeer });
  }

  /** Reads the peers. */
  async open(): Promise<void> {
    this.#peers.clear();
    for await (const [id, { alias, mod, addresses }] of this.#stored.entries()) {
      this.#peers.set(id, { id, alias, mod, addresses: addresses ?? [] });
    }
  }

  /** All peers, sorted by id. */
  list(): KnownPeer[] {
    return [...this.#peers.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  }

  /** Whether somebody gave the peer an alias or a rule. */
  knows(id: string): boolean {
    return this.#peers.has(id);
  }

  /** What is to be done with a peer's offers. */
  rule(id: string): PeerRule {
    const mod = this.#peers.get(id)?.mod;
    return mod === "trust" || mod === "block" ? mod : "ask";
  }

  /** What a peer is called, empty for none. */
  alias(id: string): string {
    return this.#peers.get(id)?.alias ?? "";
  }

  /** The id of the only peer that has exactly this alias; `null` if there is none, or more than one. */
  named(alias: string): string | null {
    const ids = alias === "" ? [] : this.list().filter((peer) => peer.alias === alias).map(({ id }) => id);
    return ids.length === 1 ? ids[0] : null;
  }

  /**
   * The id that a text means: a known id, an alias, or the only known id or alias that begins with it. Another text is
   * returned as it is: it may be the id of a peer that has no name yet.
   *
   * @param others ids that are known from elsewhere, as from offers
   * @throws WarpdriveError `ambiguous`; `unknown-peer` for no text
   */
  resolve(text: string, others: Iterable<string> = []): string {
    if (text === "") throw new WarpdriveError("unknown-peer", "Cannot find a peer without a name");
    const ids = new Set([...this.#peers.keys(), ...others]);
    if (ids.has(text)) return text;
    const named = this.list().filter(({ alias }) => alias === text).map(({ id }) => id);
    const meant = new Set(named.length > 0 ? named : this.#beginning(text, ids));
    if (meant.size > 1) {
      throw new WarpdriveError("ambiguous", `Cannot choose a peer: ${JSON.stringify(text)} matches ${meant.size}`);
    }
    const [id = text] = meant;
    return id;
  }

  /**
   * Changes a peer's alias, rule or addresses; it is stored when this resolves. A peer that is not known is added.
   *
   * @throws WarpdriveError `limit`, also for texts of more than 255 bytes and for more than 8 addresses
   */
  async update(id: string, change: PeerChange): Promise<void> {
    const { alias = "", mod = "", addresses = [] } = change;
    const texts = [id, alias, mod, ...addresses];
    if (addresses.length > ADDRESSES_MAX) {
      throw new WarpdriveError("limit", `Cannot store more than ${ADDRESSES_MAX} addresses for a peer`);
    }
    if (texts.some((text) => new TextEncoder().encode(text).length > TEXT_BYTES_MAX)) {
      throw new WarpdriveError("limit", `Cannot store a text of more than ${TEXT_BYTES_MAX} bytes for a peer`);
    }
    if (!this.#peers.has(id) && this.#peers.size >= PEERS_MAX) {
      throw new WarpdriveError("limit", `Cannot store more than ${PEERS_MAX} peers`);
    }
    const peer: KnownPeer = {
      ...this.#peers.get(id) ?? { alias: "", mod: "", addresses: [] },
      ...change,
      id,
    };
    this.#peers.set(id, peer);
    this.events.publish(id, peer);
    await this.#store.write([this.#stored.putting(id, storedPeer(peer))]);
  }

  #beginning(text: string, ids: ReadonlySet<string>): string[] {
    const byAlias = this.list().filter(({ alias }) => alias.startsWith(text)).map(({ id }) => id);
    const byId = text.length < ID_PREFIX_MIN ? [] : [...ids].filter((id) => id.startsWith(text));
    return [...byAlias, ...byId];
  }
}

/** Peers without addresses are stored as they were before there were any. */
function storedPeer({ alias, mod, addresses }: KnownPeer): StoredPeer {
  return addresses.length === 0 ? { alias, mod } : { alias, mod, addresses: [...addresses] };
}

/** A peer as a document. */
export function peerDocument({ id, alias, mod }: KnownPeer): Peer {
  return { Id: id, Alias: alias, Mod: mod };
}
