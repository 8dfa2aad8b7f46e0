/**
 * Compiles what a TypeScript user of the npm packages writes, with the compilers and options that users have.
 *
 * @module
 */

import { print } from "./command.ts";
import { root, tscPath } from "./project.ts";

/** The TypeScript versions that consumers may have, as packages. */
const VERSIONS = ["5.7", "5.9", "latest"];
/** Their modules, with the resolution that goes with each. */
const MODULES = [["node16", "node16"], ["nodenext", "nodenext"], ["esnext", "bundler"]];

/** The packages to install for {@link compileConsumer}. */
export const COMPILERS: readonly string[] = VERSIONS.map((version) => `ts-${version}@npm:typescript@${version}`);

/** A program whose exported schemas get declarations, with no library but those that browsers have had for long. */
const CONSUMER = `
import { array, decodeIterable, optional, string, struct, u16, u64, u8, union } from "warpwire/codec";
import { type Infer, u32 } from "@warpwire/codec";
import { memoryHost, MemoryNetwork } from "warpwire/host";
import { jsonObject, jsonString } from "warpwire/json";
export const Offer = struct({ kind: u8, name: string(u16), size: optional(u64), parts: array(u8, u16) });
export const Message = union("type", u8, { ping: [1, struct({ signal: u8 })], offer: [2, Offer] });
export const Person = jsonObject({ name: jsonString });
export const Both: { readonly value: Infer<typeof Offer> } & object = { value: {} as Infer<typeof Offer> };
export const Numbers = struct({ offer: Offer, number: u32 });
export const host = memoryHost({ network: new MemoryNetwork(), peerId: "a" });
export async function read(stream: { readable: ReadableStream<Uint8Array> }): Promise<void> {
  for await (const offer of decodeIterable(Offer, stream.readable)) console.log(offer.name);
}
`;

/** What somebody compiles with who imports every door; the declarations of other packages are checked, too. */
const EVERY_DOOR = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: "ES2023",
  // The declarations of typed-binary name Float16Array.
  lib: ["ES2023", "ESNext.Disposable", "ESNext.Float16", "DOM"],
  module: "NodeNext",
  types: [],
};

/**
 * Compiles in a folder where the packages, what they leave to their users and {@link COMPILERS} are installed.
 *
 * @param names what can be imported
 * @throws Error with what a compiler reports
 */
export async function compileConsumer(cwd: string, names: readonly string[]): Promise<void> {
  await Deno.writeTextFile(`${cwd}/consumer.ts`, CONSUMER);
  await Deno.writeTextFile(
    `${cwd}/doors.ts`,
    names.map((name, at) => `export * as door${at} from "${name}";\n`).join(""),
  );
  await Deno.writeTextFile(
    `${cwd}/tsconfig.json`,
    JSON.stringify({ compilerOptions: EVERY_DOOR, files: ["doors.ts"] }),
  );
  await print("node", [`${root}/${tscPath}`, "-p", "tsconfig.json"], { cwd });
  for (const version of VERSIONS) {
    for (const [module, moduleResolution] of MODULES) {
      const file = "tsconfig.consumer.json";
      const compilerOptions = {
        ...{ strict: true, declaration: true, skipLibCheck: false, types: [], outDir: "out", rootDir: "." },
        ...{ target: "ES2022", lib: ["ES2022", "DOM"], module, moduleResolution },
      };
      await Deno.writeTextFile(`${cwd}/${file}`, JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      await print("node", [`node_modules/ts-${version}/bin/tsc`, "-p", file], { cwd });
    }
  }
  await print("deno", ["check", "--quiet", "doors.ts", "consumer.ts"], { cwd });
}
