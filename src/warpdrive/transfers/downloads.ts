/**
 * The downloads of a node: some at once, the others in a queue, each retried until it is complete or hopeless.
 *
 * @module
 */

import type { Host } from "../../host/mod.ts";
import type { DownloadFolder } from "./download-folder.ts";
import { reasonOf } from "../../coded-error.ts";
import { type OnError, WarpdriveError } from "../error.ts";
import {
  clearReceive,
  type CollisionPolicy,
  hasJournals,
  planReceive,
  type ReceivePlan,
  rootNames,
} from "../files/mod.ts";
import {
  isEnded,
  isRunning,
  listName,
  notTakenOf,
  notTakenReasons,
  type OfferBook,
  type OfferChange,
  offeredEntry,
  type OfferState,
  type StoredFile,
} from "../offers/mod.ts";
import { retryDownload } from "./retry.ts";
import { Semaphore } from "./semaphore.ts";
import { OfferSender } from "./sender.ts";
import { download } from "./transfer.ts";

/** What downloads need. */
export interface DownloadOptions {
  readonly host: Host;
  readonly book: OfferBook;
  /** The folder into which files go. */
  readonly folder: DownloadFolder;
  readonly onCollision: CollisionPolicy;
  /** How many downloads there are at once. */
  readonly transfersMax: number;
  /** Notifies a peer why an offer is over. */
  readonly tell: (offer: OfferState, reason: string) => void;
  /** Called with failures that nobody waits for. */
  readonly onError: OnError;
}

/** How long one look at the names of the download folder is enough for people. */
const NAMES_MS_MAX = 500;

/** The stages in which nothing of a download is left on disk but what is complete. */
const CLEARED: ReadonlySet<string> = new Set(["completed", "rejected", "cancelled"]);
/** How many offers may have been over, and not cleared yet, when a program was killed: some for each download at once. */
const LEFT_MAX = 64;

/** A download that was accepted and is not over. */
interface Job {
  readonly controller: AbortController;
  /** Settled when the sender has confirmed for the first time, or the first attempt has failed. */
  confirmed: Promise<void>;
  confirm: () => void;
  refuse: (error: unknown) => void;
  /** Whether an attempt has failed, so that it waits for the next one. */
  refused: boolean;
  /** Whether the sender has said, since the last attempt began, that it is still making a hash. */
  patient: boolean;
  /** Whether it has names of its own on disk, from when its first attempt begins. */
  placed: boolean;
  /** Settled when nothing more is done for it. */
  ended: Promise<void>;
}

/** The downloads of a node. */
export class Downloads {
  readonly #options: DownloadOptions;
  readonly #slots: Semaphore;
  readonly #jobs = new Map<string, Job>();
  readonly #stopping = new AbortController();
  /** The names that were free in the download folder a moment ago. */
  #names: { readonly atMs: number; readonly nameOf: Promise<(name: string) => string> } | null = null;
  /** Settled when nothing more is done for offers that were over at the start, or had to make room. */
  #tidied: Promise<void> = Promise.resolve();

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#slots = new Semaphore(options.transfersMax);
    options.book.onDropped = (offer, files) => {
      this.#tidied = this.#tidied.then(() => this.#clear(this.#planOf(offer, files)));
    };
  }

  /** Resumes everything that was accepted before, and removes what finished offers left when the program was killed. */
  resume(): void {
    const offers = this.#options.book.list(true);
    for (const offer of offers) if (isRunning(offer)) this.#begin(offer);
    const over = offers.filter(({ stage, index }) => CLEARED.has(stage) && index >= 0);
    over.sort((a, b) => b.updateMs - a.updateMs);
    this.#tidied = this.#tidy(over.slice(0, LEFT_MAX)).catch((error) => this.#options.onError(error));
  }

  /**
   * Accepts an offer. Resolves when it is stored and its sender has confirmed, to `true`, or when it waits for its turn,
   * to `false`. A rejection does not take it back: it is tried again.
   *
   * @throws WarpdriveError `state`
   */
  async accept(offer: OfferState): Promise<boolean> {
    const { book } = this.#options;
    if (!offer.incoming) throw new WarpdriveError("state", "Cannot accept an offer of this node");
    if (offer.stage === "completed") return await this.#acceptAgain(offer);
    const running = this.#jobs.get(offer.key);
    if (running === undefined || running.refused || !isRunning(offer)) {
      running?.controller.abort(new WarpdriveError("state", "The offer is accepted anew"));
      await running?.ended;
      await this.#refreshNames([offer]);
      await book.update(offer.key, { stage: "accepted", reason: "" });
    }
    if (this.#stopping.signal.aborted) throw new WarpdriveError("stopped", "The service is not running");
    const waiting = this.#slots.full;
    const job = this.#jobs.get(offer.key) ?? this.#begin(offer);
    if (waiting) return false;
    await job.confirmed;
    return true;
  }

  /** Ends a download, removes what is left of files that are not complete, and gives the offer its last stage. */
  async end(offer: OfferState, stage: "rejected" | "cancelled" | "failed", reason: string): Promise<void> {
    const { book } = this.#options;
    await book.update(offer.key, { stage, reason });
    const job = this.#jobs.get(offer.key);
    job?.controller.abort(new WarpdriveError("state", `The offer was ${stage}`));
    await job?.ended;
    if (job !== undefined || offer.index >= 0) await this.#clear(this.plan(offer));
  }

  /** Where the entries of an offer are to go. Writes nothing. Throws what `planReceive` does. */
  async plan(offer: OfferState): Promise<ReceivePlan> {
    return await this.#planOf(offer, await this.#options.book.files(offer.key) ?? []);
  }

  /** The name that the disk would give an offer now. */
  async nameOf(name: string): Promise<string> {
    const { folder: { path }, onCollision, host } = this.#options;
    const nowMs = host.clock.now();
    if (this.#names === null || Math.abs(nowMs - this.#names.atMs) > NAMES_MS_MAX) {
      // A folder that is not there, or cannot be read, has no names that are taken, as far as anybody can say.
      const nameOf = rootNames(path, { onCollision }).catch(() => (name: string) => name);
      this.#names = { atMs: nowMs, nameOf };
    }
    return (await this.#names.nameOf)(name);
  }

  /**
   * Offers with the names that the disk would give them now, which is noted: those that wait to be accepted may find their
   * name taken. The folder is looked at once.
   */
  async named(offers: readonly OfferState[]): Promise<OfferState[]> {
    const { book } = this.#options;
    const named: OfferState[] = [];
    for (const offer of offers) {
      const waits = isUnbegun(offer) && this.#jobs.get(offer.key)?.placed !== true;
      const name = waits ? await this.nameOf(offer.offeredName ?? offer.name) : offer.name;
      if (name !== offer.name) await book.update(offer.key, renamed(offer, name));
      named.push(name === offer.name ? offer : book.get(offer.key) ?? offer);
    }
    return named;
  }

  /** Ends all downloads; the offers stay accepted. */
  async stop(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    const reason = new WarpdriveError("stopped", "The service stops");
    for (const { controller } of [{ controller: this.#stopping }, ...jobs]) controller.abort(reason);
    await Promise.all([this.#tidied, ...jobs.map(({ ended }) => ended)]);
  }

  async #planOf(offer: OfferState, files: readonly StoredFile[]): Promise<ReceivePlan> {
    const { folder, onCollision } = this.#options;
    await folder.ensure();
    return await planReceive(folder.path, offer.key, files.map(offeredEntry), { onCollision, makeFolder: false });
  }

  /** Concludes offers that were over when the program was killed: only then they have journals. */
  async #tidy(offers: readonly OfferState[]): Promise<void> {
    const { folder, onError } = this.#options;
    if (!await hasJournals(folder.path)) return;
    const { signal } = this.#stopping;
    const concluded: Promise<void>[] = [];
    for (const offer of offers) {
      if (signal.aborted) break;
      const plan = await this.plan(offer).catch((error) => onError(error));
      if (plan?.resumed) concluded.push(this.#conclude(offer, plan, signal));
    }
    await Promise.all(concluded);
  }

  #begin(offer: OfferState): Job {
    const job = newJob();
    this.#jobs.set(offer.key, job);
    job.ended = this.#run(offer.key, job).catch((error) => this.#options.onError(error)).finally(() => {
      this.#jobs.delete(offer.key);
      job.refuse(new WarpdriveError("stopped", "The download has ended"));
    });
    return job;
  }

  async #run(key: string, job: Job): Promise<void> {
    const { host: { clock }, book, folder } = this.#options;
    const { signal } = job.controller;
    let before = 0;
    const attempt = async () => {
      signal.throwIfAborted();
      const offer = book.get(key);
      if (offer === undefined || isEnded(offer)) return;
      before = offer.done;
      job.patient = false;
      const plan = await this.#attempt(offer, job);
      await this.#conclude({ ...offer, stage: "completed" }, plan, signal);
    };
    const onFailure = async (error: unknown, mayRetry: (progressed: boolean) => boolean): Promise<"later"> => {
      job.refused = true;
      job.refuse(error);
      signal.throwIfAborted();
      if (mayRetry(job.patient || (book.get(key)?.done ?? 0) > before)) {
        await book.update(key, { stage: "accepted", reason: reasonOf(error) });
        return "later";
      }
      await this.#fail(key, error);
      job.controller.abort(error);
      throw error;
    };
    try {
      await retryDownload({ clock, signal, ensureFolder: () => folder.ensure(), attempt, onFailure });
    } catch (error) {
      // What ended the job is known already.
      if (!signal.aborted) throw error;
    }
  }

  /** Receives what is missing. When this resolves, it is stored that everything is there. */
  async #attempt(offer: OfferState, job: Job): Promise<ReceivePlan> {
    const { host, book, onError } = this.#options;
    const { signal } = job.controller;
    const sender = new OfferSender(host, offer);
    const release = await this.#slots.acquire(signal);
    try {
      const files = await book.files(offer.key) ?? [];
      const plan = await this.#planOf(offer, files);
      job.placed = true;
      await book.update(offer.key, this.#nameChange(offer, plan.entries.map(({ target }) => target)));
      let finish: (() => Promise<void>) | undefined;
      const received = await download({
        ...{ plan, signal },
        open: async (from) => {
          const { read, finish: confirm } = await sender.download(from, signal);
          finish = confirm;
          return read;
        },
        onMoved: (type, { done }, { index, offset }) => {
          if (type === "started") job.confirm();
          else book.progress(offer.key, { index, progress: offset, done }, onError);
        },
        askHash: (index, { signal }) => sender.hash(index, signal, () => job.patient = true),
      });
      const done = { index: files.length, progress: 0, done: offer.bytes };
      const change = { ...notTakenOf(files, received), ...this.#nameChange(offer, received.targets) };
      await book.update(offer.key, { stage: "completed", ...change, ...done }, received.targets);
      job.confirm();
      // It has taken names that others wait for.
      await this.#refreshNames(book.list(true));
      // The sender learns it after it is stored: nobody has to send anything again, whatever fails from here on.
      await finish?.().catch(onError);
      return plan;
    } finally {
      release();
    }
  }

  /** The name that the disk gives an offer, for people. */
  #nameChange({ key }: OfferState, targets: readonly string[]): OfferChange {
    const before = this.#options.book.get(key);
    const name = listName(targets.map((target) => ({ Uri: target, Name: "." })));
    return before === undefined || before.name === name ? {} : renamed(before, name);
  }

  /** Looks up again what offers would be called. */
  async #refreshNames(offers: readonly OfferState[]): Promise<void> {
    this.#names = null;
    await this.named(offers).catch((error) => this.#options.onError(error));
  }

  /** Removes the journal of an offer that is over; of a complete one, once its sender knows it or cannot be notified. */
  async #conclude(offer: OfferState, plan: ReceivePlan, signal: AbortSignal): Promise<void> {
    try {
      if (offer.stage === "completed") {
        await new OfferSender(this.#options.host, offer).notifyCompleted(() => this.#notTaken(offer.key), signal);
      }
      await clearReceive(plan);
    } catch (error) {
      if (!signal.aborted) this.#options.onError(error);
    }
  }

  /** The reasons by which a sender learns what of its offer was not stored. */
  async #notTaken(key: string): Promise<readonly string[]> {
    const { book } = this.#options;
    const offer = book.get(key);
    if (offer?.kept === undefined && offer?.notTaken === undefined) return [];
    return notTakenReasons(offer, await book.files(key) ?? []);
  }

  /** What the original does for an offer that is complete: it asks for what is after the last entry. */
  async #acceptAgain(offer: OfferState): Promise<boolean> {
    const sender = new OfferSender(this.#options.host, offer);
    await (await sender.download({ index: offer.count, offset: 0 })).finish();
    return true;
  }

  async #fail(key: string, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    await this.#options.book.update(key, { stage: "failed", reason });
    const offer = this.#options.book.get(key);
    if (offer !== undefined) this.#options.tell(offer, reason);
  }

  async #clear(plan: Promise<ReceivePlan>): Promise<void> {
    try {
      await clearReceive(await plan);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** A download that begins. */
function newJob(): Job {
  const nothing = () => {};
  const job: Job = {
    controller: new AbortController(),
    confirmed: Promise.resolve(),
    ended: Promise.resolve(),
    refused: false,
    ...{ patient: false, placed: false },
    confirm: nothing,
    refuse: nothing,
  };
  job.confirmed = new Promise((resolve, reject) => Object.assign(job, { confirm: resolve, refuse: reject }));
  // A caller that waits for the confirmation gets its error; nobody has to wait.
  job.confirmed.catch(nothing);
  return job;
}

/** Another name for an offer; the one that it was offered under is remembered. */
function renamed({ name: before, offeredName = before }: OfferState, name: string): OfferChange {
  return { name, offeredName: name === offeredName ? undefined : offeredName };
}

/** Whether the place of an offer is not chosen yet. */
function isUnbegun({ incoming, index, stage }: OfferState): boolean {
  return incoming && index < 0 && (stage === "awaiting" || isRunning({ stage }));
}
