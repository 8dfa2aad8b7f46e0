/**
 * Fetching a share: what it has, where it goes, and its bytes, over as many connections as it takes.
 *
 * @module
 */

import type { Port } from "../../codec/protocols/warpdrive/mod.ts";
import { UnreachedError } from "../host/dial-failure.ts";
import { HostError } from "../host/error.ts";
import type { Host, PeerInfo, WaitOptions } from "../host/host.ts";
import { ClientSession } from "../warpdrive/client-session.ts";
import { reasonOf, WarpdriveError } from "../warpdrive/error.ts";
import {
  clearReceive,
  type CollisionPolicy,
  FilesError,
  type KeptFile,
  type OfferedEntry,
  planReceive,
  type ReceivedFiles,
  receiveFiles,
  type ReceivePlan,
  type TransferPoint,
} from "../warpdrive/files/mod.ts";
import { Attempts } from "../warpdrive/retry.ts";
import { offeredEntry } from "../warpdrive/stored-files.ts";
import { type Moved, movedBefore, NOTHING_MOVED } from "./moved.ts";
import { SHARE_CHANGED, SHARE_KEPT, SHARE_OFFER_ID } from "./share-port.ts";

const ANSWER_MS_MAX = 30_000;
/** A list of 100,000 files on a slow line. */
const LIST_MS_MAX = 120_000;
const SILENCE_MS_MAX = 60_000;

/** A share, and where its files go. */
export interface Share {
  readonly host: Host;
  readonly peer: PeerInfo;
  readonly port: Port;
  readonly folder: string;
  readonly onCollision: CollisionPolicy;
  /** How long to go on trying, after the last byte that came, when the connection is lost. In milliseconds. */
  readonly patienceMs: number;
  /** The address by which it was reached before: where nobody listens there any more, the share has ended. */
  readonly reached?: string | undefined;
  readonly signal: AbortSignal;
}

/** What happens while a share is fetched. */
export type FetchEvent =
  /** A connection delivers, what was on disk before counts as moved; there is more. */
  | { readonly type: "started" | "progress" } & Moved
  /** A connection was lost; there will be another. */
  | { readonly type: "interrupted"; readonly reason: string } & Moved
  /** Everything is over, but files that were there stayed in place of those of the share. */
  | { readonly type: "kept"; readonly kept: readonly KeptFile[] } & Moved;

/** What a share has. */
export interface ShareList extends Disposable {
  readonly entries: readonly OfferedEntry[];
  /** The address by which it was reached, where there is one. */
  readonly reached: string | undefined;
  /** Ends the session that tells the other machine that somebody is here, so that it waits for a while. */
  [Symbol.dispose](): void;
}

/**
 * Asks what a share has.
 *
 * @throws HostError `unreachable`; `unknown-protocol` for a wrong code; WarpdriveError, CodecError for strange answers
 */
export async function listShare({ host, peer, port, signal }: Share): Promise<ShareList> {
  const wait: WaitOptions = { signal, timeoutMs: LIST_MS_MAX };
  const session = await ClientSession.open(host, peer, port, { signal, timeoutMs: ANSWER_MS_MAX });
  try {
    const { offers } = await session.call("listOffers", { filter: 0 }, wait);
    const offer = offers?.find(({ Id }) => Id === SHARE_OFFER_ID);
    if (offer === undefined) throw new WarpdriveError("protocol", "The other machine shares nothing");
    const [reached] = session.stream.peerInfo.addresses ?? [];
    const entries = (offer.Files ?? []).map(offeredEntry);
    return { entries, reached, [Symbol.dispose]: () => session.stream.abort() };
  } catch (error) {
    session.stream.abort(error);
    throw error;
  }
}

/**
 * Where a share's files go. What makes an earlier attempt the same one is the files themselves where their hashes are
 * known, so that it goes on although the other machine shares them anew, under another identity.
 *
 * @throws FilesError as `planReceive`
 */
export async function planShare(
  share: Share,
  entries: readonly OfferedEntry[],
  choice: "all" | "visible" = "all",
): Promise<ReceivePlan> {
  const hashed = entries.every(({ isDirectory, sha256 }) => isDirectory || sha256 !== undefined);
  // What was left out is not there: an attempt that takes all of it is another one.
  const key = `share${choice === "all" ? "" : ` ${choice}`}${hashed ? "" : ` ${share.peer.peerId}`}`;
  return await planReceive(share.folder, key, entries, { onCollision: share.onCollision });
}

/**
 * Fetches what is missing, and returns the names below the folder. Lost connections are made anew.
 *
 * @throws FilesError, HostError, WarpdriveError when there is no use in going on (`ended`: the share is over), or patience
 * ends
 */
export async function fetchShare(
  share: Share,
  plan: ReceivePlan,
  onEvent: (event: FetchEvent) => void,
): Promise<readonly string[]> {
  const { clock } = share.host;
  const attempts = new Attempts();
  const before = movedBefore(plan.entries);
  let [moved, progressMs] = [NOTHING_MOVED, clock.now()];
  const note = (point: TransferPoint) => {
    moved = before(point);
    progressMs = clock.now();
  };
  for (;;) {
    let begin = Number.NaN;
    try {
      const started = (point: TransferPoint) => {
        note(point);
        begin = moved.done;
        onEvent({ type: "started", ...moved });
      };
      const { targets, kept } = await fetchOnce(share, plan, started, (point) => {
        note(point);
        onEvent({ type: "progress", ...moved });
      });
      if (kept.length > 0) onEvent({ type: "kept", ...moved, kept });
      return targets;
    } catch (error) {
      share.signal.throwIfAborted();
      const impatient = clock.now() - progressMs > share.patienceMs;
      // Another process receives the same: whoever waits for it should know at once.
      const isBusy = error instanceof FilesError && error.code === "busy";
      if (isOver(error, share.reached)) {
        throw new WarpdriveError("ended", "The other machine has ended the share", { cause: error });
      }
      if (isBusy || !attempts.failed(error, moved.done > begin) || impatient) throw error;
      onEvent({ type: "interrupted", ...moved, reason: reasonOf(error) });
    }
    await attempts.pause(clock, share.signal);
  }
}

async function fetchOnce(
  { host, peer, port, signal }: Share,
  plan: ReceivePlan,
  onStart: (point: TransferPoint) => void,
  onProgress: (point: TransferPoint) => void,
): Promise<ReceivedFiles> {
  let session: ClientSession | undefined;
  const wait: WaitOptions = { signal, timeoutMs: ANSWER_MS_MAX };
  try {
    const connect = async (from: TransferPoint) => {
      session = await ClientSession.open(host, peer, port, wait);
      const { code } = await session.call("download", { offerId: SHARE_OFFER_ID, ...from }, wait);
      if (code === SHARE_CHANGED) {
        throw new FilesError("source-changed", "The other machine cannot go on: files have changed there, or are gone");
      }
      if (code !== 0) throw new WarpdriveError("protocol", `The download was answered with ${code} in place of 0`);
      onStart(from);
      const { reader } = session;
      return (buf: Uint8Array, options?: WaitOptions) => reader.read(buf, { timeoutMs: SILENCE_MS_MAX, ...options });
    };
    const received = await receiveFiles(connect, plan, { signal, onProgress });
    // The sharer must not take it for a copy of everything.
    if (received.kept.length === 0) await session?.finish("download");
    else await session?.stream.write(Uint8Array.of(SHARE_KEPT), wait).then(() => session?.stream.close());
    await clearReceive(plan);
    return received;
  } catch (error) {
    session?.stream.abort(error);
    throw error;
  }
}

/**
 * Whether a share that was there is over: its machine does not know the code any more, or nobody listens where it was. Of
 * several addresses some may always be refused, by other machines than that one; so only the one that was reached counts.
 */
function isOver(error: unknown, reached: string | undefined): boolean {
  if (!(error instanceof UnreachedError)) return error instanceof HostError && error.code === "unknown-protocol";
  const where = error.failures.filter(({ address }) => address === reached);
  return (where.length > 0 ? where : error.failures).every(({ code }) => code === "refused");
}

/** Whether an error may be gone when the command is run again. */
export function isPassing(error: unknown): boolean {
  return error instanceof HostError || error instanceof WarpdriveError ||
    error instanceof FilesError && ["truncated", "no-space", "too-many-open", "aborted"].includes(error.code);
}
