/**
 * `warpwire receive`: fetches what another machine shares.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { shortIdentity } from "../../../codec/protocols/astral/identity.ts";
import { plural } from "../../../codec/values.ts";
import { HostError } from "../../host/error.ts";
import { libp2pHost } from "../../host/libp2p.ts";
import { Identity } from "../../identity/identity.ts";
import type { OfferedEntry, ReceivePlan } from "../../warpdrive/files/mod.ts";
import { type Arguments, type CommandSpec, numberOption, positionals, textOption } from "../command.ts";
import { type Contents, contentsOf, contentsText } from "../contents-text.ts";
import { percentOf } from "../progress-bar.ts";
import { formatMoved } from "../quantities.ts";
import { parseShareAddress } from "../share-address.ts";
import { type FetchEvent, fetchShare, isPassing, listShare, planShare, type Share } from "../share-fetch.ts";
import { sharePort } from "../share-port.ts";
import { INTERRUPTED_STATUS, stopSignal } from "../stop-signal.ts";
import { TransferReport } from "../transfer-report.ts";
import { COLLISION_OPTION, collisionPolicy } from "../warpdrive-options.ts";

const PATIENCE_SECONDS = 60;
/** A day. */
const PATIENCE_SECONDS_MAX = 86_400;

/** Fetches a share into a folder. */
export const receiveCommand: CommandSpec = {
  name: "receive",
  usage: "<share> [options]",
  about: "fetches what another machine shares, into the current folder",
  details:
    `The share is what the other machine printed. Every file is compared with its SHA-256. Run the same again after an
interruption, and it goes on from what is there.`,
  options: {
    downloads: { type: "string", value: "DIR", about: "the folder to put files into; by default the current one" },
    "on-collision": COLLISION_OPTION,
    patience: {
      type: "string",
      value: "SECONDS",
      about: `how long to go on trying when the connection is lost; by default ${PATIENCE_SECONDS}`,
    },
    json: { type: "boolean", about: "prints a line of JSON for everything that happens" },
  },
  async run(args, streams) {
    const [text] = positionals(args, ["share"]);
    const { code, ...peer } = parseShareAddress(text);
    const rules = rulesOf(args);
    using stop = stopSignal();
    await using host = await libp2pHost({ identity: Identity.generate(), listen: [] });
    const share: Share = { host, peer, port: sharePort(code), signal: stop.signal, ...rules };
    using report = new TransferReport({ streams, clock: host.clock, json: args.options.json === true });
    try {
      await receive(share, report);
    } catch (error) {
      if (stop.signal.aborted) return INTERRUPTED_STATUS;
      throw error;
    }
  },
};

function rulesOf(args: Arguments): Pick<Share, "folder" | "onCollision" | "patienceMs"> {
  const patience = numberOption(args, "patience", { min: 0, max: PATIENCE_SECONDS_MAX }) ?? PATIENCE_SECONDS;
  return {
    folder: textOption(args, "downloads") ?? ".",
    onCollision: collisionPolicy(args),
    patienceMs: 1000 * patience,
  };
}

async function receive(share: Share, report: TransferReport): Promise<void> {
  const entries = await listed(share);
  const plan = await planShare(share, entries);
  const contents = contentsOf(entries);
  const { clock } = share.host;
  report.say(
    `Receiving ${contentsText(contents)} from ${shortIdentity(share.peer.peerId)} into ${escapeText(plan.folder)}`,
    { type: "offer", peer: share.peer.peerId, ...contents, folder: plan.folder },
  );
  const fetching = new FetchReport(contents, report);
  const startMs = clock.now();
  try {
    const targets = await fetchShare(share, plan, (event) => fetching.tell(event));
    fetching.completed(plan, targets, (clock.now() - startMs) / 1000);
  } catch (error) {
    if (share.signal.aborted || isPassing(error)) fetching.stopped();
    throw error;
  }
}

/** Tells how fetching goes. */
class FetchReport {
  readonly #contents: Contents;
  readonly #report: TransferReport;
  /** What was on disk at the start. */
  #begun: number | null = null;
  #done = 0;

  constructor(contents: Contents, report: TransferReport) {
    this.#contents = contents;
    this.#report = report;
  }

  tell(event: FetchEvent): void {
    const { name, bytes } = this.#contents;
    const { type, done } = event;
    this.#done = done;
    if (type === "interrupted") {
      this.#report.hide(name);
      this.#report.say(`Interrupted at ${this.#percent} (${escapeText(event.reason)}), trying again`, event);
      return;
    }
    this.#begun ??= done;
    if (type === "started" && done > 0) this.#report.say(`Going on at ${this.#percent}`, { ...event, type: "resumed" });
    this.#report.show(name, { name, done, bytes });
  }

  completed(plan: ReceivePlan, targets: readonly string[], seconds: number): void {
    const { name, files, bytes } = this.#contents;
    const hashed = plan.entries.every(({ isDirectory, sha256 }) => isDirectory || sha256 !== undefined);
    const names = [...new Set(targets.map((target) => target.split("/", 1)[0]).filter((root) => root !== ""))];
    const [first = "nothing", ...more] = names;
    const what = escapeText(more.length === 0 ? first : `${first} and ${more.length} more`);
    const moved = formatMoved(bytes - (this.#begun ?? 0), seconds);
    this.#report.hide(name);
    this.#report.say(
      `Received ${what}: ${plural(files, "file")}, ${moved}${hashed ? ", every SHA-256 as announced" : ""}`,
      { type: "completed", files, bytes, folder: plan.folder, names, seconds },
    );
  }

  stopped(): void {
    const { name, bytes } = this.#contents;
    this.#report.hide(name);
    this.#report.say(`Stopped at ${this.#percent}; the same command goes on from there`, {
      ...{ type: "stopped", done: this.#done, bytes },
    });
  }

  get #percent(): string {
    return `${percentOf({ done: this.#done, bytes: this.#contents.bytes })}%`;
  }
}

/** What a share has; a share that is not there is told in words that help. */
async function listed(share: Share): Promise<OfferedEntry[]> {
  try {
    return await listShare(share);
  } catch (cause) {
    if (!(cause instanceof HostError) || cause.code !== "unknown-protocol") throw cause;
    throw new HostError("unknown-protocol", "The other machine does not share this any more", { cause });
  }
}
