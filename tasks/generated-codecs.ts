/**
 * Prints the generated codecs of a protocol: `deno run -A tasks/generated-codecs.ts storj`.
 *
 * @module
 */

import process from "node:process";
import { type GenerateOptions, generateSource } from "../codec/emit/mod.ts";
import type { Schema } from "../codec/mod.ts";
import { replyWires, requestWires, responseWires } from "../codec/protocols/storj/wires.ts";
import { bareRequests, wireAnswers } from "../codec/protocols/warpdrive/schemas.ts";

/** What a protocol's file is made of. */
interface Source {
  readonly module: string;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly parts: GenerateOptions["parts"];
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
};

/** The text of the file `codec/protocols/<name>/generated.ts`. */
export function generatedCodecs(name: string): string {
  const { module, schemas, parts } = SOURCES[name];
  return generateSource(schemas, {
    module,
    madeBy: `deno run -A tasks/generated-codecs.ts ${name}`,
    support: "../../generated.ts",
    doors: { json: "../../json/mod.ts", msgpack: "../../msgpack/mod.ts" },
    table: "generated",
    ...(parts !== undefined && { parts }),
  });
}

if (import.meta.main) process.stdout.write(generatedCodecs(process.argv[2]));
