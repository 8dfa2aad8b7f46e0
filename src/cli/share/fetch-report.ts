/**
 * Shows how a share is fetched.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { type LostFiles, type ReceivePlan, SKIP_REASONS } from "../../warpdrive/files/mod.ts";
import { keptOf } from "../../warpdrive/offers/mod.ts";
import { NOTHING_MOVED } from "../../warpdrive/transfers/mod.ts";
import {
  amountsOf,
  codeText,
  type Contents,
  formatMoved,
  keptJson,
  keptText,
  percentOf,
  type TransferReport,
} from "../terminal/mod.ts";
import type { Fetched, FetchEvent } from "./share-fetch.ts";
import { namedLost, reportLeftOut, reportLost } from "./share-lost.ts";
import { isHidden, rootOf } from "./share-review.ts";

/** How many changed names are shown. */
const RENAMED_MAX = 20;

/** What a {@link FetchReport} shows, and where. */
export interface FetchReportOptions {
  readonly plan: ReceivePlan;
  readonly report: TransferReport;
  /** What is there to fetch without files that were lost. */
  readonly contentsWithout: (lost: LostFiles) => Contents;
  /** Files that were lost before. */
  readonly lost: LostFiles;
  readonly withoutHidden: boolean;
}

/** Shows how fetching goes. */
export class FetchReport {
  readonly #options: FetchReportOptions;
  #lost: LostFiles;
  #contents: Contents;
  /** What was on disk at the start. */
  #begun: number | null = null;
  #moved = NOTHING_MOVED;

  constructor(options: FetchReportOptions) {
    this.#options = options;
    this.#lost = options.lost;
    this.#contents = options.contentsWithout(options.lost);
  }

  /** Shows an event. */
  tell(event: FetchEvent): void {
    const { plan, report, contentsWithout } = this.#options;
    const { name } = this.#contents;
    const { type, done } = event;
    this.#moved = event;
    if (type === "lost") {
      report.hide(name);
      reportLost(report, namedLost(event.fresh, plan.entries));
      this.#lost = event.lost;
      this.#contents = contentsWithout(event.lost);
      return;
    }
    if (type === "interrupted") {
      report.hide(name);
      report.say(`Interrupted at ${this.#percent} (${escapeText(codeText(event.reason))}), trying again`, { ...event });
      return;
    }
    this.#begun ??= done;
    if (type === "started" && event.filesDone + done > 0) {
      report.say(`Resuming at ${this.#percent}`, { ...event, type: "resumed" });
    }
    report.show(name, { name, ...amountsOf(event, this.#contents) });
  }

  /** Everything that can be had is here. */
  completed(fetched: Fetched, seconds: number): void {
    const { plan: { entries, folder }, report, withoutHidden } = this.#options;
    const { targets, kept, leftOut } = fetched;
    const { name, files, bytes } = this.#contents;
    const hashed = entries.every(({ isDirectory, sha256 }) => isDirectory || sha256 !== undefined);
    const refused = new Set(leftOut.map(({ index }) => index));
    const isHere = (index: number) =>
      !this.#lost.has(index) && !refused.has(index) && (!withoutHidden || !isHidden(rootOf(entries[index]!)));
    const had = targets.filter((_, index) => isHere(index));
    const names = [...new Set(had.map((target) => target.split("/", 1)[0]).filter((root) => root !== ""))];
    const [first = "nothing", ...more] = names;
    const what = escapeText(more.length === 0 ? first : `${first} and ${more.length} more`);
    const moved = formatMoved(bytes - (this.#begun ?? 0), seconds);
    const counts = keptOf(kept);
    const refusedFiles = leftOut.filter(({ index }) => !entries[index]!.isDirectory).length;
    const left = this.#lost.size + refused.size;
    report.hide(name);
    const named = leftOut.map(({ index, reason }) => ({ path: entries[index]!.uri, reason }));
    reportLeftOut(report, named, SKIP_REASONS);
    const stayed = new Set(kept.map(({ index }) => index));
    this.#tellRenamed(targets, (index) => isHere(index) && !stayed.has(index));
    report.say(
      `${kept.length === 0 ? "Received" : "Fetched"} ${what}: ${plural(files - kept.length - refusedFiles, "file")}, ` +
        `${moved}${
          counts === undefined ? hashed ? ", every SHA-256 as announced" : "" : `; ${keptText(keptJson(counts))}`
        }` +
        (left === 0 ? "" : `; ${refused.size === 0 ? plural(left, "file") : left} left out`),
      {
        ...(counts !== undefined && { kept: keptJson(counts) }),
        ...(left > 0 && { leftOut: left }),
        ...{ type: "completed", files, bytes, folder, names, seconds },
      },
    );
  }

  /**
   * Lists what has other names than in the share, because the disk does not accept or distinguish those. Names of
   * the first level that were taken are in the last line.
   */
  #tellRenamed(targets: readonly string[], isHere: (index: number) => boolean): void {
    const { plan: { entries, windowsNames }, report } = this.#options;
    const renamed = entries.flatMap(({ uri }, index) => {
      const target = targets[index]!;
      const differs = (windowsNames || uri.includes("/")) && lastName(uri) !== lastName(target);
      return differs && isHere(index) ? [{ path: uri, target }] : [];
    });
    for (const { path, target } of report.json ? renamed : renamed.slice(0, RENAMED_MAX)) {
      report.warn(`renamed: ${escapeText(path)} is ${escapeText(target)} here`, { type: "renamed", path, target });
    }
    const more = renamed.length - RENAMED_MAX;
    if (more > 0 && !report.json) report.warn(`renamed: ${more} more`, {});
  }

  /** Fetching ends before everything is here. */
  stopped(reason: string): void {
    const { report } = this.#options;
    const { name, bytes } = this.#contents;
    const how = reason === "ended" ? "receiving the files when they are shared again" : "the same command";
    report.hide(name);
    report.say(`Stopped at ${this.#percent}; ${how} resumes from there`, {
      ...{ type: "stopped", done: this.#moved.done, bytes, reason },
    });
  }

  get #percent(): string {
    return `${percentOf(amountsOf(this.#moved, this.#contents))}%`;
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
