/**
 * Fetches a share: its list, where its files go, and their bytes, over as many connections as it takes.
 *
 * @module
 */

import { type Info, type Port, SHA256_FORM } from "../../../codec/protocols/warpdrive/mod.ts";
import { UnreachedError } from "../../host/connect/mod.ts";
import { type Host, HostError, type PeerInfo, type WaitOptions } from "../../host/mod.ts";
import { pause } from "../../host/timing/mod.ts";
import { ClientSession } from "../../warpdrive/client/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { WarpdriveError } from "../../warpdrive/mod.ts";
import {
  clearReceive,
  type CollisionPolicy,
  DEFERRED_HASH,
  ensureDownloadFolder,
  FilesError,
  type KeptFile,
  type LeftOutEntry,
  type LostFiles,
  type OfferedEntry,
  planReceive,
  type ReadBytes,
  type ReceivedFiles,
  type ReceivePlan,
  type TransferPoint,
} from "../../warpdrive/files/mod.ts";
import { offeredEntry } from "../../warpdrive/offers/mod.ts";
import {
  download,
  type DownloadOptions,
  type Moved,
  NOTHING_MOVED,
  retryDownload,
  type RetryOptions,
} from "../../warpdrive/transfers/mod.ts";
import { checkNotAllLost, StretchReader, takeLost, withoutLost } from "./share-lost.ts";
import {
  SHARE_CHANGED,
  SHARE_KEPT,
  SHARE_LEFT_OUT,
  SHARE_LIST,
  SHARE_LIST_HASHED,
  SHARE_OFFER_ID,
} from "./share-port.ts";

const ANSWER_MS_MAX = 30_000;
/** The time between two questions for a hash that is still being made: the other machine waits with its answers, too. */
const HASH_PAUSE_MS = 500;
/** The other machine may be hashing files before it answers. */
const LIST_MS_MAX = 3_600_000;

/** A share, and where its files go. */
export interface Share {
  readonly host: Host;
  readonly peer: PeerInfo;
  readonly port: Port;
  readonly folder: string;
  readonly onCollision: CollisionPolicy;
  /** How long to retry, after the last byte that came, when the connection is lost. In milliseconds. */
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
  /** The other machine has lost files: those that are new, and all of them. */
  | { readonly type: "lost"; readonly fresh: LostFiles; readonly lost: LostFiles } & Moved;

/** What a share has. */
export interface ShareList extends Disposable {
  readonly entries: readonly OfferedEntry[];
  /** Those of them that cannot be had any more. */
  readonly lost: LostFiles;
  /** The address by which it was reached, where there is one. */
  readonly reached: string | undefined;
  /** Ends the session by which the other machine knows that somebody is here, so that it waits for a while. */
  [Symbol.dispose](): void;
}

/**
 * Asks what a share has.
 *
 * @throws HostError `unreachable`; `unknown-protocol` for a wrong code; WarpdriveError, CodecError for strange answers
 */
export async function listShare({ host, peer, port, onCollision, signal }: Share): Promise<ShareList> {
  const session = await ClientSession.open(host, peer, port, { signal, timeoutMs: ANSWER_MS_MAX });
  try {
    const files = await listFiles(session, onCollision === "skip" ? SHARE_LIST_HASHED : SHARE_LIST, { signal });
    const [reached] = session.stream.peerInfo.addresses ?? [];
    const entries = files.map(offeredEntry);
    return { entries, lost: takeLost(files), reached, [Symbol.dispose]: () => session.stream.abort() };
  } catch (error) {
    session.stream.abort(error);
    throw error;
  }
}

/**
 * Where a share's files go. What makes an earlier attempt the same one is the files themselves, so that it resumes although
 * the other machine shares them again, under another identity: their hashes, or as long as one of those is not there, name,
 * size and time.
 *
 * @throws FilesError as `planReceive`
 */
export async function planShare(
  share: Share,
  entries: readonly OfferedEntry[],
  choice: "all" | "visible" = "all",
): Promise<ReceivePlan> {
  const hashed = entries.every(({ isDirectory, sha256, modifiedMs }) =>
    isDirectory || (sha256 === DEFERRED_HASH ? modifiedMs !== undefined : sha256 !== undefined)
  );
  // What was left out is not there: an attempt that takes all of it is another one.
  const key = `share${choice === "all" ? "" : ` ${choice}`}${hashed ? "" : ` ${share.peer.peerId}`}`;
  return await planReceive(share.folder, key, entries, { onCollision: share.onCollision, resumesByTime: true });
}

/** What came of fetching. */
export interface Fetched {
  /** The names below the folder, by position in the share. */
  readonly targets: readonly string[];
  /** Files that were there and stayed. */
  readonly kept: readonly KeptFile[];
  /** What the disk did not take. */
  readonly leftOut: readonly LeftOutEntry[];
  /** Files that could not be had. */
  readonly lost: LostFiles;
}

/** Who is notified while a share is fetched, and what is known of it. */
export interface FetchOptions {
  readonly onEvent: (event: FetchEvent) => void;
  /** Files that were lost before. */
  readonly lost?: LostFiles;
  /** Whether the plan leaves something out by choice. */
  readonly leavesOut?: boolean;
}

/**
 * Fetches what is missing. Lost connections are replaced, and files that the other machine has lost are left out.
 *
 * @throws FilesError, HostError, WarpdriveError when retrying is useless (`ended`: the share is over), or patience
 * ends
 */
export async function fetchShare(share: Share, plan: ReceivePlan, options: FetchOptions): Promise<Fetched> {
  const { host: { clock }, signal } = share;
  const { onEvent, leavesOut = false } = options;
  let lost = options.lost ?? new Map();
  let [moved, begin, progressMs, cut, newsAt] = [NOTHING_MOVED, Number.NaN, clock.now(), false, -1];
  const mark = await ensureDownloadFolder(plan.folder);
  const ensureFolder = () => ensureDownloadFolder(plan.folder, mark);
  const onMoved: DownloadOptions["onMoved"] = (type, now) => {
    [moved, progressMs] = [now, clock.now()];
    if (type === "started") begin = moved.done;
    onEvent({ type, ...moved });
  };
  const attempt = async () => {
    begin = Number.NaN;
    await ensureFolder();
    const { targets, kept, leftOut } = await fetchOnce(share, withoutLost(plan, lost), {
      ...{ lost, leavesOut, onMoved },
      // Nothing comes meanwhile, but the other machine is there.
      onHashing: () => progressMs = clock.now(),
    });
    return { targets, kept: kept.filter(({ index }) => !lost.has(index)), leftOut, lost };
  };
  const onFailure: RetryOptions<Fetched>["onFailure"] = (error, mayRetry) => {
    signal.throwIfAborted();
    if (error instanceof LostNews) {
      lost = new Map([...lost, ...error.fresh]);
      onEvent({ type: "lost", ...moved, fresh: error.fresh, lost });
      checkNotAllLost(plan, lost);
      // An honest machine says of all files at once what it finds.
      if (!mayRetry(moved.entriesDone > newsAt)) throw error;
      [cut, newsAt] = [false, moved.entriesDone];
      return "now";
    }
    // It may have come to a file that was lost: it says so when it is asked again, which is done at once one time.
    if (!cut && error instanceof FilesError && error.code === "truncated") {
      cut = true;
      return "now";
    }
    const impatient = clock.now() - progressMs > share.patienceMs;
    // Another process receives the same: the user should know at once.
    const isBusy = error instanceof FilesError && error.code === "busy";
    if (isOver(error, share.reached)) {
      throw new WarpdriveError("ended", "The other machine has ended the share", { cause: error });
    }
    if (isBusy || !mayRetry(moved.done > begin) || impatient) throw error;
    onEvent({ type: "interrupted", ...moved, reason: reasonOf(error) });
    return "later";
  };
  return await retryDownload({ clock, signal, ensureFolder, attempt, onFailure });
}

/** Thrown when the other machine says that files are lost of which we did not know. */
class LostNews extends WarpdriveError {
  readonly fresh: LostFiles;

  constructor(fresh: LostFiles) {
    super("protocol", "The other machine keeps reporting lost files");
    this.fresh = fresh;
  }
}

/** What one connection after another works with, as long as nothing new is lost. */
interface FetchParts extends Pick<DownloadOptions, "onMoved"> {
  readonly lost: LostFiles;
  readonly leavesOut: boolean;
  /** Called when the other machine says that it is making a hash. */
  readonly onHashing: () => void;
}

async function fetchOnce(
  share: Share,
  plan: ReceivePlan,
  { lost, leavesOut, onMoved, onHashing }: FetchParts,
): Promise<ReceivedFiles> {
  const { signal } = share;
  const wait: WaitOptions = { signal, timeoutMs: ANSWER_MS_MAX };
  let session: ClientSession | undefined;
  let reader: StretchReader | undefined;
  const openStretch = async (from: TransferPoint): Promise<ReadBytes> => {
    session?.stream.abort();
    const { reader } = session = await openDownload(share, from, lost, wait);
    return (buf, options) => reader.read(buf, options);
  };
  const open = async (from: TransferPoint): Promise<ReadBytes> => {
    const stretches = reader = new StretchReader(plan, { from, lost, open: openStretch });
    await stretches.start();
    return (buf, options) => stretches.read(buf, options);
  };
  try {
    const askHash: DownloadOptions["askHash"] = (index, { signal }) => fetchHash(share, index, signal, onHashing);
    const received = await download({ plan, signal, open, onMoved, askHash });
    await reader?.end();
    const isKept = received.kept.some(({ index }) => !lost.has(index));
    const isPartial = leavesOut || lost.size > 0 || received.leftOut.length > 0;
    const bits = (isKept ? SHARE_KEPT : 0) | (isPartial ? SHARE_LEFT_OUT : 0);
    // The sharer must not take it for a copy of everything.
    if (bits === 0) await session?.finish("download");
    else await session?.stream.write(Uint8Array.of(bits), wait).then(() => session?.stream.close());
    await clearReceive(plan);
    return received;
  } catch (error) {
    session?.stream.abort(error);
    throw error;
  }
}

/** Asks for the bytes from a point on. Throws LostNews where that point is in a file that is lost. */
async function openDownload(
  { host, peer, port }: Share,
  from: TransferPoint,
  lost: LostFiles,
  wait: WaitOptions,
): Promise<ClientSession> {
  const session = await ClientSession.open(host, peer, port, wait);
  try {
    const { code } = await session.call("download", { offerId: SHARE_OFFER_ID, ...from }, wait);
    if (code === 0) return session;
    if (code !== SHARE_CHANGED) {
      throw new WarpdriveError("protocol", `The download was answered with ${code} in place of 0`);
    }
    const told = takeLost(await listFiles(session, SHARE_LIST, wait));
    const fresh = new Map([...told].filter(([index]) => !lost.has(index) && index >= from.index));
    if (fresh.size > 0) throw new LostNews(fresh);
    throw new FilesError("source-changed", "The other machine cannot continue: its files have changed or are gone");
  } catch (error) {
    session.stream.abort(error);
    throw error;
  }
}

/** Asks for the hash of a file until the other machine has made it. */
async function fetchHash(
  { host, peer, port }: Share,
  index: number,
  signal: AbortSignal,
  onHashing: () => void,
): Promise<string> {
  const wait: WaitOptions = { signal, timeoutMs: ANSWER_MS_MAX };
  const session = await ClientSession.open(host, peer, port, wait);
  try {
    for (;;) {
      const { sha256 } = await session.call("fileHash", { offerId: SHARE_OFFER_ID, index }, wait);
      if (SHA256_FORM.test(sha256)) return sha256;
      if (sha256 !== "") throw new WarpdriveError("protocol", "A hash was answered with none");
      onHashing();
      await pause(host.clock, HASH_PAUSE_MS, signal);
    }
  } finally {
    session.stream.abort();
  }
}

/** The entries of a share as its list has them. */
async function listFiles(session: ClientSession, filter: number, { signal }: WaitOptions): Promise<readonly Info[]> {
  const { offers } = await session.call("listOffers", { filter }, { signal, timeoutMs: LIST_MS_MAX });
  const offer = offers?.find(({ Id }) => Id === SHARE_OFFER_ID);
  if (offer === undefined) throw new WarpdriveError("protocol", "The other machine shares nothing");
  return offer.Files ?? [];
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
    error instanceof FilesError &&
      ["truncated", "no-space", "too-many-open", "no-folder", "aborted"].includes(error.code);
}
