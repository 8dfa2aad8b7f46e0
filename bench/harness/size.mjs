/**
 * Bundle sizes: a tiny program that decodes one frame, with this library, by hand and with each peer.
 *
 * Each is bundled into one file, minified and compressed. What a bundle decodes is checked before its size counts.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { difference } from "./equal.mjs";
import { measuredOn, NONE, table } from "./markdown.mjs";
import { peerVersion } from "./packages.mjs";
import { commandOf } from "./runtimes.mjs";
import { FRAME, frameValue, programs } from "./size-programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BENCH = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {object} ProgramSize
 * @property {string} name
 * @property {string} version
 * @property {number} [bytes] compressed
 * @property {number} [minified] bytes before compression
 * @property {number} [bytesMax] what the project allows itself
 * @property {string} [failure] why there is no size
 */

/** @returns {Promise<{ programs: ProgramSize[] }>} */
export async function measureSizes() {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-size-"));
  try {
    const others = [];
    for (const program of programs) others.push(await sizeOf(program, folder));
    return { programs: [...ownSizes(), ...others] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sizes that the project promises, from the task that checks them. */
function ownSizes() {
  const [command, ...args] = commandOf("deno");
  const text = execFileSync(command, [...args, "tasks/sizes-report.ts"], { cwd: ROOT, encoding: "utf8" });
  return JSON.parse(text).map(({ name, ...size }) => ({ name: `warpwire: ${name}`, version: "", ...size }));
}

async function sizeOf({ name, peer, source }, folder) {
  const version = peer === undefined ? "" : peerVersion(peer);
  const file = join(folder, `${name}.mjs`);
  try {
    const text = await bundle(source, file);
    await check(file);
    return { name, version, minified: text.length, bytes: gzipSync(text, { level: 9 }).length };
  } catch (error) {
    return { name, version, failure: reasonOf(error) };
  }
}

/** What esbuild says first, without the place; or the message of anything else. */
function reasonOf({ errors, message }) {
  return (errors?.[0]?.text ?? message).split("\n")[0];
}

async function bundle(source, file) {
  const { build } = await import("esbuild");
  await build({
    stdin: { contents: source, resolveDir: BENCH },
    outfile: file,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    // Some packages ask for the global object of Node by its name.
    define: { global: "globalThis" },
    // The baseline, written for Node and Deno, takes a decoder of texts from it.
    external: ["node:buffer"],
    logLevel: "silent",
  });
  return readFileSync(file);
}

/** The bundle decodes the frame, here in the process of the benchmark. */
async function check(file) {
  delete globalThis.decodeFrame;
  await import(pathToFileURL(file).href);
  const found = difference(globalThis.decodeFrame(Uint8Array.from(FRAME)), frameValue);
  if (found !== undefined) throw new Error(`The bundle decodes wrongly: ${found}`);
}

/** @param {{ date: string, machine: object, outcomes: { programs: ProgramSize[] }[] }} run */
export function sizeReport(run) {
  const [{ programs }] = run.outcomes;
  const number = (value) => value === undefined ? NONE : value.toLocaleString("en");
  const rows = programs.map(({ name, version, bytes, minified, bytesMax }) => [
    name,
    ...[version || NONE, number(bytes), number(minified), number(bytesMax)],
  ]);
  const failures = programs.filter(({ failure }) => failure !== undefined)
    .map(({ name, failure }) => `No size for ${name}, which does not bundle for a page as it is: ${failure}.`);
  return [
    measuredOn(run),
    table(["program", "version", "bytes, compressed", "minified", "ceiling"], rows, "right"),
    ...failures,
  ].join("\n\n");
}
