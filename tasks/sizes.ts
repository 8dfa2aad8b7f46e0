/**
 * How large tiny programs are when they are bundled for a page: minified and compressed, with a ceiling for each; and how
 * much code the program loads before it knows what to do.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { string, struct, u64, u8 } from "../codec/mod.ts";
import { generateSource } from "../codec/codegen/mod.ts";
import { buildPrograms, bytesAtStart } from "./bundle.ts";
import { type Outcome, run } from "./command.ts";
import { root } from "./project.ts";

/** A program, and the most bytes that it may have as a compressed bundle. */
interface TinyProgram {
  readonly name: string;
  readonly bytesMax: number;
  readonly source: string;
}

const CODEC = JSON.stringify(join(root, "codec", "mod.ts"));
const SCHEMA = "struct({ opcode: u8, offerId: string(u8), index: u64, offset: u64 })";

/** The programs whose size is promised. */
export const PROGRAMS: readonly TinyProgram[] = [
  {
    name: "decodes one frame, generated",
    bytesMax: 3 * 1024,
    source: `import { decodeDownload } from "./generated.ts";
globalThis.decodeFrame = decodeDownload;`,
  },
  {
    name: "decodes one frame, compiled at run time",
    bytesMax: 8 * 1024,
    source: `import { decode, string, struct, u64, u8 } from ${CODEC};
const Download = ${SCHEMA};
globalThis.decodeFrame = (bytes) => decode(Download, bytes);`,
  },
];

/** The sizes of the programs in bytes, by name. */
export async function bundleSizes(): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-sizes-"));
  try {
    const Download = struct({ opcode: u8, offerId: string(u8), index: u64, offset: u64 });
    const support = join(root, "codec", "codegen", "runtime", "mod.ts");
    writeFileSync(join(folder, "generated.ts"), generateSource({ Download }, { support }));
    const sizes = new Map<string, number>();
    for (const { name, source } of PROGRAMS) sizes.set(name, await bundleSize(folder, source));
    return sizes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleSize(folder: string, source: string): Promise<number> {
  const entry = join(folder, "program.ts");
  const bundle = join(folder, "program.js");
  writeFileSync(entry, source);
  const options = ["--bundle", "--minify", "--format=esm", "--platform=neutral", "--log-level=error"];
  const { ok, output } = await run(join(root, "node_modules", ".bin", "esbuild"), [
    entry,
    ...options,
    `--outfile=${bundle}`,
  ]);
  if (!ok) throw new Error(`Cannot bundle a program\n${output}`);
  return gzipSync(readFileSync(bundle), { level: 9 }).length;
}

/** The most bytes that the program may load at its start: libp2p and the like, half a megabyte each, come later. */
const START_BYTES_MAX = 1_900_000;

/** Checks the ceilings. */
export async function checkSizes(): Promise<Outcome> {
  const sizes = await bundleSizes();
  const faults = PROGRAMS.filter(({ name, bytesMax }) => sizes.get(name)! > bytesMax)
    .map(({ name, bytesMax }) => `A program that ${name} has ${sizes.get(name)} bytes, more than ${bytesMax}`);
  const start = bytesAtStart(await buildPrograms(), "dist/src/cli/main.js");
  if (start > START_BYTES_MAX) {
    faults.push(`The program loads ${start} bytes at its start, more than ${START_BYTES_MAX}`);
  }
  return { ok: faults.length === 0, output: faults.join("\n") };
}
