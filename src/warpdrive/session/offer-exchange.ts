/**
 * What two nodes do with an offer: one sends it, the other stores it, and each notifies the other of its end.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { type Info, RESULT_CODES } from "../../../codec/protocols/warpdrive/mod.ts";
import { equalValues } from "../../../codec/values.ts";
import type { Host, PeerInfo } from "../../host/mod.ts";
import { AbortGroup } from "../../host/connect/mod.ts";
import { type CreatedOffer, WarpdriveClient } from "../client/mod.ts";
import type { Downloads, Uploads } from "../transfers/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { type OnError, WarpdriveError } from "../error.ts";
import {
  checkEntries,
  collectFiles,
  DEFERRED_HASH_BYTES_MIN,
  FilesError,
  type FilesErrorCode,
  SKIP_REASONS,
} from "../files/mod.ts";
import {
  checkTexts,
  isEnded,
  isRunning,
  leftOutOf,
  listName,
  type OfferBook,
  offeredEntry,
  offerKey,
  type OfferState,
  parseNotTakenReason,
  sentInfo,
  storedFile,
  takeLeftOut,
  UNDELIVERED,
  withLeftOut,
} from "../offers/mod.ts";
import type { PeerBook } from "../peer-book.ts";

/** Which offers are accepted without asking: none, those of trusted peers, or those of all peers that are not blocked. */
export type AcceptPolicy = "ask" | "trusted" | "all";

/** What an exchange of offers needs. */
export interface ExchangeParts {
  readonly host: Host;
  readonly book: OfferBook;
  readonly peers: PeerBook;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  readonly accept: AcceptPolicy;
  readonly entriesMax: number;
  readonly onError: OnError;
}

/** Texts of peers that are stored: a reason is a short code. */
const REASON_FORM = /^[a-z][a-z0-9-]{0,63}$/;
/** How a sender reports a file that it cannot send: why, and the file's position in the offer. */
const SOURCE_REASON = /^(source-changed|source-missing|no-permission)-(\d{1,6})$/;
/** Failures before anything was sent. */
const UNSENT: ReadonlySet<string> = new Set(["unreachable", "unknown-protocol", "rejected", "busy", "address"]);
/** How many addresses of a peer are kept, and how long they may be: names of hosts have up to 253 characters. */
const ADDRESSES_MAX = 16;
const ADDRESS_LENGTH_MAX = 512;
/** How many peers are notified at once that offers are over; others learn it when they ask. */
const TELLING_MAX = 64;

/** The offers between this node and its peers. */
export class OfferExchange {
  readonly #parts: ExchangeParts;
  readonly #telling = new Set<Promise<void>>();
  readonly #group = new AbortGroup();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /**
   * Offers paths to a peer: collects them, stores the offer, sends it. The peer may begin to download before it answers.
   *
   * @param peerText an id, an alias, or the beginning of one
   * @throws FilesError for paths that cannot be offered
   * @throws WarpdriveError `refused` by the peer, `unknown-peer`, `ambiguous`, `limit`
   * @throws HostError for a peer that cannot be reached
   */
  send(peerText: string, paths: readonly string[], to?: PeerInfo): Promise<CreatedOffer> {
    return this.#group.run((signal) => this.#send(peerText, paths, to, signal));
  }

  /**
   * Stores what a peer offers. Resolves to the code of the answer, and what to do once that is sent.
   *
   * @throws WarpdriveError `limit`; `state` when the peer has another offer of this id
   */
  async receive(
    from: PeerInfo,
    offerId: string,
    given: readonly Info[] | null,
  ): Promise<{ readonly code: number; readonly afterwards: () => void }> {
    const { book, entriesMax, downloads, onError } = this.#parts;
    const key = offerKey(true, from.peerId, offerId);
    const { files, leftOut } = takeLeftOut(given);
    const known = book.get(key);
    if (known !== undefined) {
      // A sender that did not get the answer asks again. Another offer under the same id is refused.
      if (!equalValues(await book.files(key), files)) throw new WarpdriveError("state", "The offer is another one");
      return { code: isRunning(known) ? RESULT_CODES.accepted : RESULT_CODES.awaiting, afterwards: () => {} };
    }
    checkTexts(files ?? []);
    const [fault] = checkEntries((files ?? []).map(offeredEntry), { entriesMax });
    const accepted = fault === undefined && this.#accepts(from.peerId);
    const offer = await book.add({
      ...{ incoming: true, peer: from.peerId, id: offerId, addresses: shortAddresses(from), files, leftOut },
      name: fault === undefined ? await downloads.nameOf(listName(files ?? [])) : listName(files ?? []),
      // It is kept, so that somebody sees what came, although nothing can come of it.
      ...(fault !== undefined && { stage: "failed", reason: fault.code }),
      ...(accepted && { stage: "accepted" }),
    });
    const afterwards = () => accepted && void downloads.accept(offer).catch((error) => onError(error, from.peerId));
    return { code: accepted ? RESULT_CODES.accepted : RESULT_CODES.awaiting, afterwards };
  }

  /** A peer says that an offer is over. */
  async ended(
    peer: string,
    { offerId, receiver, reason }: { readonly offerId: string; readonly receiver: boolean; readonly reason: string },
  ): Promise<void> {
    const { book, downloads, uploads, onError } = this.#parts;
    const offer = book.get(offerKey(!receiver, peer, offerId));
    if (offer === undefined) return;
    if (receiver && offer.stage === "completed") return await this.#noteTold(offer, reason);
    if (isEnded(offer) && offer.stage !== "failed") return;
    if (receiver && reason === "completed") return await uploads.completed(offer);
    const [, code, entry] = SOURCE_REASON.exec(reason) ?? [];
    const why = code ?? (REASON_FORM.test(reason) ? reason : "unknown");
    const stage = why === "rejected" || why === "cancelled" ? why : "failed";
    if (offer.incoming) {
      const uri = entry === undefined ? undefined : (await book.files(offer.key))?.[Number(entry)]?.Uri;
      if (uri !== undefined) {
        const error = new FilesError(code as FilesErrorCode, `The sender cannot send ${JSON.stringify(uri)}`);
        // A download that was begun concerns this user, even if the sender is a stranger.
        onError(error, isRunning(offer) || offer.index >= 0 ? undefined : peer);
      }
      return await downloads.end(offer, stage, `peer-${why}`);
    }
    uploads.end(offer.key, `The peer reports: ${why}`);
    await book.update(offer.key, { stage, reason: `peer-${why}` });
  }

  /**
   * Rejects an offer that waits to be accepted, or cancels any other that is not over, and notifies the peer.
   *
   * @throws WarpdriveError `state` for one that is over
   */
  async stop(offer: OfferState): Promise<void> {
    const { book, downloads, uploads } = this.#parts;
    if (isEnded(offer) && offer.stage !== "failed") {
      throw new WarpdriveError("state", `Cannot stop an offer that is ${offer.stage}`);
    }
    const stage = offer.incoming && offer.stage === "awaiting" ? "rejected" : "cancelled";
    if (offer.incoming) {
      await downloads.end(offer, stage, stage);
    } else {
      uploads.end(offer.key, "The offer was cancelled");
      await book.update(offer.key, { stage, reason: stage });
    }
    this.tell(offer, stage);
  }

  /** Notifies a peer in the background that an offer is over. Peers of 2022 and 2023 do not understand it. */
  tell({ peer, addresses, id, incoming }: OfferState, reason: string): void {
    const { host, onError } = this.#parts;
    if (this.#telling.size >= TELLING_MAX || this.#group.aborted) return;
    const client = new WarpdriveClient({ host, peer: { peerId: peer, addresses } });
    const end = { offerId: id, receiver: incoming, reason };
    const told = this.#group.run((signal) => client.endOffer(end, { signal })).then(() => {}, (error) => {
      if (!this.#group.aborted) onError(error, peer);
    });
    this.#telling.add(told);
    told.finally(() => this.#telling.delete(told));
  }

  /** A receiver reports what it does not have of a complete offer. */
  async #noteTold(offer: OfferState, reason: string): Promise<void> {
    const { book } = this.#parts;
    const told = parseNotTakenReason(reason, offer.count, await book.files(offer.key) ?? []);
    if (told !== undefined) await book.update(offer.key, told);
  }

  /** Ends everything that is under way. */
  async stopAll(): Promise<void> {
    this.#group.abort(new WarpdriveError("stopped", "The service stops"));
    await Promise.all(this.#telling);
  }

  async #send(
    peerText: string,
    paths: readonly string[],
    to: PeerInfo | undefined,
    signal: AbortSignal,
  ): Promise<CreatedOffer> {
    const { host, book, peers, entriesMax } = this.#parts;
    if (paths.length === 0 || paths.includes("")) throw new WarpdriveError("failed", "Cannot offer an empty path");
    const known = book.list().map(({ peer }) => peer);
    const peer = to?.peerId ?? peers.resolve(peerText, [...known, host.peerId]);
    const found = await collectFiles(paths, { signal, entriesMax, deferredBytesMin: DEFERRED_HASH_BYTES_MIN });
    const { entries, skipped: [left] } = found;
    if (entries.length === 0 && left !== undefined) {
      const message = `Cannot offer anything: ${JSON.stringify(left.uri)} ${SKIP_REASONS[left.reason]}`;
      throw new FilesError("source-refused", message);
    }
    const leftOut = leftOutOf(found.skipped);
    const files = entries.map(storedFile);
    const offerId = uuid(host.random.bytes(16));
    const addresses = to?.addresses ?? this.#addressesOf(peer);
    const { key } = await book.add({ incoming: false, peer, id: offerId, addresses, files, leftOut }, true);
    try {
      const client = new WarpdriveClient({ host, peer: { peerId: peer, addresses } });
      const sent = await client.sendOffer(offerId, withLeftOut(files.map(sentInfo), leftOut), { signal });
      book.reveal(key);
      return sent;
    } catch (error) {
      // Whether a peer that did not answer has stored the offer is unknown: it may still come for it.
      if (UNSENT.has(reasonOf(error))) await book.remove(key);
      else await book.update(key, { stage: "failed", reason: UNDELIVERED });
      throw error;
    }
  }

  #accepts(peer: string): boolean {
    const { accept, peers } = this.#parts;
    return accept === "all" || (accept === "trusted" && peers.rule(peer) === "trust");
  }

  /** Where a peer said it can be found, when it last offered something. */
  #addressesOf(peer: string): readonly string[] {
    const { book, host } = this.#parts;
    if (peer === host.peerId) return host.addresses();
    return book.list(true).findLast((offer) => offer.peer === peer && offer.addresses.length > 0)?.addresses ?? [];
  }
}

/** The addresses of a peer that are kept. */
function shortAddresses({ addresses = [] }: PeerInfo): string[] {
  return addresses.filter(({ length }) => length <= ADDRESS_LENGTH_MAX).slice(0, ADDRESSES_MAX);
}

/** A random UUID, of version 4 (RFC 9562, section 5.4). */
function uuid(bytes: Uint8Array): string {
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const hex = formatHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
