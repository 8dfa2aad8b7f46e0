/**
 * `warpwire fixtures`: checks tables of values and bytes.
 *
 * @module
 */

import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { CodecError, escapeText, isSchema, type Schema } from "../../../../codec/mod.ts";
import { plural } from "../../../../codec/text/mod.ts";
import { checkFixture, type FixtureReport, isFixture, parseFixture, type SchemaOf } from "../../../fixtures/mod.ts";
import { type CommandBody, positionals, type Streams, textOption, UsageError } from "../../command.ts";
import { importModule, readTextFile, SCHEMA_HELP, schemaOf } from "../../input/mod.ts";
import { parseJson } from "../../json/mod.ts";

/** Checks the fixture files of a folder. */
export const fixturesCommand: CommandBody = {
  usage: "check [folder]",
  details:
    `Every .json file with "rows" is checked, also in subfolders. A row has a name, a schema (or its file has one), and
hex with a value in JSON, an error, or an origin. docs/fixtures.md describes the format.
${SCHEMA_HELP}
--schemas names a module that exports more schemas. The exit status is 1 if a row fails.`,
  options: {
    schemas: { type: "string", value: "FILE", about: "a JavaScript module with schemas; with Deno also TypeScript" },
  },
  async run(args, streams) {
    const [action, folder = "fixtures"] = positionals(args, ["check"], { rest: true });
    if (action !== "check") throw new UsageError(`The first argument must be "check", not "${action}"`);
    if (args.positionals.length > 2) throw new UsageError(`Unexpected argument ${JSON.stringify(args.positionals[2])}`);
    const more = textOption(args, "schemas");
    return await checkFolder(folder, more === undefined ? schemaOf : await withModule(more), streams);
  },
};

/** Looks up names in a module first (its exports, and the entries of an export `schemas`), then in the program. */
async function withModule(file: string): Promise<SchemaOf> {
  const module = await importModule(file);
  const schemas = new Map<string, Schema>();
  for (const [name, value] of [...Object.entries(module), ...Object.entries(module.schemas ?? {})]) {
    if (isSchema(value)) schemas.set(name, value);
  }
  if (schemas.size === 0) throw new CodecError("schema", `Module ${JSON.stringify(file)} exports no schemas`);
  return (name) => schemas.get(name) ?? schemaOf(name);
}

async function checkFolder(folder: string, schemaOf: SchemaOf, { out }: Streams): Promise<number> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  let files = 0;
  let rows = 0;
  let failed = 0;
  for (const name of names) {
    const path = [folder.replace(/[\\/]+$/, ""), ...name.split(sep)].join("/");
    const json = parseJson(await readTextFile(join(folder, name)));
    if (!isFixture(json)) continue;
    const report = reportOf(json, schemaOf);
    files++;
    rows += Object.values(report.counts).reduce((sum, count) => sum + count, 0);
    failed += report.failures.length;
    out(reportText(path, report));
  }
  out(`${plural(files, "file")}, ${plural(rows, "row")}, ${plural(failed, "failure")}`);
  out(files === names.length ? "\n" : ` (${plural(names.length - files, "other file")} without rows)\n`);
  if (rows === 0) throw new CodecError("syntax", `Folder ${JSON.stringify(folder)} has no rows`);
  return failed > 0 ? 1 : 0;
}

/** An invalid fixture file counts as one failure; the other files are still checked. */
function reportOf(json: unknown, schemaOf: SchemaOf): FixtureReport {
  try {
    return checkFixture(parseFixture(json), schemaOf);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const counts = { valid: 0, invalid: 0, unwritable: 0, captured: 0 };
    return { counts, failures: [{ path: error.path, name: "the file", reason: error.reason }] };
  }
}

function reportText(path: string, { counts, failures }: FixtureReport): string {
  const kinds = Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const lines = [`${path}: ${kinds.length === 0 ? "nothing" : kinds.join(", ")}`];
  for (const failure of failures) lines.push(`  ${failure.path} (${failure.name}): ${failure.reason}`);
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}
