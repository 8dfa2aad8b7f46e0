/**
 * Packs the npm package, installs it into an empty folder as a user would, and uses it there from Node and Deno.
 *
 * @module
 */

import { type Outcome, print, run } from "./command.ts";
import { doorName, npmDoors, type NpmManifest } from "./doors.ts";
import { readJson, root, tscPath } from "./project.ts";

/** Encoding and decoding with the installed package; throws if the bytes or the value are not the expected ones. */
const USE_CODEC = `
import { decode, encode, struct, u16, u8 } from "warpwire/codec";
const Offer = struct({ kind: u8, size: u16 });
const bytes = encode(Offer, { kind: 7, size: 258 });
if (String(bytes) !== "7,1,2") throw new Error("Encoded " + bytes);
const offer = decode(Offer, bytes);
if (offer.kind !== 7 || offer.size !== 258) throw new Error("Decoded " + JSON.stringify(offer));
`;

/** What a TypeScript user compiles with; the declarations of the package are checked, too. */
const USER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: "ES2023",
  // The declarations of typed-binary name Float16Array.
  lib: ["ES2023", "ESNext.Disposable", "ESNext.Float16", "DOM"],
  module: "NodeNext",
  types: [],
};

/** Packs, installs and uses the package; stops at the first program that fails. */
export async function checkPackage(): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "warpwire-pack-" });
  try {
    const npm = readJson<NpmManifest>("package.json");
    await print("npm", ["pack", "--pack-destination", folder]);
    const cwd = `${folder}/user`;
    await writeUser(cwd, npm);
    // The package itself, and what it leaves to its users to install.
    const peers = Object.entries(npm.peerDependencies ?? {}).map(([name, version]) => `${name}@${version}`);
    const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await print("npm", [...install, `../${npm.name}-${npm.version}.tgz`, ...peers], { cwd });
    for (const [program, ...args] of uses(npm)) {
      const outcome = await run(program, args, { cwd });
      if (!outcome.ok || outcome.output.trim() === "") {
        return { ok: false, output: `${program} ${args.join(" ")} failed\n${outcome.output}` };
      }
    }
    return await compileConsumer(cwd);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A program whose exported schemas get declarations, with no library but those that browsers have had for long. */
const CONSUMER = `
import { array, decodeIterable, optional, string, struct, u16, u64, u8, union } from "warpwire/codec";
import { memoryHost, MemoryNetwork } from "warpwire/host";
import { jsonObject, jsonString } from "warpwire/json";
export const Offer = struct({ kind: u8, name: string(u16), size: optional(u64), parts: array(u8, u16) });
export const Message = union("type", u8, { ping: [1, struct({ signal: u8 })], offer: [2, Offer] });
export const Person = jsonObject({ name: jsonString });
export const host = memoryHost({ network: new MemoryNetwork(), peerId: "a" });
export async function read(stream: { readable: ReadableStream<Uint8Array> }): Promise<void> {
  for await (const offer of decodeIterable(Offer, stream.readable)) console.log(offer.name);
}
`;

/** The TypeScript versions that consumers may have. */
const TYPESCRIPTS = ["5.7", "5.9", "latest"];
/** Their modules, with the resolution that goes with each. */
const MODULES = [["node16", "node16"], ["nodenext", "nodenext"], ["esnext", "bundler"]];

async function compileConsumer(cwd: string): Promise<Outcome> {
  await Deno.writeTextFile(`${cwd}/consumer.ts`, CONSUMER);
  const aliases = TYPESCRIPTS.map((version) => `ts-${version}@npm:typescript@${version}`);
  await print("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", ...aliases], {
    cwd,
  });
  for (const version of TYPESCRIPTS) {
    for (const [module, moduleResolution] of MODULES) {
      const file = "tsconfig.consumer.json";
      const compilerOptions = {
        ...{ strict: true, declaration: true, skipLibCheck: false, types: [], outDir: "out", rootDir: "." },
        ...{ target: "ES2022", lib: ["ES2022", "DOM"], module, moduleResolution },
      };
      await Deno.writeTextFile(`${cwd}/${file}`, JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      const { ok, output } = await run("node", [`node_modules/ts-${version}/bin/tsc`, "-p", file], { cwd });
      if (!ok) return { ok, output: `TypeScript ${version} with ${module} and ${moduleResolution} failed\n${output}` };
    }
  }
  return { ok: true, output: "" };
}

async function writeUser(cwd: string, npm: NpmManifest): Promise<void> {
  await Deno.mkdir(cwd);
  const names = npmDoors(npm).map((door) => doorName(npm, door));
  const imports = names.map((name, index) => `import * as door${index} from "${name}";\n`).join("");
  const doors = names.map((name, index) => `  "${name}": door${index},\n`).join("");
  const use = `${imports}${USE_CODEC}
for (const [name, door] of Object.entries({\n${doors}})) {
  if (Object.keys(door).length === 0) throw new Error(name + " exports nothing");
  console.log(name, Object.keys(door).length);
}
`;
  await Deno.writeTextFile(`${cwd}/package.json`, JSON.stringify({ private: true, type: "module" }));
  await Deno.writeTextFile(
    `${cwd}/tsconfig.json`,
    JSON.stringify({ compilerOptions: USER_OPTIONS, files: ["use.ts"] }),
  );
  await Deno.writeTextFile(`${cwd}/use.mjs`, use);
  await Deno.writeTextFile(`${cwd}/use.ts`, use);
}

/** The programs to run in the user's folder; each must end well and print something. */
function uses(npm: NpmManifest): [program: string, ...args: string[]][] {
  const main = `node_modules/${npm.name}/${npm.bin[npm.name]}`;
  return [
    ["node", "use.mjs"],
    ["deno", "run", "-A", "use.mjs"],
    ["node", `${root}/${tscPath}`, "-p", "tsconfig.json", "--listFiles"],
    ["deno", "run", "-A", "--check", "use.ts"],
    [`./node_modules/.bin/${npm.name}`, "--help"],
    ["deno", "run", "-A", main, "--help"],
  ];
}
