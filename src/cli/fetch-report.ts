/**
 * Telling how a share is fetched.
 *
 * @module
 */

import { escapeText } from "../../codec/mod.ts";
import { plural } from "../../codec/values.ts";
import type { KeptFile, LostFiles, ReceivePlan } from "../warpdrive/files/mod.ts";
import type { Contents } from "./contents-text.ts";
import { amountsOf, NOTHING_MOVED } from "./moved.ts";
import { percentOf } from "./progress-bar.ts";
import { formatMoved } from "./quantities.ts";
import type { FetchEvent } from "./share-fetch.ts";
import { namedLost, reportLost } from "./share-lost.ts";
import { isHidden, rootOf } from "./share-review.ts";
import type { TransferReport } from "./transfer-report.ts";

/** What a {@link FetchReport} tells of, and where. */
export interface FetchReportOptions {
  readonly plan: ReceivePlan;
  readonly report: TransferReport;
  /** What is there to fetch without files that were lost. */
  readonly contentsWithout: (lost: LostFiles) => Contents;
  /** Files that were lost before. */
  readonly lost: LostFiles;
  readonly withoutHidden: boolean;
}

/** Tells how fetching goes. */
export class FetchReport {
  readonly #options: FetchReportOptions;
  #lost: LostFiles;
  #contents: Contents;
  /** What was on disk at the start. */
  #begun: number | null = null;
  #moved = NOTHING_MOVED;
  #kept: readonly KeptFile[] = [];

  constructor(options: FetchReportOptions) {
    this.#options = options;
    this.#lost = options.lost;
    this.#contents = options.contentsWithout(options.lost);
  }

  /** Tells of an event. */
  tell(event: FetchEvent): void {
    const { plan, report, contentsWithout } = this.#options;
    const { name } = this.#contents;
    const { type, done } = event;
    this.#moved = event;
    if (type === "kept") {
      this.#kept = event.kept;
      return;
    }
    if (type === "lost") {
      report.hide(name);
      reportLost(report, namedLost(event.fresh, plan.entries));
      this.#lost = event.lost;
      this.#contents = contentsWithout(event.lost);
      return;
    }
    if (type === "interrupted") {
      report.hide(name);
      report.say(`Interrupted at ${this.#percent} (${escapeText(event.reason)}), trying again`, { ...event });
      return;
    }
    this.#begun ??= done;
    if (type === "started" && event.filesDone + done > 0) {
      report.say(`Going on at ${this.#percent}`, { ...event, type: "resumed" });
    }
    report.show(name, { name, ...amountsOf(event, this.#contents) });
  }

  /** Everything that can be had is here, under these names. */
  completed(targets: readonly string[], seconds: number): void {
    const { plan, report, withoutHidden } = this.#options;
    const { name, files, bytes } = this.#contents;
    const hashed = plan.entries.every(({ isDirectory, sha256 }) => isDirectory || sha256 !== undefined);
    const had = targets.filter((_, index) =>
      !this.#lost.has(index) && (!withoutHidden || !isHidden(rootOf(plan.entries[index]!)))
    );
    const names = [...new Set(had.map((target) => target.split("/", 1)[0]).filter((root) => root !== ""))];
    const [first = "nothing", ...more] = names;
    const what = escapeText(more.length === 0 ? first : `${first} and ${more.length} more`);
    const moved = formatMoved(bytes - (this.#begun ?? 0), seconds);
    const lost = this.#lost.size;
    report.hide(name);
    report.say(
      `${this.#kept.length === 0 ? "Received" : "Fetched"} ${what}: ${plural(files - this.#kept.length, "file")}, ` +
        `${moved}${keptText(this.#kept) || (hashed ? ", every SHA-256 as announced" : "")}` +
        (lost === 0 ? "" : `; ${plural(lost, "file")} left out`),
      {
        ...(this.#kept.length > 0 && { kept: keptCounts(this.#kept) }),
        ...(lost > 0 && { leftOut: lost }),
        ...{ type: "completed", files, bytes, folder: plan.folder, names, seconds },
      },
    );
  }

  /** Fetching ends before everything is here. */
  stopped(reason: string): void {
    const { report } = this.#options;
    const { name, bytes } = this.#contents;
    const how = reason === "ended" ? "when the files are shared again, receiving them" : "the same command";
    report.hide(name);
    report.say(`Stopped at ${this.#percent}; ${how} goes on from there`, {
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
