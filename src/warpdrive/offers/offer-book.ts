/**
 * All offers of a node: in memory without their entries, in the store with them.
 *
 * @module
 */

import { jsonArray, jsonString } from "../../../codec/json/mod.ts";
import { FILES_LIMITS } from "../../../codec/protocols/warpdrive/mod.ts";
import type { Clock, Timer } from "../../host/mod.ts";
import type { Change, Namespace, Store } from "../../store/mod.ts";
import { type OnError, WarpdriveError } from "../error.ts";
import { EventHub } from "../../event-hub.ts";
import { type IsStranger, makeRoom, type OfferLimits } from "./offer-room.ts";
import { listName } from "./offer-texts.ts";
import { fromStored, isEnded, isRunning, offerKey, type OfferState, StoredOffer, toStored } from "./offer.ts";
import { StoredFile } from "./offered-file.ts";

/** Something that happened to an offer. */
export interface OfferEvent {
  readonly kind: "added" | "changed" | "removed";
  readonly offer: OfferState;
}

/** An offer as it comes in or is made. */
export interface NewOffer {
  readonly incoming: boolean;
  readonly peer: string;
  readonly id: string;
  readonly addresses: readonly string[];
  /** `null` as Go writes no entries at all. */
  readonly files: readonly StoredFile[] | null;
  /** What it is called here; by default what it is called in its entries. */
  readonly name?: string;
  /** What its sender left out. */
  readonly leftOut?: OfferState["leftOut"];
  readonly stage?: OfferState["stage"];
  readonly reason?: string;
}

/** What can change of an offer. */
export type OfferChange = Partial<
  Pick<
    OfferState,
    "stage" | "index" | "progress" | "done" | "reason" | "addresses" | "name" | "offeredName" | "kept" | "notTaken"
  >
>;

/** The progress of an offer is published and stored at most this often. */
const PROGRESS_MS_MIN = 1000;
/** An id may be shortened to this many characters where it is typed. */
const ID_PREFIX_MIN = 4;

/** How keys begin, see `offerKey`. */
const KEY_FORM = /^(in|out) \d+ /;

/** The reason of an offer whose peer did not answer; it stays hidden unless the peer comes for it. */
export const UNDELIVERED = "undelivered";

/** The offers of a node. */
export class OfferBook {
  /** What happens to offers: a new one stays new until a subscriber has seen it. */
  readonly events: EventHub<OfferEvent> = new EventHub<OfferEvent>((waiting, newer) =>
    waiting.kind !== "added" ? newer : newer.kind === "removed" ? undefined : { kind: "added", offer: newer.offer }
  );
  /** Called with started offers that were evicted, and their entries: partial files may be left. */
  onDropped: ((offer: OfferState, files: readonly StoredFile[]) => void) | null = null;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #limits: OfferLimits;
  readonly #isStranger: IsStranger;
  readonly #states: Namespace<ReturnType<typeof toStored>>;
  readonly #files: Namespace<StoredFile[] | null>;
  readonly #targets: Namespace<string[] | null>;
  readonly #offers = new Map<string, OfferState>();
  /** Offers of this node that their peers have not got, as far as is known: they can be downloaded, but do not show. */
  readonly #hidden = new Set<string>();
  readonly #toldMs = new Map<string, number>();
  /** Progress that is published when its second is over. */
  readonly #untold = new Map<string, Timer>();
  /** The entries of the offer that was added last, if it was accepted at once: its download is about to ask for them. */
  #fresh: { readonly key: string; readonly files: StoredFile[] | null } | null = null;

  /** `isStranger` returns whether nobody has named a peer: offers of strangers take no room from others. */
  constructor(store: Store, clock: Clock, limits: OfferLimits, isStranger: IsStranger = () => false) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
    this.#isStranger = isStranger;
    this.#states = store.namespace({ name: "offers", version: 1, shape: StoredOffer });
    this.#files = store.namespace({
      name: "offer-files",
      version: 1,
      shape: jsonArray(StoredFile),
      limits: { ...FILES_LIMITS, bytesMax: 2 * FILES_LIMITS.bytesMax! },
    });
    this.#targets = store.namespace({
      name: "offer-targets",
      version: 1,
      shape: jsonArray(jsonString),
      limits: FILES_LIMITS,
    });
  }

  /** Reads the offers. What was on its way to a peer when the program ended has failed; the peer may resume it. */
  async open(): Promise<void> {
    this.#offers.clear();
    this.#hidden.clear();
    const interrupted: OfferState[] = [];
    for await (const [, stored] of this.#states.entries()) {
      const offer = fromStored(stored);
      this.#offers.set(offer.key, offer);
      if (!offer.incoming && isRunning(offer)) interrupted.push(offer);
      if (!offer.incoming && offer.reason === UNDELIVERED) this.#hidden.add(offer.key);
    }
    for (const { key } of interrupted) await this.update(key, { stage: "failed", reason: "interrupted" });
  }

  /** Offers of one direction or, without one, the incoming ones first; each sorted by the time they were made. */
  list(incoming?: boolean): OfferState[] {
    const shown = [...this.#offers.values()].filter(({ key }) => !this.#hidden.has(key));
    const of = (direction: boolean) =>
      shown.filter((offer) => offer.incoming === direction).sort((a, b) => a.createMs - b.createMs);
    return incoming === undefined ? [...of(true), ...of(false)] : of(incoming);
  }

  /** The offer of a key, if there is one. */
  get(key: string): OfferState | undefined {
    return this.#offers.get(key);
  }

  /**
   * The offer of a key or, where it is the only one of a direction, of an id. What looks like a key is never taken for an
   * id: a peer chooses the ids of its offers, and could choose the key of another one.
   *
   * @throws WarpdriveError `unknown-offer`, `ambiguous`
   */
  known(text: string, incoming?: boolean): OfferState {
    const offer = this.#offers.get(text);
    if (offer !== undefined) return offer;
    const shown = JSON.stringify(text);
    const found = KEY_FORM.test(text) ? [] : this.list(incoming).filter(({ id }) => id === text);
    if (found.length === 1) return found[0];
    if (found.length === 0) throw new WarpdriveError("unknown-offer", `Cannot find the offer ${shown}`);
    const many = `${found.length} offers have the id ${shown}`;
    throw new WarpdriveError("ambiguous", `Cannot choose an offer: ${many}; its property "key" names one of them`);
  }

  /**
   * The offer that is meant by an id, or by the beginning of one, and a peer if one is given.
   *
   * @throws WarpdriveError `unknown-offer`, `ambiguous`
   */
  find(incoming: boolean, id: string, peer?: string): OfferState {
    const candidates = this.list(incoming).filter((offer) => peer === undefined || offer.peer === peer);
    const exact = candidates.filter((offer) => offer.id === id);
    const found = exact.length > 0 || id.length < ID_PREFIX_MIN
      ? exact
      : candidates.filter((offer) => offer.id.startsWith(id));
    if (found.length === 1) return found[0];
    const text = JSON.stringify(id);
    if (found.length === 0) throw new WarpdriveError("unknown-offer", `Cannot find an offer with the id ${text}`);
    throw new WarpdriveError("ambiguous", `Cannot choose an offer: ${found.length} have the id ${text}`);
  }

  /** The entries of an offer; `null` if they were never made, or the offer is gone. */
  async files(key: string): Promise<StoredFile[] | null> {
    if (this.#fresh?.key === key) {
      const { files } = this.#fresh;
      this.#fresh = null;
      return files;
    }
    return await this.#files.get(key) ?? null;
  }

  /** Where the entries of a completed offer went; `null` of others. */
  async targets(key: string): Promise<string[] | null> {
    return await this.#targets.get(key) ?? null;
  }

  /**
   * Adds an offer, which is stored when this resolves.
   *
   * @param hidden whether it does not show before {@link reveal}
   * @throws WarpdriveError `limit`, `state` when there is one of its key
   */
  async add(offer: NewOffer, hidden = false): Promise<OfferState> {
    const { incoming, peer, id, addresses, stage = "awaiting", reason = "" } = offer;
    const files = offer.files ?? [];
    const key = offerKey(incoming, peer, id);
    if (this.#offers.has(key)) throw new WarpdriveError("state", `Cannot add the offer ${JSON.stringify(id)} twice`);
    const nowMs = this.#nowMs();
    const offeredName = listName(files);
    const { name = offeredName } = offer;
    const list = this.#files.putting(key, offer.files && [...files]);
    const state: OfferState = {
      ...{ key, id, peer, incoming, stage, reason, addresses, index: -1, progress: 0, done: 0 },
      ...{ createMs: nowMs, updateMs: nowMs, count: files.length, name },
      ...(name !== offeredName && { offeredName }),
      bytes: files.reduce((sum, { Size, IsDir }) => sum + (IsDir ? 0 : Size), 0),
      ...(offer.leftOut !== undefined && { leftOut: offer.leftOut }),
      listBytes: list.type === "put" ? new TextEncoder().encode(list.value).length : 0,
    };
    const removed = makeRoom(state, [...this.#offers.values()], this.#limits, this.#isStranger);
    const changes = [this.#states.putting(key, toStored(state)), list];
    this.#offers.set(key, state);
    if (hidden) this.#hidden.add(key);
    const dropping = removed.flatMap((one) => this.#drop(one));
    const begun = removed.filter(mayHaveParts);
    try {
      // A damaged list no longer shows what is left.
      const lists = await Promise.all(begun.map(({ key }) => this.#files.get(key).catch(() => null)));
      await this.#store.write([...dropping, ...changes]);
      begun.forEach((one, position) => this.onDropped?.(one, lists[position] ?? []));
    } catch (error) {
      this.#forget(state);
      throw error;
    }
    this.#fresh = stage === "accepted" ? { key, files: offer.files && [...files] } : null;
    if (!hidden) this.events.publish(key, { kind: "added", offer: this.#offers.get(key) ?? state });
    return state;
  }

  /** Shows an offer that was added hidden. */
  reveal(key: string): void {
    const offer = this.#offers.get(key);
    if (this.#hidden.delete(key) && offer !== undefined) this.events.publish(key, { kind: "added", offer });
  }

  /** Removes an offer. */
  async remove(key: string): Promise<void> {
    const offer = this.#offers.get(key);
    if (offer !== undefined) await this.#store.write(this.#drop(offer));
  }

  /** Changes an offer. Subscribers know it at once; it is stored when this resolves. Does nothing if the offer is gone. */
  async update(key: string, change: OfferChange, targets?: readonly string[]): Promise<void> {
    const before = this.#offers.get(key);
    if (before === undefined) return;
    const offer: OfferState = { ...before, ...change, updateMs: this.#nowMs() };
    this.#offers.set(key, offer);
    this.#toldMs.set(key, offer.updateMs);
    this.#tellNoMore(key);
    if (isEnded(offer)) this.#toldMs.delete(key);
    if (!this.#hidden.has(key)) this.events.publish(key, { kind: "changed", offer });
    const changes: Change[] = [this.#states.putting(key, toStored(offer))];
    if (targets !== undefined) changes.push(this.#targets.putting(key, [...targets]));
    await this.#store.write(changes);
  }

  /**
   * Takes note of progress: in memory at once, for subscribers and in the store at most once a second.
   *
   * @param onError called when it cannot be stored
   */
  progress(
    key: string,
    { index, progress, done }: Required<Pick<OfferState, "index" | "progress" | "done">>,
    onError: OnError,
  ): void {
    const before = this.#offers.get(key);
    if (before === undefined || isEnded(before)) return;
    const change = { stage: "updated", index, progress, done, reason: "" } as const;
    this.#offers.set(key, { ...before, ...change });
    if (this.#untold.has(key)) return;
    const tell = () => void this.update(key, {}).catch(onError);
    const waitMs = (this.#toldMs.get(key) ?? 0) + PROGRESS_MS_MIN - this.#nowMs();
    if (waitMs <= 0) tell();
    else this.#untold.set(key, this.#clock.setTimer(waitMs, tell));
  }

  /** Clears all timers; what they would have published is in memory. */
  close(): void {
    for (const key of [...this.#untold.keys()]) this.#tellNoMore(key);
  }

  #tellNoMore(key: string): void {
    this.#untold.get(key)?.clear();
    this.#untold.delete(key);
  }

  /** Takes an offer out of memory, and gives the changes that take it out of the store. */
  #drop(offer: OfferState): Change[] {
    const { key } = offer;
    const hidden = this.#hidden.has(key);
    this.#forget(offer);
    if (!hidden) this.events.publish(key, { kind: "removed", offer });
    return [this.#states.deleting(key), this.#files.deleting(key), this.#targets.deleting(key)];
  }

  #forget({ key }: OfferState): void {
    if (this.#fresh?.key === key) this.#fresh = null;
    this.#hidden.delete(key);
    this.#toldMs.delete(key);
    this.#tellNoMore(key);
    this.#offers.delete(key);
  }

  #nowMs(): number {
    return Math.floor(this.#clock.now());
  }
}

/** Whether partial files of an offer may be on disk although it is over. */
function mayHaveParts({ incoming, stage, index }: OfferState): boolean {
  return incoming && stage === "failed" && index >= 0;
}
