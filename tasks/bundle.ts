/**
 * Builds the two programs of the npm package as bundles: `npm run build` and `npm pack` run it. A program loads some ten
 * files in place of 430, which takes a third of the time. What is imported from the package stays as the compiler writes
 * it, one file for each source.
 *
 *     deno run -A tasks/bundle.ts     to dist/src/cli/
 *
 * @module
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { print } from "./command.ts";
import type { NpmManifest } from "./doors.ts";
import { readJson, root } from "./project.ts";

/** Where the programs are. */
const FOLDER = "dist/src/cli";
/** The licenses of everything in the bundles that is from other packages. */
const LICENSES = `${FOLDER}/THIRD-PARTY-LICENSES.txt`;

/** How files are called that several parts of the programs share, or that are loaded later. */
const CHUNK = "chunk-";

/**
 * What starts a program, as a module of CommonJS: before Node runs any other module, it starts the threads that wait for
 * disks, and takes their number from the environment. With 16 in place of 4, received files of 4 KiB are brought to the
 * disk in two thirds of the time. A program that ends before it says how has the status that Node gives it otherwise.
 */
const STARTER = `#!/usr/bin/env node
process.env.UV_THREADPOOL_SIZE ??= "16";
process.exitCode = 13;
import("./PROGRAM.js");
`;

/** Threads: files of the bundle that nothing imports, beside those that start them. */
const THREADS = ["src/warpdrive/files/disk/disk-thread.ts"];

/**
 * Packages that stay outside, with what they need: they load files of their own, which are compiled programs of the
 * machine (LevelDB) or WebAssembly, and fonts.
 */
const EXTERNAL = ["classic-level", "@resvg/resvg-wasm", "@viz-js/viz", "@fontsource/share-tech-mono"];

/**
 * Modules of CommonJS in the bundles load those of the runtime by `require`; imports that come later need the other one,
 * see {@link hideLaterImports}.
 */
const BANNER = `import { createRequire as createBundleRequire } from "node:module";
const require = createBundleRequire(import.meta.url), chunks = "./${CHUNK}";`;

const OPTIONS = [
  ...["--bundle", "--splitting", "--format=esm", "--platform=node", "--target=node20.19"],
  // Names stay, for stack traces; where the lines came from is in the maps.
  ...["--minify-whitespace", "--minify-syntax", "--sourcemap", "--sources-content=false"],
  ...["--legal-comments=none", "--log-level=warning", `--chunk-names=${CHUNK}[hash]`, `--outdir=${FOLDER}`],
  `--banner:js=${BANNER}`,
  ...EXTERNAL.map((name) => `--external:${name}`),
];

/** What esbuild reports of a bundle, as far as it is read. */
export interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Output {
  readonly bytes: number;
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

// The types of Node 20 do not know `main`.
if ((import.meta as { main?: boolean }).main) await buildPrograms();

/** Builds the programs from the sources, in place of those that were there, and returns what is in them. */
export async function buildPrograms(): Promise<Metafile> {
  removeChunks();
  const folder = mkdtempSync(join(tmpdir(), "warpwire-bundle-"));
  try {
    const metafile = join(folder, "meta.json");
    await print(join(root, "node_modules", ".bin", "esbuild"), [...entries(), ...OPTIONS, `--metafile=${metafile}`]);
    const built: Metafile = JSON.parse(readFileSync(metafile, "utf8"));
    for (const output of Object.keys(built.outputs).filter((name) => name.endsWith(".js"))) {
      writeFileSync(join(root, output), hideLaterImports(readFileSync(join(root, output), "utf8")));
    }
    for (const program of programs()) {
      writeFileSync(join(root, FOLDER, `${program}.cjs`), STARTER.replace("PROGRAM", program));
    }
    const packages = packagesOf(Object.keys(built.inputs));
    writeFileSync(join(root, LICENSES), licensesText(packages.map((path) => licenseOf(join(root, path)))));
    return built;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Their names are made of what is in them: those of earlier builds would stay. */
function removeChunks(): void {
  if (!existsSync(join(root, FOLDER))) return;
  for (const name of readdirSync(join(root, FOLDER))) {
    if (name.startsWith(CHUNK)) rmSync(join(root, FOLDER, name));
  }
}

/**
 * Code whose later imports Deno cannot read: it loads what they name with what is imported at once, which was all of the
 * program, and a sixth of the time until a share is asked for. It has as many characters, which the maps count.
 */
export function hideLaterImports(code: string): string {
  const later = new RegExp(`(?<=import\\()"\\./${CHUNK}([^"]*")(?=\\))`, "g");
  return code.replaceAll(later, (name, rest) => `chunks+"${rest}`.padEnd(name.length));
}

/** The names of the programs, which their sources and starters have. */
function programs(): string[] {
  return Object.values(readJson<NpmManifest>("package.json").bin).map((path) => parse(path).name);
}

/** What is bundled, as `name=source`: all files go into one folder, so that threads are beside what starts them. */
function entries(): string[] {
  return [...programs().map((name) => `src/cli/${name}.ts`), ...THREADS].map((source) =>
    `${parse(source).name}=${source}`
  );
}

/** How many bytes of code are loaded before a program knows what to do: a file, and what it imports at once. */
export function bytesAtStart({ outputs }: Metafile, file: string): number {
  const files = new Set([file]);
  for (const each of files) {
    for (const { path, kind, external } of outputs[each]?.imports ?? []) {
      if (kind === "import-statement" && external !== true) files.add(path);
    }
  }
  return [...files].reduce((sum, each) => sum + outputs[each].bytes, 0);
}

/** The folders of the packages that files are from, sorted. */
export function packagesOf(files: readonly string[]): string[] {
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** What a package says of its license. */
export interface License {
  /** Name, version and license, and where it is from. */
  readonly name: string;
  /** The texts in its folder. */
  readonly texts: readonly string[];
}

/** Reads the license of a package. Throws for one that has none: nobody may copy it. */
export function licenseOf(folder: string): License {
  const { name, version, license, homepage = "" }: Record<string, unknown> = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  if (typeof license !== "string") throw new Error(`Cannot bundle "${name}": its manifest has no license`);
  return { name: `${name} ${version} (${license}) ${homepage}`.trim(), texts };
}

/** The licenses for those who get the bundles: packages with the same text together. */
export function licensesText(licenses: readonly License[]): string {
  const together = new Map<string, string[]>();
  for (const { name, texts } of licenses) {
    const text = texts.join("\n\n") || "(These packages name their license, and have no text of it.)";
    together.set(text, [...together.get(text) ?? [], name]);
  }
  const parts = [...together].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return `The programs in this folder contain code of the following packages.\n\n${
    parts.join(`\n${"-".repeat(80)}\n\n`)
  }`;
}
