/**
 * Looking at what a share would bring before it is fetched: final paths, sizes, and names that file managers hide.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import type { PlannedEntry, ReceivePlan } from "../../warpdrive/files/mod.ts";
import { askUntil, contentsOf, contentsText, formatBytes, type QuestionParts } from "../terminal/mod.ts";

/** More paths than this do not help to decide. */
const PATHS_MAX = 20;
/** Some file systems do not see these in a name: with them in front, a dot is still the first character. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Whether file managers hide a name of the first level, as they do with the files by which shells are set up. */
export function isHidden(name: string): boolean {
  return name.replace(UNSEEN, "").startsWith(".");
}

/** The names of the first level that are hidden, as they would be in the folder. */
export function hiddenNames({ entries }: ReceivePlan): string[] {
  return [...new Set(entries.map(rootOf))].filter(isHidden);
}

/** The same plan, in which nothing below hidden names is written: their bytes are read and dropped. */
export function withoutHidden(plan: ReceivePlan): ReceivePlan {
  const entries = plan.entries.map((entry) =>
    // A folder is made even if it is skipped; an empty file is not.
    isHidden(rootOf(entry)) ? { ...entry, isDirectory: false, skip: true } : entry
  );
  return { ...plan, entries };
}

/** What would come, for somebody who has to decide; harmless for a terminal. Hidden names come first. */
export function reviewText(plan: ReceivePlan, who: string): string {
  const files = plan.entries.filter(({ isDirectory }) => !isDirectory);
  const hidden = files.filter((entry) => isHidden(rootOf(entry)));
  const others = files.filter((entry) => !isHidden(rootOf(entry)));
  const shown = [...hidden, ...others].slice(0, PATHS_MAX);
  const lines = shown.map(({ target, size, skip }) =>
    `  ${escapeText(target)} (${formatBytes(size)})${skip ? ", which is there already and stays" : ""}`
  );
  if (files.length > shown.length) lines.push(`  and ${plural(files.length - shown.length, "more file")}`);
  const names = hiddenNames(plan);
  if (names.length > 0) lines.push(`Hidden names, which can change how programs work here: ${namesText(names)}`);
  const contents = contentsOf(plan.entries.map((entry) => ({ ...entry, uri: entry.target })));
  const head = `${who} shares ${contentsText(contents)}. Into ${escapeText(plan.folder)} would come:`;
  return [head, ...lines, ""].join("\n");
}

/** Shows a text and asks until there is an answer; `null` when nobody is there any more. */
export async function confirmed(text: string, parts: QuestionParts): Promise<boolean | null> {
  parts.out(text);
  const answer = await askUntil("Receive this? [y]es, [n]o: ", { y: true, yes: true, n: false, no: false }, parts);
  if (answer === null) parts.out("\n");
  return answer;
}

/** Some names in a line, not too many of them; harmless for a terminal. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, PATHS_MAX).map((name) => escapeText(name)).join(", ");
  return names.length > PATHS_MAX ? `${shown} and ${names.length - PATHS_MAX} more` : shown;
}

/** The name of the first level that an entry gets. */
export function rootOf({ target }: Pick<PlannedEntry, "target">): string {
  return target.split("/", 1)[0];
}
