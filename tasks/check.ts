/**
 * `npm run check`: everything that can be said about the sources without running the tests.
 *
 *     npm run check                     every step
 *     npm run check -- types-node fmt   these steps
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { findCodecFaults } from "./codec-package.ts";
import { type Outcome, print, run } from "./command.ts";
import { type DenoManifest, findDoorFaults, type NpmManifest } from "./doors.ts";
import { findLayerFaults } from "./layers.ts";
import { checkPackage } from "./pack.ts";
import { readJson, readSources, root, tscPath } from "./project.ts";
import { checkSizes } from "./sizes.ts";
import { findStale, GENERATED } from "./stale.ts";

/** The TypeScript projects: for browsers, the npm build, the tests. */
const PROJECTS = ["codec/tsconfig.json", "src/tsconfig.json", "test/tsconfig.json"];

/** What Deno checks the types of; the benchmark is JavaScript, with packages of its own. */
const TYPED = ["mod.ts", "codec", "src", "test", "tasks", "examples"];

/** Where examples stand: in Markdown, and in doc comments. */
const DOCUMENTED = ["README.md", "docs", "mod.ts", "codec", "src"];

/** The checks by name, in the order in which they run: the quick ones first. */
const STEPS: Record<string, () => Promise<Outcome> | Outcome> = {
  "fmt": () => run("deno", ["fmt", "--check"]),
  "lint": () => run("deno", ["lint"]),
  "doors": checkDoors,
  "layers": checkLayers,
  "types-node": checkTypesForNode,
  "types-deno": () => run("deno", ["check", "--quiet", ...TYPED.filter(exists)]),
  "stale": async () => fromFaults(await findStale(GENERATED, ([program, ...args]) => print(program, args))),
  "docs": () => run("deno", ["test", "--doc", "--quiet", "--permit-no-files", "-A", ...DOCUMENTED.filter(exists)]),
  "sizes": checkSizes,
  "publish": () => run("deno", ["publish", "--quiet", "--dry-run", "--allow-dirty"]),
  "pack": checkPackage,
};

Deno.exitCode = await checkAll(Deno.args) ? 0 : 1;

async function checkAll(names: string[]): Promise<boolean> {
  const unknown = names.find((name) => !Object.hasOwn(STEPS, name));
  if (unknown !== undefined) {
    console.error(`Cannot check "${unknown}": the steps are ${Object.keys(STEPS).join(", ")}`);
    return false;
  }
  let ok = true;
  for (const name of names.length === 0 ? Object.keys(STEPS) : names) ok = await checkStep(name) && ok;
  return ok;
}

async function checkStep(name: string): Promise<boolean> {
  const start = performance.now();
  const outcome = await outcomeOf(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(12)}${outcome.ok ? "ok" : "failed"} (${seconds} s)`);
  if (!outcome.ok) console.log(`\n${outcome.output.trimEnd()}\n`);
  return outcome.ok;
}

async function outcomeOf(name: string): Promise<Outcome> {
  try {
    return await STEPS[name]();
  } catch (error) {
    return { ok: false, output: Deno.inspect(error) };
  }
}

function checkDoors(): Outcome {
  const [npm, deno] = [readJson<NpmManifest>("package.json"), readJson<DenoManifest>("deno.json")];
  const [codec, sources] = [readJson<NpmManifest>("packages/codec/package.json"), readSources()];
  return fromFaults([...findDoorFaults(npm, deno, sources.keys()), ...findCodecFaults(npm, codec, sources)]);
}

function checkLayers(): Outcome {
  return fromFaults(findLayerFaults(readSources()));
}

async function checkTypesForNode(): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const project of PROJECTS) outcomes.push(await run("node", [tscPath, "-p", project, "--noEmit"]));
  return { ok: outcomes.every(({ ok }) => ok), output: outcomes.map(({ output }) => output).join("") };
}

function fromFaults(faults: readonly string[]): Outcome {
  return { ok: faults.length === 0, output: faults.join("\n") };
}

function exists(path: string): boolean {
  return existsSync(join(root, path));
}
