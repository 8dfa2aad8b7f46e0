/**
 * The npm package `@warpwire/codec`, which `warpwire` depends on and re-exports: its manifest opens the files of `codec/`
 * that may be imported. Users get the doors; `./internal/…` is for the files of `warpwire` that need more, and keeps its
 * exports within a minor version, because `warpwire` takes any patch of the package.
 *
 * @module
 */

import { posix } from "node:path";
import { doorName, npmDoors, type NpmManifest } from "./doors.ts";
import { importsOf } from "./source.ts";

/** Names under which files are imported, by the paths of these from the root without their extensions. */
type Opened = ReadonlyMap<string, string>;

const INTERNAL = "./internal/";

/** The files that can be imported from a package, as `codec/json/mod`, and under which names. */
export function doorFiles(npm: NpmManifest): Opened {
  return new Map(npmDoors(npm).map((door) => [fileOf(npm, door), doorName(npm, door)]));
}

/** The doors of `warpwire` that lead to files of `codec/`, by these files. */
export function codecDoors(npm: NpmManifest): Opened {
  return new Map([...doorFiles(npm)].filter(([file]) => file.startsWith("codec/")));
}

function fileOf(npm: NpmManifest, door: string): string {
  const built = (npm.exports[door] as { default?: string }).default ?? "";
  const path = built.replace(/^\.\/dist\//, "").replace(/\.js$/, "");
  return npm.name.endsWith("/codec") ? `codec/${path}` : path;
}

/**
 * Compares the manifest of `@warpwire/codec` with that of `warpwire` and with what the sources import, and returns what
 * is wrong, a line each.
 *
 * @param sources by their path from the root
 */
export function findCodecFaults(npm: NpmManifest, codec: NpmManifest, sources: ReadonlyMap<string, string>): string[] {
  return [
    ...codec.version === npm.version ? [] : [`The version of ${codec.name} is ${codec.version}, not ${npm.version}`],
    ...exportFaults(npm, codec, sources),
    ...importFaults(codec, sources),
    ...dependencyFaults(npm, codec, sources),
  ];
}

function exportFaults(npm: NpmManifest, codec: NpmManifest, sources: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const [doors, opened] = [codecDoors(npm), doorFiles(codec)];
  for (const [file, name] of doors) {
    if (!opened.has(file)) faults.push(`The door "${name}" is not in the exports of ${codec.name}`);
  }
  for (const door of npmDoors(codec)) {
    const file = fileOf(codec, door);
    if (!sources.has(`${file}.ts`)) {
      faults.push(`"${door}" of ${codec.name} leads to "${file}.ts", which is not a file`);
    }
    const path = `./dist/${file.slice("codec/".length)}`;
    if (JSON.stringify(codec.exports[door]) !== JSON.stringify({ types: `${path}.d.ts`, default: `${path}.js` })) {
      faults.push(`"${door}" of ${codec.name} is not types and default of "${path}"`);
    }
    const name = doors.get(file);
    const expected = name === undefined
      ? `${INTERNAL}${file.slice("codec/".length)}`
      : name.slice(npm.name.length).replace(/^\/codec/, ".").replace(/^\//, "./");
    if (door !== expected) faults.push(`"${door}" of ${codec.name} should be "${expected}"`);
  }
  return faults;
}

/** What is outside of `codec/` imports only what the package opens, and what it opens besides the doors is imported. */
function importFaults(codec: NpmManifest, sources: ReadonlyMap<string, string>): string[] {
  const opened = doorFiles(codec);
  const unused = new Map([...opened].filter(([, name]) => name.startsWith(codec.name + INTERNAL.slice(1))));
  const faults: string[] = [];
  for (const [file, source] of sources) {
    if (file !== "mod.ts" && !file.startsWith("src/")) continue;
    for (const { specifier, line } of importsOf(source)) {
      const target = posix.join(posix.dirname(file), specifier).replace(/\.ts$/, "");
      if (!specifier.startsWith(".") || !target.startsWith("codec/")) continue;
      unused.delete(target);
      if (!opened.has(target)) {
        faults.push(`${file}:${line} imports "${specifier}", which ${codec.name} does not export`);
      }
    }
  }
  return [...faults, ...[...unused.values()].map((name) => `Nothing imports "${name}"`)];
}

/** The package needs what its files import, in the versions of `warpwire`, and nothing else. */
function dependencyFaults(npm: NpmManifest, codec: NpmManifest, sources: ReadonlyMap<string, string>): string[] {
  const imported = new Set<string>();
  for (const [file, source] of sources) {
    if (!file.startsWith("codec/")) continue;
    for (const { specifier } of importsOf(source)) if (!specifier.startsWith(".")) imported.add(packageOf(specifier));
  }
  const [needs, has] = [codec, npm].map((one) => ({ ...one.peerDependencies, ...one.dependencies }));
  return [
    ...[...imported].filter((name) => needs[name] === undefined).map((name) =>
      `${codec.name} lacks the package "${name}"`
    ),
    ...Object.keys(needs).filter((name) => !imported.has(name)).map((name) =>
      `${codec.name} does not import "${name}"`
    ),
    ...Object.keys(needs).filter((name) => needs[name] !== has[name]).map((name) =>
      `${codec.name} has ${name} ${needs[name]}, ${npm.name} has ${has[name] ?? "none"}`
    ),
  ];
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
