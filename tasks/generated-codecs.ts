/**
 * Prints the generated codecs of a protocol: `deno run -A tasks/generated-codecs.ts storj`.
 *
 * @module
 */

import process from "node:process";
import { type FunctionSource, type GeneratedPart, generateSource } from "../codec/codegen/mod.ts";
import type { Schema } from "../codec/mod.ts";
import { commandRequest2022, commandRequest2023 } from "../codec/protocols/astral/command-request.ts";
import { identity } from "../codec/protocols/astral/identity.ts";
import { nonce64 } from "../codec/protocols/astral/nonce.ts";
import { routeFilter, wires as astralWires } from "../codec/protocols/astral/wires.ts";
import { replyWires, requestWires, responseWires } from "../codec/protocols/storj/wires.ts";
import { bareRequests, wireAnswers } from "../codec/protocols/warpdrive/schemas.ts";

/** What a protocol's file is made of. */
interface Source {
  readonly module: string;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly parts: readonly GeneratedPart[] | ((name: string) => readonly GeneratedPart[]);
  readonly functions?: Readonly<Record<string, FunctionSource>>;
}

const SOURCES: Readonly<Record<string, Source>> = {
  storj: {
    module: "codec/protocols/storj/wires.ts",
    schemas: { ...requestWires, ...responseWires, ...replyWires },
    parts: (name) =>
      name in requestWires ? ["encode", "decodePrefix"] : name in responseWires ? ["encode"] : ["decodePrefix"],
  },
  warpdrive: {
    module: "codec/protocols/warpdrive/schemas.ts",
    schemas: { ...bareRequests(), ...wireAnswers() },
    parts: ["decode", "scan"],
  },
  astral: {
    module: "codec/protocols/astral/wires.ts",
    schemas: astralWires(),
    parts: ["decodePrefix", "encode"],
    functions: {
      identity: { schema: identity, from: "./identity.ts" },
      nonce64: { schema: nonce64, from: "./nonce.ts" },
      commandRequest2022: { schema: commandRequest2022, from: "./command-request.ts" },
      commandRequest2023: { schema: commandRequest2023, from: "./command-request.ts" },
      routeFilter: { schema: routeFilter, from: "./wires.ts" },
    },
  },
};

/** The text of the file `codec/protocols/<name>/generated.ts`. */
export function generatedCodecs(name: string): string {
  const { module, schemas, parts, functions = {} } = SOURCES[name];
  return generateSource(schemas, {
    module,
    madeBy: `deno run -A tasks/generated-codecs.ts ${name}`,
    support: "../../codegen/runtime/mod.ts",
    doors: { json: "../../json/mod.ts", msgpack: "../../msgpack/mod.ts" },
    table: "generated",
    parts,
    functions,
  });
}

if (import.meta.main) process.stdout.write(generatedCodecs(process.argv[2]));
