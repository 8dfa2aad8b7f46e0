/**
 * Serves a share to everybody who knows its code.
 *
 * @module
 */

import type { CommandName, Port } from "../../../codec/protocols/warpdrive/mod.ts";
import { serveStreams } from "../../host/connect/mod.ts";
import type { Host, IncomingStream } from "../../host/mod.ts";
import type { ArgsOf } from "../../warpdrive/client/mod.ts";
import {
  type CollectedFiles,
  DEFERRED_HASH,
  type FileEntry,
  findLost,
  lostBy,
  type LostFiles,
  type LostReason,
  type TransferPoint,
} from "../../warpdrive/files/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";
import { type Exchange, type Handlers, serveSession } from "../../warpdrive/session/mod.ts";
import { comesWith, type Moved, movedBefore, readConfirmation, upload } from "../../warpdrive/transfers/mod.ts";
import { ShareHashes } from "./share-hashes.ts";
import { type LostFile, namedLost } from "./share-lost.ts";
import { SHARE_CHANGED, SHARE_KEPT, SHARE_LEFT_OUT, SHARE_LIST, SHARE_OFFER_ID, shareOffer } from "./share-port.ts";
import { ShareReceivers } from "./share-receivers.ts";

/** Streams at once; others are rejected. */
const SESSIONS_MAX = 32;
/** How long a peer may take to read a list of which nothing is left to fetch. */
const LEAVE_MS_MAX = 60_000;

/** What happens to a share. */
export type ShareEvent =
  /** A peer fetches, has more, was sent everything. What it had before counts, too. */
  | { readonly type: "started" | "progress" | "sent"; readonly peer: string } & Moved
  /**
   * A peer is done. With `keptOwn`, it has kept files of its own instead of some that were shared; with `leftOut`, it
   * does not have some, by its choice or because they were lost.
   */
  | { readonly type: "completed"; readonly peer: string; readonly keptOwn?: boolean; readonly leftOut?: boolean }
    & Moved
  /** A peer's transfer was interrupted. */
  | { readonly type: "interrupted"; readonly peer: string; readonly reason: string } & Moved
  /** Files have changed, or are gone, so that nobody can fetch them any more. */
  | { readonly type: "lost"; readonly files: readonly LostFile[]; readonly nothingLeft: boolean }
  /** No file is left that could be fetched, and a peer that came back knows it now. */
  | { readonly type: "refused"; readonly peer: string }
  /** Somebody has everything, and the share ends when these have it, too, or do not resume. */
  | { readonly type: "waiting"; readonly peers: readonly string[] }
  /** The share is over, and a peer that had begun does not have everything. */
  | { readonly type: "missed"; readonly peer: string };

/** What is shared, and who is notified. */
export interface ShareOptions {
  readonly host: Host;
  readonly port: Port;
  readonly entries: readonly FileEntry[];
  /**
   * The entries with their hashes. Until it is there, those who ask wait, and a failure ends everything. Files that are not
   * among them have changed meanwhile.
   */
  readonly hashed: Promise<Pick<CollectedFiles, "entries">>;
  /** Whether it continues when somebody has everything, and nobody else fetches. */
  readonly keep: boolean;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ShareEvent) => void;
  /** Called with each peer that has proven, with its key, that it knows the code. */
  readonly whenProven?: (peerId: string) => void;
}

/** Serves a share until everybody who fetches has everything, somebody at least, or the signal fires. */
export async function serveShare(options: ShareOptions): Promise<void> {
  const { host: { clock }, onEvent } = options;
  const over = new AbortController();
  using receivers = new ShareReceivers({
    clock,
    onWaiting: (peers) => onEvent({ type: "waiting", peers }),
    onOver: () => over.abort(),
  });
  const noted = { ...options, onEvent: noting(receivers, options) };
  const coming = options.hashed.then(({ entries }) => ShareHandlers.start(noted, entries));
  coming.catch(() => over.abort());
  try {
    await serveSessions(noted, over.signal, receivers, coming);
  } finally {
    await coming.then((share) => share[Symbol.asyncDispose]());
  }
  if (over.signal.aborted) { for (const peer of receivers.missed) onEvent({ type: "missed", peer }); }
}

async function serveSessions(
  options: ShareOptions,
  over: AbortSignal,
  receivers: ShareReceivers,
  coming: Promise<ShareHandlers>,
): Promise<void> {
  const { host, port, whenProven } = options;
  const serve = async (incoming: IncomingStream, signal: AbortSignal) => {
    const stream = await incoming.accept();
    const handlers = shareHandlers(await coming);
    await serveSession({ stream, clock: host.clock, port, handlers, local: false, admits: () => true, signal });
  };
  await serveStreams(host.mountStreams(port.name), AbortSignal.any([options.signal, over]), (incoming, running) => {
    const { peerId } = incoming.peerInfo;
    if (running >= SESSIONS_MAX) {
      incoming.reject();
      return undefined;
    }
    whenProven?.(peerId);
    receivers.opened(peerId);
    // A session that breaks is the peer's problem: the events have reported what matters.
    return (signal) => serve(incoming, signal).catch(() => {}).finally(() => receivers.closed(peerId));
  });
}

/** Passes events on, and notes what they say of who fetches. */
function noting(receivers: ShareReceivers, { keep, onEvent }: ShareOptions): ShareOptions["onEvent"] {
  return (event) => {
    onEvent(event);
    switch (event.type) {
      case "started":
        return receivers.started(event.peer, event.done);
      case "progress":
      case "sent":
        return receivers.moved(event.peer, event.done);
      case "completed":
        receivers.completed(event.peer);
        if (!keep) receivers.end();
    }
  };
}

function shareHandlers(handlers: ShareHandlers): Handlers {
  // The port has no other commands, so that nobody asks for other handlers.
  return {
    listOffers: (args: ArgsOf<"listOffers">, exchange: Exchange) => handlers.list(args, exchange),
    fileHash: (args: ArgsOf<"fileHash">, exchange: Exchange) => handlers.hash(args, exchange),
    download: (args: ArgsOf<"download">, exchange: Exchange) => handlers.download(args, exchange),
  } satisfies { readonly [N in CommandName]?: unknown } as unknown as Handlers;
}

/** What peers can ask of a share. */
class ShareHandlers implements AsyncDisposable {
  readonly #options: ShareOptions;
  readonly #hashes: ShareHashes;
  /** From where on each peer is being sent. */
  readonly #sending = new Map<string, TransferPoint>();
  readonly #before: (point: TransferPoint) => Moved;
  readonly #lost = new Map<number, LostReason>();

  private constructor(options: ShareOptions) {
    const { entries, host: { clock } } = options;
    this.#options = options;
    this.#before = movedBefore(entries);
    this.#hashes = new ShareHashes({ clock, entries, onFailure: (error) => void this.#noteLost(error) });
  }

  /** Begins, with what is hashed. */
  static async start(options: ShareOptions, hashed: readonly FileEntry[]): Promise<ShareHandlers> {
    const byUri = new Map(hashed.map((entry) => [entry.uri, entry]));
    const entries = options.entries.map((entry) => byUri.get(entry.uri) ?? { ...entry, sha256: DEFERRED_HASH });
    const share = new ShareHandlers({ ...options, entries });
    const changed = entries.flatMap(({ uri }, index) => byUri.has(uri) ? [] : [[index, "changed"] as const]);
    if (changed.length > 0) share.#addLost(new Map([...changed, ...await findLost(entries)]));
    void share.#hashes.makeAhead();
    return share;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hashes[Symbol.asyncDispose]();
  }

  async list({ filter }: ArgsOf<"listOffers">, { stream, reader, reply, signal }: Exchange): Promise<void> {
    const { host, onEvent } = this.#options;
    if (filter !== SHARE_LIST) await this.#hashes.all(signal);
    await reply({ offers: [shareOffer(this.#hashes.entries(), host.clock.now(), this.#lost)] });
    if (!this.#nothingLeft()) return;
    // It leaves when it has read that.
    await reader.byte({ signal, timeoutMs: LEAVE_MS_MAX }).catch(() => {});
    onEvent({ type: "refused", peer: stream.peerInfo.peerId });
  }

  async hash({ offerId, index }: ArgsOf<"fileHash">, { stream, reply, signal }: Exchange): Promise<void> {
    if (offerId !== SHARE_OFFER_ID || this.#options.entries[index]?.sha256 === undefined || this.#lost.has(index)) {
      throw new WarpdriveError("protocol", `There is no hash of the entry ${index}`);
    }
    const from = this.#sending.get(stream.peerInfo.peerId);
    const comes = from !== undefined && comesWith(from, index);
    await reply({ sha256: await this.#hashes.get(index, { comes, signal }) ?? "" });
  }

  async download({ offerId, index, offset }: ArgsOf<"download">, exchange: Exchange): Promise<void | "end"> {
    if (offerId !== SHARE_OFFER_ID) throw new WarpdriveError("unknown-offer", "The peer asks for another offer");
    if (this.#lost.has(Math.max(index, 0))) return await exchange.reply({ code: SHARE_CHANGED });
    const { onEvent } = this.#options;
    const entries = this.#hashes.entries();
    const peer = exchange.stream.peerInfo.peerId;
    let moved = this.#before({ index, offset });
    const onProgress = (point: TransferPoint) => {
      moved = this.#before(point);
      onEvent({ type: "progress", peer, ...moved });
    };
    await exchange.reply({ code: 0 });
    onEvent({ type: "started", peer, ...moved });
    using _ = await this.#hashes.fetching();
    const from = { index, offset };
    this.#sending.set(peer, from);
    try {
      // What was lost ends what can be sent in one piece; the receiver asks for what follows it.
      const end = Math.min(...[...this.#lost.keys()].filter((each) => each >= index), entries.length);
      const { stream, reader, signal } = exchange;
      await upload(stream, entries.slice(0, end), {
        ...{ ...from, signal, onProgress },
        onHash: (hash) => this.#hashes.put(hash),
      });
      if (end < entries.length) return "end";
      onEvent({ type: "sent", peer, ...moved });
      this.#tellCompleted(peer, await readConfirmation(reader, signal));
    } catch (error) {
      if (await this.#noteLost(error)) return "end";
      onEvent({ type: "interrupted", peer, ...moved, reason: reasonOf(error) });
      throw error;
    } finally {
      if (this.#sending.get(peer) === from) this.#sending.delete(peer);
    }
  }

  #tellCompleted(peer: string, confirmation: number): void {
    this.#options.onEvent({
      ...{ type: "completed", peer, ...this.#before({ index: this.#options.entries.length, offset: 0 }) },
      ...((confirmation & SHARE_KEPT) !== 0 && { keptOwn: true }),
      ...((confirmation & SHARE_LEFT_OUT) !== 0 && { leftOut: true }),
    });
  }

  /** Takes note of files that cannot be sent any more; false for errors of other kinds. */
  async #noteLost(error: unknown): Promise<boolean> {
    const first = lostBy(error);
    if (first.size === 0) return false;
    this.#addLost(new Map([...await findLost(this.#options.entries), ...first]));
    return true;
  }

  #addLost(found: LostFiles): void {
    const { entries, onEvent } = this.#options;
    const fresh = new Map([...found].filter(([index]) => !this.#lost.has(index)).sort(([a], [b]) => a - b));
    for (const [index, reason] of fresh) this.#lost.set(index, reason);
    if (fresh.size > 0) onEvent({ type: "lost", files: namedLost(fresh, entries), nothingLeft: this.#nothingLeft() });
  }

  #nothingLeft(): boolean {
    return this.#lost.size > 0 &&
      this.#options.entries.every(({ isDirectory }, index) => isDirectory || this.#lost.has(index));
  }
}
