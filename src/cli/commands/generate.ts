/**
 * `warpwire generate`: codecs as TypeScript, written from the schemas that a module exports.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { CodecError, isSchema, type Schema } from "../../../codec/mod.ts";
import {
  type FunctionSource,
  GENERATED_PARTS,
  type GeneratedPart,
  generateSource,
} from "../../../codec/codegen/mod.ts";
import { type Arguments, type CommandSpec, positionals, textOption, UsageError } from "../command.ts";
import { importModule } from "../input/mod.ts";

/** What files import by default: doors of this package, which whoever has the program can import. */
const SUPPORT = "warpwire/codec/generated";
const DOORS = { json: "warpwire/json", msgpack: "warpwire/msgpack" };

/** Writes the codecs of a module's schemas. */
export const generateCommand: CommandSpec = {
  name: "generate",
  usage: "<module> [--out FILE]",
  about: "writes TypeScript codecs for the schemas that a module exports",
  details:
    `For an export Download the file has the type Download, and encodeDownload, encodeDownloadInto, decodeDownload,
decodeDownloadPrefix, scanDownload and streamDownload: what the functions of the codec do, without schemas and
compilation at run time. Node loads JavaScript modules, Deno TypeScript ones, too. Schemas with functions (map, refine)
are imported from the module, which must export them.`,
  options: {
    out: { type: "string", value: "FILE", about: "writes to a file; by default to the standard output" },
    support: {
      type: "string",
      value: "SPECIFIER",
      about: `what the file imports; ${SUPPORT} by default`,
    },
    only: {
      type: "string",
      multiple: true,
      value: "PART",
      about: `which functions each schema gets; by default all of ${GENERATED_PARTS.join(", ")}`,
    },
    table: { type: "string", value: "NAME", about: "exports the functions of all schemas as an object, too" },
    source: {
      type: "string",
      value: "SPECIFIER",
      about: "what the file imports schemas with functions from; by default the module as it is given",
    },
    door: {
      type: "string",
      multiple: true,
      value: "NAME=SPECIFIER",
      about: "what the file imports a language from, as in json=./json.ts; warpwire/NAME by default",
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

/** The schemas that a module exports, by name; the names in order, so that the order of exports changes nothing. */
async function exportedSchemas(module: string): Promise<Record<string, Schema>> {
  const exports = await importModule(module);
  const names = Object.keys(exports).filter((name) => isSchema(exports[name])).sort();
  if (names.length === 0) throw new CodecError("schema", `Module "${module}" exports no schemas`);
  return Object.fromEntries(names.map((name) => [name, exports[name] as Schema]));
}

/** How a file imports a module; what is not written to a file is taken to stand in the present folder. */
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

/** Options as they stand on a command line. */
function optionTexts(options: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, given]) => {
    const values = given === undefined ? [] : typeof given === "string" ? [given] : given;
    return values.map((value) => `--${name} ${value}`);
  });
}

function partNamed(name: string): GeneratedPart {
  const part = GENERATED_PARTS.find((part) => part === name);
  if (part === undefined) throw new UsageError(`Part "${name}" is none of ${GENERATED_PARTS.join(", ")}`);
  return part;
}

function parseDoors(doors: readonly string[]): Record<string, string> {
  return Object.fromEntries(doors.map((door) => {
    const at = door.indexOf("=");
    if (at <= 0) throw new UsageError(`Door "${door}" is not NAME=SPECIFIER`);
    return [door.slice(0, at), door.slice(at + 1)];
  }));
}
