/**
 * Builds what the two npm packages consist of. `npm pack` and `npm publish` run it, for each of them.
 *
 * `packages/codec/dist/` gets the files of `codec/`: declarations with their comments, code without. In `dist/`, what
 * imports a file of `codec/` imports it from `@warpwire/codec`, and of `dist/codec/` only the doors are left, which
 * export the package again: there is one copy of the codec, whichever package it is imported from. The programs are
 * bundles of the sources, see `bundle.ts`.
 *
 *     deno run -A tasks/npm-packages.ts
 *
 * @module
 */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { buildPrograms } from "./bundle.ts";
import { codecDoors, doorFiles } from "./codec-package.ts";
import { print } from "./command.ts";
import { withLibrary } from "./declarations.ts";
import type { NpmManifest } from "./doors.ts";
import { readJson, root, tscPath } from "./project.ts";
import { importsOf, withImports } from "./source.ts";

/** Where the package is. */
export const CODEC_FOLDER = "packages/codec";

const DIST = join(root, "dist");
const CODEC_DIST = join(root, CODEC_FOLDER, "dist");

/** Built files: what is imported as `x.js` or, by declarations, as `x.ts`. */
const KINDS = [".js", ".d.ts"];

/** What the files are called with which other names, from the root of the build and without their extensions. */
type Names = ReadonlyMap<string, string>;

// The types of Node 20 do not know `main`.
if ((import.meta as { main?: boolean }).main) await buildPackages();

/** Builds both packages from the sources. */
export async function buildPackages(): Promise<void> {
  for (const folder of [DIST, CODEC_DIST]) rmSync(folder, { recursive: true, force: true });
  await print("node", [tscPath, "-p", "src/tsconfig.json"]);
  for (const file of filesOf(DIST)) if (file.endsWith(".d.ts")) change(join(DIST, file), withLibrary);
  const [npm, codec] = [readJson<NpmManifest>("package.json"), readJson<NpmManifest>(`${CODEC_FOLDER}/package.json`)];
  const [doors, opened] = [codecDoors(npm), doorFiles(codec)];
  await buildCodec(opened, new Map([...doors].map(([file, name]) => [name, opened.get(file)!])));
  buildRest([...doorFiles(npm).keys()], doors, opened);
  await buildPrograms();
}

/** The package of the codec: what its doors reach. */
async function buildCodec(opened: Names, doors: Names): Promise<void> {
  const read = (file: string) => readFileSync(join(DIST, file), "utf8");
  const [code, declarations] = KINDS.map((kind) => [...reachable([...opened.keys()], kind, read)]);
  // What writes source text runs before the programs that it is written for: it need not be easy to read there.
  const howOf = (file: string) => /^codec\/(codegen(?!\/runtime)|kaitai)\//.test(file) ? "--minify-whitespace" : "";
  for (const how of ["", "--minify-whitespace"]) await strip(code.filter((file) => howOf(file) === how), how);
  for (const file of declarations) writeFileSync(placeFor(file), read(file));
  for (const file of filesOf(CODEC_DIST)) change(join(CODEC_DIST, file), (text) => withDoors(text, doors));
  copyFileSync(join(root, "LICENSE"), join(root, CODEC_FOLDER, "LICENSE"));
}

/** Writes files without comments, and without what an option takes away besides. */
async function strip(files: readonly string[], option: string): Promise<void> {
  const folders = [`--outbase=${join(DIST, "codec")}`, `--outdir=${CODEC_DIST}`];
  const how = ["--format=esm", "--target=es2023", "--charset=utf8", "--legal-comments=none", "--log-level=warning"];
  await print(join(root, "node_modules", ".bin", "esbuild"), [
    ...files.map((file) => join(DIST, file)),
    ...[...folders, ...how, option].filter((text) => text !== ""),
  ]);
}

/** The files of a kind that some files import, and these; with their extensions. */
export function reachable(starts: readonly string[], kind: string, read: (file: string) => string): Set<string> {
  const found = new Set(starts.map((file) => file + kind));
  for (const file of found) {
    for (const { specifier } of importsOf(read(file))) {
      if (specifier.startsWith(".")) found.add(targetOf(file, specifier) + kind);
    }
  }
  return found;
}

function targetOf(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.[jt]s$/, "");
}

/** A text of the codec, in code and in comments, with the doors called as its own package calls them. */
export function withDoors(text: string, doors: Names): string {
  return text.replace(/(["'`])(warpwire\/[\w/-]+)\1/g, (quoted, quote: string, name: string) => {
    const own = doors.get(name);
    return own === undefined ? quoted : quote + own + quote;
  });
}

/** The package of everything else; only the doors have declarations, and what these need. */
function buildRest(all: readonly string[], doors: Names, opened: Names): void {
  rmSync(join(DIST, "codec"), { recursive: true });
  for (const file of filesOf(DIST)) {
    if (KINDS.some((kind) => file.endsWith(kind))) {
      change(join(DIST, file), (text) => withPackage(file, text, opened));
    }
  }
  const starts = all.filter((file) => !doors.has(file));
  const needed = reachable(starts, ".d.ts", (file) => readFileSync(join(DIST, file), "utf8"));
  for (const file of filesOf(DIST)) if (file.endsWith(".d.ts") && !needed.has(file)) rmSync(join(DIST, file));
  for (const file of doors.keys()) {
    for (const kind of KINDS) {
      mkdirSync(join(DIST, dirname(file)), { recursive: true });
      writeFileSync(join(DIST, file + kind), `export * from "${opened.get(file)}";\n`);
    }
  }
}

/**
 * A built file that imports the codec from its package. The compiler names types in declarations by the file that they
 * are written in, where the source had them from a door: they are imported from the door of that file's folder.
 *
 * @param file its path from the root of the build
 * @throws Error for a file of the codec that the package does not export
 */
export function withPackage(file: string, text: string, opened: Names): string {
  return withImports(text, (specifier) => {
    const target = targetOf(file, specifier);
    if (!specifier.startsWith(".") || !target.startsWith("codec/")) return undefined;
    const door = file.endsWith(".d.ts") ? opened.get(posix.join(posix.dirname(target), "mod")) : undefined;
    const name = opened.get(target) ?? door;
    if (name === undefined) throw new Error(`Cannot pack "${file}": the codec's package does not export "${target}"`);
    return name;
  });
}

function placeFor(file: string): string {
  const place = join(CODEC_DIST, posix.relative("codec", file));
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

/** The files below a folder, by their paths from there, with slashes. */
function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).split(sep).join("/"));
}

function change(file: string, to: (text: string) => string): void {
  const text = readFileSync(file, "utf8");
  const changed = to(text);
  if (changed !== text) writeFileSync(file, changed);
}
