/**
 * `npm run mutants`: makes one small fault at a time in the compiled sources, and expects the fitting tests to notice.
 *
 *     npm run mutants                   all of them
 *     npm run mutants -- store codec    those whose name or file contains one of these
 *
 * The last line counts them; the status is 1 if a fault was not noticed, or does not fit the sources any more.
 *
 * @module
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../test/run.ts";
import { print } from "./command.ts";
import { MUTANTS } from "./mutants-list.ts";
import type { Mutant } from "./mutants-row.ts";
import { root, tscPath } from "./project.ts";

/** How many are tried at once. */
const WORKERS = 2;
/** Tests that take longer wait for something that the fault keeps from happening: that is noticed, too. */
const SECONDS_MAX = 90;

type Outcome = "noticed" | "NOT NOTICED" | "DOES NOT FIT";

const mutants = MUTANTS.filter(({ name, file }) =>
  Deno.args.length === 0 || Deno.args.some((filter) => name.includes(filter) || file.includes(filter))
);
const folder = mkdtempSync(join(tmpdir(), "warpwire-mutants-"));
try {
  await print("node", [tscPath, "-p", "test/tsconfig.json"]);
  const outcomes = new Map<Outcome, number>();
  const broken = await noticing(
    copyTree(join(folder, "whole")),
    [...new Set(mutants.flatMap(({ tests }) => tests))],
    mutants.length * SECONDS_MAX,
  );
  if (broken !== "") throw new Error(`Without any fault, tests fail: ${broken}`);
  const left = [...mutants];
  const work = async (worker: number) => {
    const tree = copyTree(join(folder, String(worker)));
    for (let mutant; (mutant = left.shift()) !== undefined;) {
      const start = performance.now();
      const { outcome, by } = await tryMutant(tree, mutant);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${outcome.padEnd(12)} ${mutant.file}: ${mutant.name} (${seconds} s${by === "" ? "" : `, ${by}`})`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  const [noticed, missed, unfit] = (["noticed", "NOT NOTICED", "DOES NOT FIT"] as const).map((one) =>
    outcomes.get(one) ?? 0
  );
  console.log(`${noticed} noticed, ${missed} not noticed, ${unfit} do not fit`);
  Deno.exitCode = noticed > 0 && missed + unfit === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A copy of the compiled tests, in a folder with everything else that they read. */
function copyTree(tree: string): string {
  mkdirSync(tree);
  for (const name of readdirSync(root)) {
    if (name !== ".build" && name !== ".git") symlinkSync(join(root, name), join(tree, name));
  }
  cpSync(join(root, ".build"), join(tree, ".build"), { recursive: true });
  return tree;
}

async function tryMutant(
  tree: string,
  { file, from, to, tests }: Mutant,
): Promise<{ readonly outcome: Outcome; readonly by: string }> {
  const path = join(tree, ".build", file.replace(/\.ts$/, ".js"));
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) return { outcome: "DOES NOT FIT", by: "" };
  writeFileSync(path, source.replace(from, () => to));
  try {
    const by = await noticing(tree, tests, SECONDS_MAX);
    return { outcome: by === "" ? "NOT NOTICED" : "noticed", by };
  } finally {
    writeFileSync(path, source);
  }
}

/** Runs tests in a process whose folder for temporary files goes with it, and returns those that fail; "" if all pass. */
async function noticing(tree: string, tests: readonly string[], secondsMax: number): Promise<string> {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const file = join(temporary, "result.json");
  try {
    const { success, signal } = await new Deno.Command("node", {
      args: [join(tree, ".build", "test", "run.js"), "--bail", "--result", file, "--", ...tests],
      cwd: tree,
      env: { TMPDIR: temporary },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(secondsMax * 1000),
    }).output();
    if (success) return "";
    const { failedFiles, running }: Result = JSON.parse(readFileSync(file, "utf8"));
    const files = [...failedFiles, ...(running === null ? [] : [running])].map((path) => path.replace("test/", ""));
    return `${signal === null ? "" : "after the time limit: "}${files.join(", ") || "no test in particular"}`;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
