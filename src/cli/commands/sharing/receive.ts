/**
 * `warpwire receive`: fetches what another machine shares.
 *
 * @module
 */

import process from "node:process";
import { escapeText } from "../../../../codec/mod.ts";
import { shortIdentity } from "../../../../codec/protocols/astral/mod.ts";
import { HostError, type HostErrorCode } from "../../../host/mod.ts";
import { linkHost } from "../../../host/link/mod.ts";
import { Identity } from "../../../identity/mod.ts";
import { reasonOf } from "../../../coded-error.ts";
import { prepareThread } from "../../../warpdrive/files/disk/mod.ts";
import type { LostFiles } from "../../../warpdrive/files/mod.ts";
import {
  type Arguments,
  COLLISION_OPTION,
  collisionPolicy,
  type CommandBody,
  numberOption,
  positionals,
  type Streams,
  textOption,
  UsageError,
} from "../../command.ts";
import {
  contentsOf,
  contentsText,
  INTERRUPTED_STATUS,
  LEFT_OUT_STATUS,
  LineInput,
  stopSignal,
  TransferReport,
} from "../../terminal/mod.ts";
import {
  checkNotAllLost,
  confirmed,
  type FetchEvent,
  FetchReport,
  fetchShare,
  hiddenNames,
  isHidden,
  isPassing,
  listShare,
  namedLost,
  namesText,
  parseShareAddress,
  planShare,
  reportLost,
  reviewText,
  rootOf,
  type Share,
  type ShareList,
  sharePort,
  withoutHidden,
} from "../../share/mod.ts";

const PATIENCE_SECONDS = 60;
/** A day. */
const PATIENCE_SECONDS_MAX = 86_400;
/** The environment variable that may hold a share. */
const SHARE_VARIABLE = "WARPWIRE_SHARE";

/** Fetches a share into a folder. */
export const receiveCommand: CommandBody = {
  usage: "[<share> | -] [options]",
  details:
    `The share is the text that the other machine printed. Without it, the program reads the variable ${SHARE_VARIABLE}
or asks; with - it reads one line of the standard input. Other users of this machine can read the arguments of programs,
and the code of a share with them; the other ways hide the code.
At a terminal it shows the files and asks before fetching. Otherwise it leaves out top-level names that begin with a
dot, unless --hidden is given, and the status is ${LEFT_OUT_STATUS}.
Every file is compared with its SHA-256. If it is interrupted, run it again: it resumes.`,
  options: {
    downloads: { type: "string", value: "DIR", about: "folder for the files; default the current folder" },
    "on-collision": COLLISION_OPTION,
    yes: { type: "boolean", short: "y", about: "do not ask" },
    hidden: { type: "boolean", about: "also receive names that begin with a dot" },
    patience: {
      type: "string",
      value: "SECONDS",
      about: `how long to retry when the connection is lost; default ${PATIENCE_SECONDS}`,
    },
    json: { type: "boolean", about: "print one line of JSON for each event; do not ask" },
  },
  async run(args, streams) {
    concealArguments();
    const rules = rulesOf(args);
    using stop = stopSignal();
    const input = new LineInput(streams.input);
    const text = await shareText(args, { ...streams, input, signal: stop.signal });
    if (stop.signal.aborted) return INTERRUPTED_STATUS;
    const { code, ...peer } = parseShareAddress(text);
    const starting = linkHost({ identity: Identity.generate(), listen: [] });
    // Meanwhile: each waits for a thread.
    prepareThread();
    await using host = await starting;
    const share: Share = { host, peer, port: sharePort(code), signal: stop.signal, ...rules };
    const json = args.options.json === true;
    using report = new TransferReport({ streams, clock: host.clock, json });
    const asks = streams.interactive === true && args.options.yes !== true && !json;
    try {
      return await receive(share, {
        report,
        hidden: args.options.hidden === true,
        confirm: asks ? (text) => confirmed(text, { input, out: streams.out, signal: stop.signal }) : null,
      });
    } catch (error) {
      if (stop.signal.aborted) return INTERRUPTED_STATUS;
      throw error;
    }
  },
};

/** Where the share is read from if it is not an argument. */
interface Prompt extends Pick<Streams, "out" | "interactive"> {
  readonly input: LineInput;
  readonly signal: AbortSignal;
}

/** The text of the share: an argument, a line of the standard input, an environment variable, or a person's answer. */
async function shareText(args: Arguments, { input, out, interactive, signal }: Prompt): Promise<string> {
  const [given = process.env[SHARE_VARIABLE] ?? "", ...more] = args.positionals;
  if (more.length > 0) positionals(args, ["share"]);
  if (given !== "" && given !== "-" || args.positionals[0] === "") return given;
  if (given !== "-") {
    if (interactive !== true) throw new UsageError("Argument <share> is missing");
    out("Share that the other machine printed (ID.CODE@ADDRESS): ");
  }
  const line = await input.line(signal);
  if (line === null && !signal.aborted) throw new UsageError("The standard input contains no share");
  return line ?? "";
}

/** Removes the code from the process list, on systems that allow it. Until then it was readable. */
function concealArguments(): void {
  if (process.platform !== "win32") process.title = "warpwire receive";
}

function rulesOf(args: Arguments): Pick<Share, "folder" | "onCollision" | "patienceMs"> {
  const patience = numberOption(args, "patience", { min: 0, max: PATIENCE_SECONDS_MAX }) ?? PATIENCE_SECONDS;
  return {
    folder: textOption(args, "downloads") ?? ".",
    onCollision: collisionPolicy(args),
    patienceMs: 1000 * patience,
  };
}

/** How a share is received. */
interface Reception {
  readonly report: TransferReport;
  /** Whether hidden top-level names are received although nobody has seen them. */
  readonly hidden: boolean;
  /** Shows what would be received, and asks; `null` if there is nobody to ask. */
  readonly confirm: ((text: string) => Promise<boolean | null>) | null;
}

/** Receives a share; returns the exit status. */
async function receive(given: Share, { report, hidden, confirm }: Reception): Promise<number> {
  using list = await listed(given);
  const { entries, reached } = list;
  const share = { ...given, reached };
  const whole = await planShare(share, entries);
  const who = shortIdentity(share.peer.peerId);
  reportLost(report, namedLost(list.lost, entries));
  checkNotAllLost(whole, list.lost);
  if (confirm !== null) {
    const there = { ...whole, entries: whole.entries.filter((_, index) => !list.lost.has(index)) };
    const answer = await confirm(reviewText(there, who));
    share.signal.throwIfAborted();
    if (answer !== true) {
      report.say("Nothing was received", { type: "declined" });
      return 1;
    }
  }
  const left = hidden || confirm !== null ? [] : hiddenNames(whole);
  if (left.length > 0) {
    report.warn(`left out: ${namesText(left)}: hidden names; use --hidden to receive them`, {
      type: "left-out",
      names: left,
      reason: "hidden",
    });
  }
  const plan = left.length === 0 ? whole : withoutHidden(await planShare(share, entries, "visible"));
  const contents = (lost: LostFiles) =>
    contentsOf(
      plan.entries.filter((entry, index) => !lost.has(index) && (left.length === 0 || !isHidden(rootOf(entry)))),
    );
  if (left.length > 0 && contents(list.lost).name === "nothing") {
    report.say("Nothing was received", { type: "nothing" });
    return LEFT_OUT_STATUS;
  }
  const { clock } = share.host;
  report.say(
    `Receiving ${contentsText(contents(list.lost))} from ${who} into ${escapeText(plan.folder)}`,
    { type: "offer", peer: share.peer.peerId, ...contents(list.lost), folder: plan.folder },
  );
  const fetching = new FetchReport({
    ...{ plan, report, contentsWithout: contents, lost: list.lost, withoutHidden: left.length > 0 },
  });
  const startMs = clock.now();
  try {
    const onEvent = (event: FetchEvent) => {
      if (event.type === "started") list[Symbol.dispose]();
      fetching.tell(event);
    };
    const fetched = await fetchShare(share, plan, { onEvent, lost: list.lost, leavesOut: left.length > 0 });
    fetching.completed(fetched, (clock.now() - startMs) / 1000);
    return left.length + fetched.lost.size + fetched.leftOut.length === 0 ? 0 : LEFT_OUT_STATUS;
  } catch (error) {
    if (share.signal.aborted || isPassing(error)) fetching.stopped(share.signal.aborted ? "aborted" : reasonOf(error));
    throw error;
  }
}

/** What it means that a share cannot be opened, by the code of the error. */
const UNOPENED: Partial<Record<HostErrorCode, string>> = {
  "unknown-protocol": "The other machine does not know this code: the code is mistyped, or the share has ended",
  rejected: "The other machine serves as many as it can at once: try again later",
};

/** Lists a share; explains what to do if the share is not there, or has no place left. */
async function listed(share: Share): Promise<ShareList> {
  try {
    return await listShare(share);
  } catch (cause) {
    const meaning = cause instanceof HostError ? UNOPENED[cause.code] : undefined;
    if (!(cause instanceof HostError) || meaning === undefined) throw cause;
    throw new HostError(cause.code, meaning, { cause, rejectCode: cause.rejectCode });
  }
}
