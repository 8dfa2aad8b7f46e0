/**
 * Resolves and displays peer names.
 *
 * @module
 */

import type { Peer, Summary } from "../../../codec/protocols/warpdrive/mod.ts";
import { type Host, HostError } from "../../host/mod.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";
import type { WarpdriveNode } from "./warpdrive-node.ts";

/** An id may be shortened to this length. */
const PREFIX_MIN = 4;
/** How much of an id is shown, if that is unique. */
const SHOWN_MIN = 8;

/** The peers that a node knows, by name and by offers. */
export class PeerNames {
  readonly #host: Host;
  readonly #node: WarpdriveNode;
  #peers: readonly Peer[] = [];
  #ids: ReadonlySet<string> = new Set();

  constructor(host: Host, node: WarpdriveNode) {
    this.#host = host;
    this.#node = node;
  }

  /** Asks the node who there is. Offers that are listed anyway need not be asked for again. */
  async load(offers?: readonly Summary[]): Promise<void> {
    this.#peers = await this.#node.peers();
    const listed = offers ?? await this.#node.offers("all");
    this.#ids = new Set([...this.#peers.map(({ Id }) => Id), ...listed.map(({ Peer }) => Peer)]);
  }

  /** Whether a peer was there when the node was asked. */
  knows(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The ids of all. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** The peers with a name or a rule. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /**
   * Whose id a text is: an id, an alias, a name that the node has for somebody, or the only id or alias that begins so.
   *
   * @throws WarpdriveError `unknown-peer`, `ambiguous`
   */
  async find(text: string): Promise<string> {
    const shown = JSON.stringify(text);
    if (this.#ids.has(text)) return text;
    const named = this.#peers.filter(({ Alias }) => text !== "" && Alias === text).map(({ Id }) => Id);
    const meant = new Set(named.length > 0 ? named : this.#beginning(text));
    if (meant.size > 1) {
      throw new WarpdriveError("ambiguous", `Peer ${shown} matches ${meant.size}; use more characters`);
    }
    const [id] = meant;
    return id ?? await this.#ask(text, shown);
  }

  /**
   * Checks that nobody else has a name, so that it means one peer everywhere.
   *
   * @throws WarpdriveError `ambiguous`
   */
  checkName(name: string, id: string): void {
    const other = name === "" ? undefined : this.#peers.find(({ Id, Alias }) => Alias === name && Id !== id)?.Id;
    if (other === undefined) return;
    throw new WarpdriveError("ambiguous", `Cannot name a peer ${JSON.stringify(name)}: that is the name of ${other}`);
  }

  /** What a peer is called: its alias, or the beginning of its id; not escaped. */
  nameOf(id: string): string {
    const alias = this.#peers.find(({ Id }) => Id === id)?.Alias ?? "";
    return alias === "" ? shortened(id, this.#ids) : alias;
  }

  #beginning(text: string): string[] {
    if (text === "") return [];
    const byAlias = this.#peers.filter(({ Alias }) => Alias.startsWith(text)).map(({ Id }) => Id);
    return text.length < PREFIX_MIN ? byAlias : [...byAlias, ...[...this.#ids].filter((id) => id.startsWith(text))];
  }

  /** The node may have a name for a peer that has made no offers yet. */
  async #ask(text: string, shown: string): Promise<string> {
    try {
      return (await this.#host.connect({ peerId: text })).peerId;
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      throw new WarpdriveError("unknown-peer", `Unknown peer ${shown}`, { cause });
    }
  }
}

/** A peer of the book for programs. */
export function peerJson(
  { Id, Alias, Mod }: Peer,
): { readonly identity: string; readonly name: string; readonly rule: string } {
  return { identity: Id, name: Alias, rule: Mod === "" ? "ask" : Mod };
}

/**
 * The offer that is meant by an id, or by the beginning of one.
 *
 * @throws WarpdriveError `unknown-offer`, `ambiguous`
 */
export function findOffer<T extends Pick<Summary, "Id">>(offers: readonly T[], text: string): T {
  const exact = offers.filter(({ Id }) => Id === text);
  const found = exact.length > 0 || text === "" ? exact : offers.filter(({ Id }) => Id.startsWith(text));
  const shown = JSON.stringify(text);
  if (found.length === 0) throw new WarpdriveError("unknown-offer", `Unknown offer ${shown}`);
  if (found.length > 1) {
    throw new WarpdriveError("ambiguous", `Offer ${shown} matches ${found.length}; use more characters`);
  }
  return found[0];
}

/** The beginning of an id, as long as it takes to be unique, with at least eight characters. */
export function shortened(id: string, others: Iterable<string>): string {
  let length = SHOWN_MIN;
  for (const other of others) {
    if (other === id) continue;
    let same = 0;
    while (same < id.length && other[same] === id[same]) same++;
    length = Math.max(length, same + 1);
  }
  return id.slice(0, length);
}
