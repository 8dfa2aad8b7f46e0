/**
 * Packs the npm packages, installs them into empty folders as users would, and uses them there on Node and Deno.
 *
 * @module
 */

import { type Outcome, print } from "./command.ts";
import { doorFiles } from "./codec-package.ts";
import { npmDoors, type NpmManifest } from "./doors.ts";
import { buildPackages, CODEC_FOLDER } from "./npm-packages.ts";
import { compileConsumer, COMPILERS } from "./pack-consumer.ts";
import { doorsProgram, FRAME_PROGRAM } from "./pack-doors.ts";
import { useProgram, useStorjnode } from "./pack-program.ts";
import { type Runtime, runtimes } from "./pack-runtimes.ts";
import { readJson, root } from "./project.ts";

/** The most that the codec's package may take on a disk, in bytes. */
const CODEC_BYTES_MAX = 1_000_000;
/** The most that a file may have that does nothing but export another package. */
const DOOR_BYTES_MAX = 200;

/** Doors of the codec that work where no other package is installed. */
const CORE = [".", "./generated", "./generate", "./cslq", "./json", "./kaitai"];

const INSTALL = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];

/** What `npm pack --json` says of a package. */
interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

/** Packs, installs and uses the packages; throws at the first thing that fails. */
export async function checkPackage(): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "warpwire-pack-" });
  try {
    const npm = readJson<NpmManifest>("package.json");
    const codec = readJson<NpmManifest>(`${CODEC_FOLDER}/package.json`);
    await buildPackages();
    const [codecFile, npmFile] = [await packCodec(folder), await packRest(folder)];
    const found = await runtimes();
    await useCodec(folder, codec, codecFile, found);
    // Both end before the folder is removed.
    const outcomes = await Promise.allSettled([
      usePrograms(folder, npm, [npmFile, codecFile], found),
      useEverything(folder, npm, codec, [npmFile, codecFile]),
    ]);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    return { ok: true, output: "" };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function packCodec(folder: string): Promise<string> {
  const { filename, unpackedSize } = await pack(`${root}/${CODEC_FOLDER}`, folder);
  if (unpackedSize > CODEC_BYTES_MAX) {
    throw new Error(`The codec's package has ${unpackedSize} bytes unpacked, more than ${CODEC_BYTES_MAX}`);
  }
  return `${folder}/${filename}`;
}

async function packRest(folder: string): Promise<string> {
  const { filename, files } = await pack(root, folder);
  const copied = files.find(({ path, size }) => path.startsWith("dist/codec/") && size > DOOR_BYTES_MAX);
  if (copied !== undefined) throw new Error(`"${copied.path}" is in the package beside the codec's own`);
  return `${folder}/${filename}`;
}

async function pack(cwd: string, folder: string): Promise<Packed> {
  const listed = JSON.parse(
    await print("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd,
    }),
  );
  // A list, or since npm 12 an object with the packages by name.
  return Object.values<Packed>(listed)[0];
}

/** An empty project with packages. */
async function install(cwd: string, ...packages: string[]): Promise<string> {
  await Deno.mkdir(cwd);
  await Deno.writeTextFile(`${cwd}/package.json`, JSON.stringify({ private: true, type: "module" }));
  await print("npm", [...INSTALL, ...packages], { cwd });
  return cwd;
}

/** The codec alone: its doors with what is installed for them, and the core with nothing else. */
async function useCodec(folder: string, codec: NpmManifest, file: string, found: Runtime[]): Promise<void> {
  const cwd = await install(`${folder}/codec`, file);
  await checkInstalled(cwd, [codec.name, ...Object.keys(codec.dependencies ?? {})]);
  const bare = `${folder}/core`;
  await Deno.mkdir(`${bare}/node_modules/@warpwire`, { recursive: true });
  await Deno.writeTextFile(`${bare}/package.json`, JSON.stringify({ private: true, type: "module" }));
  await Deno.rename(`${cwd}/node_modules/@warpwire/codec`, `${bare}/node_modules/@warpwire/codec`);
  await useDoors(bare, found, namesOf(codec, (door) => CORE.includes(door)));
  await Deno.rename(`${bare}/node_modules/@warpwire/codec`, `${cwd}/node_modules/@warpwire/codec`);
  await useDoors(cwd, found, namesOf(codec, (door) => door !== "./arbitrary"));
}

/** The names of the codec's public doors. */
function namesOf(codec: NpmManifest, includes: (door: string) => boolean): Map<string, string> {
  const doors = npmDoors(codec).filter((door) => !door.startsWith("./internal/") && includes(door));
  return new Map(doors.map((door) => [door, codec.name + door.slice(1)]));
}

async function useDoors(cwd: string, found: Runtime[], names: ReadonlyMap<string, string>): Promise<void> {
  await Deno.writeTextFile(`${cwd}/doors.mjs`, doorsProgram(names));
  await Deno.writeTextFile(`${cwd}/frame-use.mjs`, FRAME_PROGRAM);
  for (const { command: [program, ...args] } of found) {
    await print(program, [...args, "doors.mjs"], { cwd });
    await print(`${root}/node_modules/.bin/esbuild`, ["frame.ts", "--outfile=frame.mjs", "--log-level=error"], { cwd });
    await print(program, [...args, "frame-use.mjs"], { cwd });
  }
}

/** What is installed is these packages, each once. */
async function checkInstalled(cwd: string, expected: readonly string[]): Promise<void> {
  const paths = (await print("npm", ["ls", "--all", "--parseable"], { cwd })).trim().split("\n").slice(1);
  const names = paths.map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  if (String(names.toSorted()) !== String(expected.toSorted())) {
    throw new Error(`Installed were ${names.join(", ")}, not ${expected.join(", ")}`);
  }
}

/** The program, where nothing else is installed. */
async function usePrograms(folder: string, npm: NpmManifest, files: string[], found: Runtime[]): Promise<void> {
  const cwd = await install(`${folder}/program`, ...files);
  for (const name of Object.keys(npm.bin)) await print(`${cwd}/node_modules/.bin/${name}`, ["--help"], { cwd });
  const [main, storjnode] = [npm.name, "storjnode"].map((name) => `${cwd}/node_modules/${npm.name}/${npm.bin[name]}`);
  for (const runtime of found) {
    const place = `${cwd}/${runtime.name}`;
    await Deno.mkdir(place);
    try {
      await useProgram(runtime, main, place);
      await useStorjnode(runtime, storjnode, npm.version, place);
    } catch (cause) {
      throw new Error(`The program does not work on ${runtime.name}`, { cause });
    }
  }
}

/** Both packages, and what they leave to their users: every door, as JavaScript and TypeScript. */
async function useEverything(folder: string, npm: NpmManifest, codec: NpmManifest, files: string[]): Promise<void> {
  const peers = Object.entries(npm.peerDependencies ?? {}).map(([name, version]) => `${name}@${version}`);
  const cwd = await install(`${folder}/user`, ...files, ...peers, ...COMPILERS);
  const names = npmDoors(npm).map((door) => npm.name + door.slice(1));
  const ownNames = doorFiles(npm);
  const reexported = [...doorFiles(codec)].filter(([file]) => ownNames.has(file));
  const same = reexported.map(([file, name]) => `["${ownNames.get(file)}", "${name}"]`);
  await Deno.writeTextFile(
    `${cwd}/same.mjs`,
    `for (const name of ${JSON.stringify(names)}) {
  if (Object.keys(await import(name)).length === 0) throw new Error(name + " exports nothing");
}
for (const [one, other] of [${same}]) {
  const [own, its] = [await import(one), await import(other)];
  const keys = [Object.keys(own), Object.keys(its)].map(String);
  if (keys[0] !== keys[1] || Object.keys(own).some((key) => own[key] !== its[key])) throw new Error(one + " differs");
}
console.log("same");
`,
  );
  const node: Runtime = { name: "node", command: ["node"] };
  await print("node", ["same.mjs"], { cwd });
  await print("deno", ["run", "-A", "same.mjs"], { cwd });
  await useDoors(cwd, [node], namesOf(codec, () => true));
  await compileConsumer(cwd, [...names, ...namesOf(codec, () => true).values()]);
}
