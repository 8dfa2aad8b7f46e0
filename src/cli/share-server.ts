/**
 * Giving a share to everybody who knows its code.
 *
 * @module
 */

import type { CommandName, Port } from "../../codec/protocols/warpdrive/mod.ts";
import { HostError } from "../host/error.ts";
import type { Host, IncomingStream } from "../host/host.ts";
import { AbortGroup } from "../warpdrive/abort-group.ts";
import { reasonOf, WarpdriveError } from "../warpdrive/error.ts";
import { type FileEntry, sendFiles } from "../warpdrive/files/mod.ts";
import type { ArgsOf } from "../warpdrive/command-types.ts";
import { type Exchange, type Handlers, serveSession } from "../warpdrive/session.ts";
import { storedFile } from "../warpdrive/stored-files.ts";
import { type Moved, movedBefore } from "./moved.ts";
import { SHARE_CHANGED, SHARE_KEPT, SHARE_OFFER_ID, shareOffer } from "./share-port.ts";
import { ShareReceivers } from "./share-receivers.ts";

/** Streams at once; further ones are refused. */
const SESSIONS_MAX = 32;
/** A peer that takes nothing for this long is given up, and one that has everything may take as long to say so. */
const SILENCE_MS_MAX = 60_000;

/** Failures of what is shared: nobody can fetch what is not there any more as it was announced. */
const CHANGED: ReadonlySet<string> = new Set(["source-changed", "source-missing"]);

/** Whether a reason says that what is shared has changed. */
export function isChanged(reason: string): boolean {
  return CHANGED.has(reason);
}

/** What happens to a share. */
export type ShareEvent =
  /** A peer fetches, has more, was sent everything. What it had before counts, too. */
  | { readonly type: "started" | "progress" | "sent"; readonly peer: string } & Moved
  /** A peer has everything. With `keptOwn`, it has kept files of its own in place of some that were shared. */
  | { readonly type: "completed"; readonly peer: string; readonly keptOwn?: boolean } & Moved
  /** A peer's transfer broke off. */
  | { readonly type: "interrupted"; readonly peer: string; readonly reason: string } & Moved
  /** A file has changed, or is gone, so that nobody can fetch what was announced; a peer that came back knows it now. */
  | { readonly type: "refused"; readonly peer: string }
  /** Somebody has everything, and the share ends when these have it, too, or do not go on. */
  | { readonly type: "waiting"; readonly peers: readonly string[] }
  /** The share is over, and a peer that had begun does not have everything. */
  | { readonly type: "missed"; readonly peer: string };

/** What is shared, and who is told. */
export interface ShareOptions {
  readonly host: Host;
  readonly port: Port;
  readonly entries: readonly FileEntry[];
  /** Whether it goes on when somebody has everything, and nobody else fetches. */
  readonly keep: boolean;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ShareEvent) => void;
  /** Called with each peer that has proven, with its key, that it knows the code. */
  readonly whenProven?: (peerId: string) => void;
}

/** Serves a share until everybody who fetches has everything, somebody at least, or the signal fires. */
export async function serveShare(given: ShareOptions): Promise<void> {
  const { host, port, onEvent } = given;
  const over = new AbortController();
  const signal = AbortSignal.any([given.signal, over.signal]);
  using receivers = new ShareReceivers({
    clock: host.clock,
    onWaiting: (peers) => onEvent({ type: "waiting", peers }),
    onOver: () => over.abort(),
  });
  const options = { ...given, signal, onEvent: noting(receivers, given) };
  const protocol = host.mountStreams(port.name);
  const group = new AbortGroup();
  const end = () => {
    protocol.unmount();
    group.abort(signal.reason);
  };
  signal.addEventListener("abort", end);
  const handlers = shareHandlers(options);
  const running = new Set<Promise<void>>();
  try {
    if (signal.aborted) return;
    for await (const incoming of protocol) {
      if (running.size >= SESSIONS_MAX) {
        incoming.reject();
        continue;
      }
      const { peerId } = incoming.peerInfo;
      options.whenProven?.(peerId);
      receivers.opened(peerId);
      const serve = (signal: AbortSignal) => serveOne(incoming, handlers, { ...options, signal });
      const run: Promise<void> = group.run(serve).finally(() => {
        running.delete(run);
        receivers.closed(peerId);
      });
      running.add(run);
    }
  } finally {
    signal.removeEventListener("abort", end);
    protocol.unmount();
    await Promise.all(running);
    if (over.signal.aborted) { for (const peer of receivers.missed) onEvent({ type: "missed", peer }); }
  }
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

/** A session that breaks is the peer's affair: what matters of it, the events have told. */
async function serveOne(incoming: IncomingStream, handlers: Handlers, options: ShareOptions): Promise<void> {
  const { host: { clock }, port, signal } = options;
  try {
    const stream = await incoming.accept();
    await serveSession({ stream, clock, port, handlers, local: false, admits: () => true, signal });
  } catch {
    // See above.
  }
}

function shareHandlers({ host, entries, onEvent }: ShareOptions): Handlers {
  const files = entries.map(storedFile);
  const offer = shareOffer(files, host.clock.now());
  const before = movedBefore(entries);
  let changed = false;
  const handlers = {
    listOffers: (_args: unknown, { reply }: Exchange) => reply({ offers: [offer] }),
    download: async ({ offerId, index, offset }: ArgsOf<"download">, exchange: Exchange) => {
      if (offerId !== SHARE_OFFER_ID) throw new WarpdriveError("unknown-offer", "The peer asks for another offer");
      const { stream, reader, reply, signal } = exchange;
      const peer = stream.peerInfo.peerId;
      if (changed) {
        await reply({ code: SHARE_CHANGED });
        // It leaves when it has read that.
        await reader.byte({ signal, timeoutMs: SILENCE_MS_MAX }).catch(() => {});
        return onEvent({ type: "refused", peer });
      }
      let moved = before({ index, offset });
      await reply({ code: 0 });
      onEvent({ type: "started", peer, ...moved });
      try {
        await sendFiles(
          (bytes, options) => stream.write(bytes, { timeoutMs: SILENCE_MS_MAX, ...options }),
          entries,
          {
            ...{ index, offset, signal },
            onProgress: (point) => {
              moved = before(point);
              onEvent({ type: "progress", peer, ...moved });
            },
          },
        );
        onEvent({ type: "sent", peer, ...moved });
        const byte = await reader.byte({ signal, timeoutMs: SILENCE_MS_MAX });
        if (byte === null) throw new HostError("reset", "The peer left without a confirmation");
        const own = byte === SHARE_KEPT ? { keptOwn: true } : {};
        onEvent({ type: "completed", peer, ...before({ index: files.length, offset: 0 }), ...own });
      } catch (error) {
        const reason = reasonOf(error);
        changed ||= isChanged(reason);
        onEvent({ type: "interrupted", peer, ...moved, reason });
        throw error;
      }
    },
  } satisfies { readonly [N in CommandName]?: unknown };
  // The port has no other commands, so that nobody asks for other handlers.
  return handlers as unknown as Handlers;
}
