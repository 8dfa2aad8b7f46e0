/**
 * The uploads of a node: peers download what it has offered them.
 *
 * @module
 */

import type { Clock, Stream } from "../../host/mod.ts";
import type { SessionReader } from "../client/mod.ts";
import { type OnError, WarpdriveError } from "../error.ts";
import { DEFERRED_HASH, FilesError, type TransferPoint } from "../files/mod.ts";
import { fileEntry, type OfferBook, type OfferState, type StoredFile } from "../offers/mod.ts";
import { comesWith, SentHashes } from "./sent-hashes.ts";
import { movedBefore, readConfirmation, upload } from "./transfer.ts";

/** The session in which a peer downloads. */
export interface UploadSession {
  readonly stream: Stream;
  readonly reader: SessionReader;
  /** Fires when the session ends. */
  readonly signal: AbortSignal;
  /** Sends the confirmation. */
  reply(value: { readonly code: number }): Promise<void>;
}

/** The stages in which a peer may fetch an offer no more. */
const CLOSED: ReadonlySet<string> = new Set(["rejected", "cancelled"]);

interface Running {
  readonly controller: AbortController;
  readonly from: TransferPoint;
  readonly files: readonly StoredFile[];
}

/** The uploads of a node. */
export class Uploads {
  readonly #book: OfferBook;
  readonly #tell: (offer: OfferState, reason: string) => void;
  readonly #onError: OnError;
  /** What is being sent, by the key of the offer. */
  readonly #running = new Map<string, Running>();
  readonly #hashes: SentHashes;

  constructor(
    clock: Clock,
    book: OfferBook,
    tell: (offer: OfferState, reason: string) => void,
    onError: OnError,
  ) {
    this.#book = book;
    this.#tell = tell;
    this.#onError = onError;
    this.#hashes = new SentHashes(clock, (key, error) => {
      this.#running.get(key)?.controller.abort(error);
      this.#fail(key, error).catch(onError);
    });
  }

  /**
   * Sends an offer's bytes from a point on. A peer that asks again has lost its earlier connection, which is ended.
   * Resolves to `end` if that, or the end of the offer, has ended this one.
   *
   * @throws WarpdriveError `state`
   * @throws FilesError for a source that is not what it was
   * @throws HostError when the peer goes away
   */
  async serve(offer: OfferState, from: TransferPoint, session: UploadSession): Promise<void | "end"> {
    if (CLOSED.has(offer.stage)) throw new WarpdriveError("state", `The offer is ${offer.stage}`);
    const files = await this.#book.files(offer.key) ?? [];
    await session.reply({ code: 0 });
    if (from.offset < 0) throw new WarpdriveError("protocol", `Cannot send from the offset ${from.offset}`);
    const { key } = offer;
    const controller = new AbortController();
    this.#running.get(key)?.controller.abort(new WarpdriveError("state", "The peer has asked again"));
    this.#running.set(key, { controller, from, files });
    const signal = AbortSignal.any([controller.signal, session.signal]);
    try {
      const begun = { stage: "accepted", reason: "", index: from.index, progress: from.offset } as const;
      await this.#book.update(key, begun);
      this.#book.reveal(key);
      const entries = files.map(fileEntry);
      const before = movedBefore(entries);
      await upload(session.stream, entries, {
        ...{ ...from, signal },
        onHash: (hash) => this.#hashes.put(key, hash),
        onProgress: (point) => {
          const { done } = before(point);
          this.#book.progress(key, { index: point.index, progress: point.offset, done }, this.#onError);
        },
      });
      await readConfirmation(session.reader, session.signal);
      await this.completed(offer);
    } catch (error) {
      // Another request of the same peer has taken over, or somebody has ended the offer: it has its stage already.
      if (controller.signal.aborted) return "end";
      await this.#fail(key, error);
      throw error;
    } finally {
      if (this.#running.get(key)?.controller === controller) this.#running.delete(key);
    }
  }

  /**
   * The deferred hash of a file of an offer; `null` when it takes a while.
   *
   * @throws WarpdriveError `state`, `protocol` for a file whose hash is in the offer
   * @throws FilesError for a source that is not what it was
   */
  async hash({ key, stage }: OfferState, index: number, signal: AbortSignal): Promise<string | null> {
    if (CLOSED.has(stage)) throw new WarpdriveError("state", `The offer is ${stage}`);
    const made = this.#hashes.get(key, index);
    if (made !== undefined) return made;
    const running = this.#running.get(key);
    const file = (running?.files ?? await this.#book.files(key) ?? [])[index];
    if (file?.Sha256 !== DEFERRED_HASH) {
      throw new WarpdriveError("protocol", `There is no hash of the entry ${index}`);
    }
    signal.throwIfAborted();
    if (running === undefined || !comesWith(running.from, index)) void this.#hashes.make(key, index, fileEntry(file));
    return await this.#hashes.waitFor(key, index, signal);
  }

  /** Notes that a peer has everything of an offer. */
  async completed({ key, count, bytes }: OfferState): Promise<void> {
    this.#hashes.end(key);
    await this.#book.update(key, { stage: "completed", reason: "", index: count, progress: 0, done: bytes });
  }

  /** Ends what is being sent of an offer. */
  end(key: string, why: string): void {
    this.#running.get(key)?.controller.abort(new WarpdriveError("state", why));
    this.#hashes.end(key);
  }

  /** Ends the hashing that runs beside the sessions. */
  async stop(): Promise<void> {
    await this.#hashes.stop();
  }

  async #fail(key: string, error: unknown): Promise<void> {
    // The peer has said elsewhere that it has everything: only the connection was lost.
    if (this.#book.get(key)?.stage === "completed") return;
    const ours = error instanceof FilesError && error.code !== "aborted";
    await this.#book.update(key, { stage: "failed", reason: ours ? error.code : "interrupted" });
    const offer = this.#book.get(key);
    // The peer cannot see on its stream that asking again is useless.
    if (ours && offer !== undefined) this.#tell(offer, error.index < 0 ? error.code : `${error.code}-${error.index}`);
  }
}
