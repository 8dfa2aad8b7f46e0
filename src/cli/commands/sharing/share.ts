/**
 * `warpwire share`: shares files with another machine, without a service.
 *
 * @module
 */

import { networkInterfaces } from "node:os";
import { escapeText } from "../../../../codec/mod.ts";
import { shortIdentity } from "../../../../codec/protocols/astral/mod.ts";
import type { Timer } from "../../../host/mod.ts";
import { LinkHost } from "../../../host/link/mod.ts";
import { systemClock } from "../../../host/timing/mod.ts";
import { Identity } from "../../../identity/mod.ts";
import { loadKey } from "../../../identity/key-file.ts";
import {
  type CollectOptions,
  DEFERRED_HASH_BYTES_MIN,
  FilesError,
  findFiles,
  hashFiles,
  SKIP_REASONS,
  type SkippedPath,
} from "../../../warpdrive/files/mod.ts";
import { type Arguments, type CommandBody, pathArguments, textOption, textOptions, UsageError } from "../../command.ts";
import {
  amountsOf,
  codeText,
  type Contents,
  contentsOf,
  contentsText,
  formatMoved,
  INTERRUPTED_STATUS,
  LEFT_OUT_STATUS,
  percentOf,
  stopSignal,
  TransferReport,
} from "../../terminal/mod.ts";
import {
  addressesNote,
  formatShareAddress,
  namesText,
  newShareCode,
  reportLost,
  serveShare,
  sharedAddresses,
  type ShareEvent,
  shareListen,
  sharePort,
} from "../../share/mod.ts";

/** The label of the first step. */
const HASHING = "hashing";
/** For how many peers that know the code places are reserved. */
const KNOWN_MAX = 1024;
/** How long a receiver has to reconnect and learn that files have changed. */
const CHANGED_MS_MAX = 10_000;

/** Shares paths until a receiver has fetched them. */
export const shareCommand: CommandBody = {
  usage: "<path>... [options]",
  details:
    `It prints the command to run on the other machine, and ends when a receiver has everything and nobody else is
fetching. Only someone who has the code in that command can fetch, and transfers are encrypted. An interrupted transfer
resumes when the receiver reconnects. The status is ${LEFT_OUT_STATUS} if something was left out, or if a receiver that
started does not have everything.`,
  options: {
    keep: { type: "boolean", about: "keep sharing after a receiver has everything, until Ctrl-C" },
    listen: {
      type: "string",
      multiple: true,
      value: "ADDR",
      about: "address to listen on (repeatable); default a free port on all networks of this machine",
    },
    key: { type: "string", value: "FILE", about: "key file of the identity to use; default a new identity" },
    json: { type: "boolean", about: "print one line of JSON for each event" },
  },
  async run(args, streams) {
    const paths = pathArguments(args);
    const json = args.options.json === true;
    using stop = stopSignal();
    using report = new TransferReport({ streams, clock: systemClock, json });
    const known = new Set<string>();
    await using host = new LinkHost({
      identity: await identityOf(args),
      listen: listenOf(args),
      isKnown: (peerId) => known.has(peerId),
    });
    // Meanwhile, another thread looks at the files.
    const starting = host.start();
    starting.catch(() => {});
    const looking: CollectOptions = {
      signal: stop.signal,
      deferredBytesMin: DEFERRED_HASH_BYTES_MIN,
      onProgress: ({ files, ...hashed }) => report.show(HASHING, { name: HASHING, ...hashed, entries: files, files }),
    };
    const found = await findFiles(paths, looking);
    const { entries, skipped } = found;
    for (const one of skipped) report.warn(skippedLine(one), { type: "left-out", ...one });
    if (entries.length === 0) throw new UsageError("There is nothing to share");
    await starting;
    const code = newShareCode();
    const contents = contentsOf(entries);
    const interfaces = networkInterfaces();
    const everywhere = textOptions(args, "listen").length === 0;
    const address = { peerId: host.peerId, code, addresses: sharedAddresses(host.addresses(), interfaces) };
    const share = formatShareAddress(address);
    const over = new AbortController();
    const note = everywhere ? addressesNote(address.addresses) : null;
    if (note !== null) report.warn(note, { type: "note", note });
    report.say(
      `Sharing ${contentsText(contents)}. On the other machine run:\n\n  warpwire receive ${share}\n`,
      { type: "ready", ...contents, share },
    );
    const tell = shareReport(contents, report, () => host.clock.now());
    const keep = args.options.keep === true;
    const seen = { missed: false, lost: false };
    let telling: Timer | undefined;
    await serveShare({
      ...{ host, keep, entries },
      // Only now: what fails before is not to wait for it.
      hashed: hashFiles(found, looking).finally(() => report.hide(HASHING)),
      whenProven: (peerId) => {
        if (known.size < KNOWN_MAX) known.add(peerId);
      },
      port: sharePort(code),
      signal: AbortSignal.any([stop.signal, over.signal]),
      onEvent: (event) => {
        tell(event);
        if (event.type === "missed") seen.missed = true;
        if (event.type === "refused") over.abort();
        if (event.type === "lost" || event.type === "completed" && event.leftOut) seen.lost = true;
        if (event.type === "lost" && event.nothingLeft) {
          telling ??= host.clock.setTimer(CHANGED_MS_MAX, () => over.abort());
        }
      },
    });
    telling?.clear();
    if (telling !== undefined) {
      throw new FilesError("source-changed", "Cannot continue sharing: all files have changed or are gone");
    }
    if (stop.signal.aborted && !keep) return INTERRUPTED_STATUS;
    return skipped.length === 0 && !seen.missed && !seen.lost ? 0 : LEFT_OUT_STATUS;
  },
};

async function identityOf(args: Arguments): Promise<Identity> {
  const path = textOption(args, "key");
  return path === undefined ? Identity.generate() : await loadKey(path);
}

function listenOf(args: Arguments): readonly string[] {
  const listen = textOptions(args, "listen");
  return listen.length === 0 ? shareListen(networkInterfaces()) : listen;
}

function skippedLine({ path, reason }: SkippedPath): string {
  return `left out: ${escapeText(path)} ${SKIP_REASONS[reason]}`;
}

/** Reports what peers do with a share. */
function shareReport(
  contents: Contents,
  report: TransferReport,
  nowMs: () => number,
): (event: ShareEvent) => void {
  const startsMs = new Map<string, { readonly done: number; readonly timeMs: number }>();
  return (event) => {
    if (event.type === "waiting") {
      const { peers } = event;
      const names = namesText(peers.map(shortIdentity));
      return report.say(`Waiting for ${peers.length} more: ${names}; Ctrl-C to stop`, { ...event });
    }
    if (event.type === "lost") return reportLost(report, event.files);
    const who = shortIdentity(event.peer);
    if (event.type === "refused") return report.say(`${who} found nothing left to fetch`, event);
    if (event.type === "missed") {
      return report.warn(`${who} does not have everything: the share has ended`, event);
    }
    const { type, peer, done } = event;
    const { name, bytes } = contents;
    const transfer = { name: `${name} to ${who}`, ...amountsOf(event, contents) };
    switch (type) {
      case "started":
        startsMs.set(peer, { done, timeMs: nowMs() });
        report.say(`${who} ${done === 0 ? "is fetching" : `resumes at ${percentOf(transfer)}%`}`, { ...event, bytes });
        return report.show(peer, transfer);
      case "progress":
        return report.show(peer, transfer);
      case "sent":
        return report.show(peer, { ...transfer, note: "everything is sent, waiting for confirmation" });
      case "interrupted":
        report.hide(peer);
        return report.say(`${who} was interrupted at ${percentOf(transfer)}% (${escapeText(codeText(event.reason))})`, {
          ...event,
        });
      case "completed": {
        report.hide(peer);
        const start = startsMs.get(peer)!;
        const seconds = (nowMs() - start.timeMs) / 1000;
        const what = doneText(event);
        return report.say(`${who} ${what}: ${formatMoved(bytes - start.done, seconds)}`, { ...event, seconds });
      }
    }
  };
}

/** `has everything`, or what is missing. */
function doneText({ keptOwn, leftOut }: { readonly keptOwn?: boolean; readonly leftOut?: boolean }): string {
  const less = [
    ...(keptOwn === true ? ["kept its own files in place of some"] : []),
    ...(leftOut === true ? ["left some out"] : []),
  ];
  return less.length === 0 ? "has everything" : `is done, but ${less.join(" and ")}`;
}
