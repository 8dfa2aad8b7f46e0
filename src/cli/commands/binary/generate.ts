/**
 * `warpwire generate`: writes TypeScript codecs for the schemas that a module exports.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { CodecError, isSchema, type Schema } from "../../../../codec/mod.ts";
import {
  type FunctionSource,
  GENERATED_PARTS,
  type GeneratedPart,
  generateSource,
} from "../../../../codec/codegen/mod.ts";
import { type Arguments, type CommandBody, positionals, textOption, UsageError } from "../../command.ts";
import { importModule } from "../../input/mod.ts";

/** What files import by default: doors of this package, which everyone who has the program can import. */
const SUPPORT = "warpwire/codec/generated";
const DOORS = { json: "warpwire/json", msgpack: "warpwire/msgpack" };

/** Writes the codecs of a module's schemas. */
export const generateCommand: CommandBody = {
  usage: "<module> [--out FILE]",
  details:
    `For an export Download the file contains the type Download, and the functions encodeDownload, encodeDownloadInto,
decodeDownload, decodeDownloadPrefix, scanDownload and streamDownload. They do what the functions of the codec do,
without compiling schemas at run time. The module is JavaScript; with Deno it can also be TypeScript. Schemas with
functions (map, refine) are imported from the module, which must export them.`,
  options: {
    out: { type: "string", value: "FILE", about: "write to a file; default standard output" },
    support: {
      type: "string",
      value: "SPECIFIER",
      about: `the module that the file imports; default ${SUPPORT}`,
    },
    only: {
      type: "string",
      multiple: true,
      value: "PART",
      about: `which functions to write for each schema; default all of ${GENERATED_PARTS.join(", ")}`,
    },
    table: { type: "string", value: "NAME", about: "also export the functions of all schemas as one object" },
    source: {
      type: "string",
      value: "SPECIFIER",
      about: "where the file imports schemas with functions from; default the module itself",
    },
    door: {
      type: "string",
      multiple: true,
      value: "NAME=SPECIFIER",
      about: "where the file imports a language from, as in json=./json.ts; default warpwire/NAME",
    },
  },
  async run(args, { out }) {
    const [module] = positionals(args, ["module"]);
    const [support, table] = [textOption(args, "support"), textOption(args, "table")];
    const only = listOption(args, "only"), doors = listOption(args, "door");
    const file = textOption(args, "out");
    const schemas = await exportedSchemas(module);
    const source = generateSource(schemas, {
      functions: functionsOf(schemas, textOption(args, "source") ?? specifier(module, file)),
      module,
      madeBy: [
        "warpwire generate",
        module,
        ...optionTexts({ only, support, table, source: textOption(args, "source"), door: doors }),
      ].join(" "),
      doors: { ...DOORS, ...parseDoors(doors) },
      ...(only.length > 0 && { parts: only.map(partNamed) }),
      support: support ?? SUPPORT,
      ...(table !== undefined && { table }),
    });
    if (file === undefined) out(source);
    else await writeFile(file, source);
  },
};

/** The schemas that a module exports, sorted by name, so that the order of exports changes nothing. */
async function exportedSchemas(module: string): Promise<Record<string, Schema>> {
  const exports = await importModule(module);
  const names = Object.keys(exports).filter((name) => isSchema(exports[name])).sort();
  if (names.length === 0) throw new CodecError("schema", `Module "${module}" exports no schemas`);
  return Object.fromEntries(names.map((name) => [name, exports[name] as Schema]));
}

/** How a file imports a module; source that goes to the standard output is assumed to be in the current folder. */
function specifier(module: string, file = "codecs.ts"): string {
  const path = relative(dirname(resolve(file)), resolve(module)).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

/** Exported schemas with functions of their own, which the file imports. */
function functionsOf(schemas: Readonly<Record<string, Schema>>, from: string): Record<string, FunctionSource> {
  const withFunctions = Object.entries(schemas).filter(([, { kind }]) => kind === "map" || kind === "refine");
  return Object.fromEntries(withFunctions.map(([name, schema]) => [name, { schema, from }]));
}

function listOption({ options }: Arguments, name: string): readonly string[] {
  return (options[name] ?? []) as string[];
}

/** Options as they appear on a command line. */
function optionTexts(options: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, given]) => {
    const values = given === undefined ? [] : typeof given === "string" ? [given] : given;
    return values.map((value) => `--${name} ${value}`);
  });
}

function partNamed(name: string): GeneratedPart {
  const part = GENERATED_PARTS.find((part) => part === name);
  if (part === undefined) throw new UsageError(`Unknown part "${name}"; the parts are ${GENERATED_PARTS.join(", ")}`);
  return part;
}

function parseDoors(doors: readonly string[]): Record<string, string> {
  return Object.fromEntries(doors.map((door) => {
    const at = door.indexOf("=");
    if (at <= 0) throw new UsageError(`Door "${door}" is not NAME=SPECIFIER`);
    return [door.slice(0, at), door.slice(at + 1)];
  }));
}
