/**
 * `warpwire receive`: fetches what another machine shares.
 *
 * @module
 */

import process from "node:process";
import { escapeText } from "../../../codec/mod.ts";
import { shortIdentity } from "../../../codec/protocols/astral/mod.ts";
import { plural } from "../../../codec/values.ts";
import { HostError } from "../../host/error.ts";
import { libp2pHost } from "../../host/libp2p.ts";
import { Identity } from "../../identity/identity.ts";
import { reasonOf } from "../../warpdrive/error.ts";
import type { KeptFile, ReceivePlan } from "../../warpdrive/files/mod.ts";
import {
  type Arguments,
  type CommandSpec,
  numberOption,
  positionals,
  type Streams,
  textOption,
  UsageError,
} from "../command.ts";
import { type Contents, contentsOf, contentsText } from "../contents-text.ts";
import { LEFT_OUT_STATUS } from "../left-out-text.ts";
import { LineInput } from "../line-input.ts";
import { amountsOf, NOTHING_MOVED } from "../moved.ts";
import { percentOf } from "../progress-bar.ts";
import { formatMoved } from "../quantities.ts";
import { parseShareAddress } from "../share-address.ts";
import {
  type FetchEvent,
  fetchShare,
  isPassing,
  listShare,
  planShare,
  type Share,
  type ShareList,
} from "../share-fetch.ts";
import { sharePort } from "../share-port.ts";
import {
  confirmed,
  hiddenNames,
  isHidden,
  namesText,
  reviewText,
  visibleEntries,
  withoutHidden,
} from "../share-review.ts";
import { INTERRUPTED_STATUS, stopSignal } from "../stop-signal.ts";
import { TransferReport } from "../transfer-report.ts";
import { COLLISION_OPTION, collisionPolicy } from "../warpdrive-options.ts";

const PATIENCE_SECONDS = 60;
/** A day. */
const PATIENCE_SECONDS_MAX = 86_400;
/** The variable of the environment that a share may be in. */
const SHARE_VARIABLE = "WARPWIRE_SHARE";

/** Fetches a share into a folder. */
export const receiveCommand: CommandSpec = {
  name: "receive",
  usage: "[<share> | -] [options]",
  about: "fetches what another machine shares, into the current folder",
  details:
    `The share is what the other machine printed. Without it, the variable ${SHARE_VARIABLE} is read, or the program
asks; with - it reads one line of the standard input. Other users of this machine can see the arguments of programs in
the list of processes, and with them the code of a share: the other ways keep it from them.
At a terminal it shows what would come and asks. Otherwise, names of the first level that begin with a dot are left out,
unless --hidden allows them, and the status is ${LEFT_OUT_STATUS}.
Every file is compared with its SHA-256. If it is interrupted, run it again: it resumes.`,
  options: {
    downloads: { type: "string", value: "DIR", about: "the folder to put files into; by default the current one" },
    "on-collision": COLLISION_OPTION,
    yes: { type: "boolean", short: "y", about: "does not ask" },
    hidden: { type: "boolean", about: "receives names that begin with a dot, too" },
    patience: {
      type: "string",
      value: "SECONDS",
      about: `how long to go on trying when the connection is lost; by default ${PATIENCE_SECONDS}`,
    },
    json: { type: "boolean", about: "prints a line of JSON for everything that happens, and does not ask" },
  },
  async run(args, streams) {
    concealArguments();
    const rules = rulesOf(args);
    using stop = stopSignal();
    const input = new LineInput(streams.input);
    const text = await shareText(args, { ...streams, input, signal: stop.signal });
    if (stop.signal.aborted) return INTERRUPTED_STATUS;
    const { code, ...peer } = parseShareAddress(text);
    await using host = await libp2pHost({ identity: Identity.generate(), listen: [] });
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

/** From where the share is asked, if it is no argument. */
interface Prompt extends Pick<Streams, "out" | "interactive"> {
  readonly input: LineInput;
  readonly signal: AbortSignal;
}

/** What the other machine printed: an argument, a line of the standard input, of the environment, or of a person. */
async function shareText(args: Arguments, { input, out, interactive, signal }: Prompt): Promise<string> {
  const [given = process.env[SHARE_VARIABLE] ?? "", ...more] = args.positionals;
  if (more.length > 0) positionals(args, ["share"]);
  if (given !== "" && given !== "-" || args.positionals[0] === "") return given;
  if (given !== "-") {
    if (interactive !== true) throw new UsageError("Argument <share> is missing");
    out("What the other machine printed (ID.CODE@ADDRESS): ");
  }
  const line = await input.line(signal);
  if (line === null && !signal.aborted) throw new UsageError("The standard input has no line with a share");
  return line ?? "";
}

/** Takes the code out of the list of processes, on systems that let a program do so. Before that it could be read. */
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
  /** Whether hidden names of the first level are received although nobody has looked at them. */
  readonly hidden: boolean;
  /** Shows somebody what would come, and asks; `null` where nobody is to be asked. */
  readonly confirm: ((text: string) => Promise<boolean | null>) | null;
}

/** Receives a share; returns the exit status. */
async function receive(given: Share, { report, hidden, confirm }: Reception): Promise<number> {
  using list = await listed(given);
  const { entries, reached } = list;
  const share = { ...given, reached };
  const whole = await planShare(share, entries);
  const who = shortIdentity(share.peer.peerId);
  if (confirm !== null) {
    const answer = await confirm(reviewText(whole, who));
    share.signal.throwIfAborted();
    if (answer !== true) {
      report.say("Nothing was received", { type: "declined" });
      return 1;
    }
  }
  const left = hidden || confirm !== null ? [] : hiddenNames(whole);
  if (left.length > 0) {
    report.warn(`left out: ${namesText(left)}: hidden names, which --hidden allows`, {
      type: "left-out",
      names: left,
      reason: "hidden",
    });
  }
  const plan = left.length === 0 ? whole : withoutHidden(await planShare(share, entries, "visible"));
  const contents = contentsOf(left.length === 0 ? entries : visibleEntries(whole));
  if (left.length > 0 && contents.name === "nothing") {
    report.say("Nothing was received", { type: "nothing" });
    return LEFT_OUT_STATUS;
  }
  const { clock } = share.host;
  report.say(
    `Receiving ${contentsText(contents)} from ${who} into ${escapeText(plan.folder)}`,
    { type: "offer", peer: share.peer.peerId, ...contents, folder: plan.folder },
  );
  const fetching = new FetchReport(contents, report, left.length > 0);
  const startMs = clock.now();
  try {
    const targets = await fetchShare(share, plan, (event) => {
      if (event.type === "started") list[Symbol.dispose]();
      fetching.tell(event);
    });
    fetching.completed(plan, targets, (clock.now() - startMs) / 1000);
  } catch (error) {
    if (share.signal.aborted || isPassing(error)) fetching.stopped(share.signal.aborted ? "aborted" : reasonOf(error));
    throw error;
  }
  return left.length === 0 ? 0 : LEFT_OUT_STATUS;
}

/** Tells how fetching goes. */
class FetchReport {
  readonly #contents: Contents;
  readonly #report: TransferReport;
  readonly #withoutHidden: boolean;
  /** What was on disk at the start. */
  #begun: number | null = null;
  #moved = NOTHING_MOVED;
  #kept: readonly KeptFile[] = [];

  constructor(contents: Contents, report: TransferReport, withoutHidden: boolean) {
    this.#withoutHidden = withoutHidden;
    this.#contents = contents;
    this.#report = report;
  }

  tell(event: FetchEvent): void {
    const { name } = this.#contents;
    const { type, done } = event;
    this.#moved = event;
    if (type === "kept") {
      this.#kept = event.kept;
      return;
    }
    if (type === "interrupted") {
      this.#report.hide(name);
      this.#report.say(`Interrupted at ${this.#percent} (${escapeText(event.reason)}), trying again`, { ...event });
      return;
    }
    this.#begun ??= done;
    if (type === "started" && event.filesDone + done > 0) {
      this.#report.say(`Going on at ${this.#percent}`, { ...event, type: "resumed" });
    }
    this.#report.show(name, { name, ...amountsOf(event, this.#contents) });
  }

  completed(plan: ReceivePlan, targets: readonly string[], seconds: number): void {
    const { name, files, bytes } = this.#contents;
    const hashed = plan.entries.every(({ isDirectory, sha256 }) => isDirectory || sha256 !== undefined);
    const kept = targets.filter((_, index) => !this.#withoutHidden || !isHidden(plan.entries[index]!.target));
    const names = [...new Set(kept.map((target) => target.split("/", 1)[0]).filter((root) => root !== ""))];
    const [first = "nothing", ...more] = names;
    const what = escapeText(more.length === 0 ? first : `${first} and ${more.length} more`);
    const moved = formatMoved(bytes - (this.#begun ?? 0), seconds);
    this.#report.hide(name);
    this.#report.say(
      `${this.#kept.length === 0 ? "Received" : "Fetched"} ${what}: ${plural(files - this.#kept.length, "file")}, ` +
        `${moved}${keptText(this.#kept) || (hashed ? ", every SHA-256 as announced" : "")}`,
      {
        ...(this.#kept.length > 0 && { kept: keptCounts(this.#kept) }),
        type: "completed",
        files,
        bytes,
        folder: plan.folder,
        names,
        seconds,
      },
    );
  }

  stopped(reason: string): void {
    const { name, bytes } = this.#contents;
    const how = reason === "ended" ? "when the files are shared again, receiving them" : "the same command";
    this.#report.hide(name);
    this.#report.say(`Stopped at ${this.#percent}; ${how} goes on from there`, {
      ...{ type: "stopped", done: this.#moved.done, bytes, reason },
    });
  }

  get #percent(): string {
    return `${percentOf(amountsOf(this.#moved, this.#contents))}%`;
  }
}

/** How many files were kept, by how they compare with those of the share. */
function keptCounts(kept: readonly KeptFile[]): Readonly<Record<KeptFile["content"], number>> {
  const counts = { same: 0, different: 0, unknown: 0 };
  for (const { content } of kept) counts[content]++;
  return counts;
}

/** `; 3 files were there and stayed: 2 equal, 1 different`. */
function keptText(kept: readonly KeptFile[]): string {
  if (kept.length === 0) return "";
  const { same, different, unknown } = keptCounts(kept);
  const parts = [[same, "equal"], [different, "different"], [unknown, "not compared"]] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `; ${kept.length} already there and left as they were: ${words.join(", ")}`;
}

/** What a share has; a share that is not there is told in words that help. */
async function listed(share: Share): Promise<ShareList> {
  try {
    return await listShare(share);
  } catch (cause) {
    if (!(cause instanceof HostError) || cause.code !== "unknown-protocol") throw cause;
    throw new HostError("unknown-protocol", "The other machine does not share this any more", { cause });
  }
}
