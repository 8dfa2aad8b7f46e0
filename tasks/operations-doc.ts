/**
 * Prints `docs/service.md` with the table of operations that `src/astral/operations` has:
 *
 *     deno run -A tasks/operations-doc.ts           prints it
 *     deno run -A tasks/operations-doc.ts --write   writes the file
 *
 * The table is between two comments; the rest of the file is written by hand. `tasks/stale.ts` compares the file with
 * what is printed here.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AbsentOperations, type Operation, OPERATIONS, type Permission } from "../src/astral/operations/mod.ts";
import { formatted, table } from "./markdown.ts";
import { root } from "./project.ts";

const BEGIN = "<!-- Made by tasks/operations-doc.ts -->";
const END = "<!-- End of what is made -->";
const PERMITTED: Readonly<Record<Permission, string>> = {
  "everybody": "everybody",
  "guests": "guests",
  "known guests": "guests with a token",
  "node": "the node",
};

const file = join(root, "docs/service.md");
const page = await formatted(withTables(readFileSync(file, "utf8")));
if (Deno.args.includes("--write")) writeFileSync(file, page);
else await Deno.stdout.write(page);

function withTables(text: string): string {
  const [before, rest, ...more] = text.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined || more.length > 0) throw new Error(`docs/service.md has not one "${BEGIN}" and "${END}"`);
  return [before, BEGIN, "\n\n", tables(), "\n\n", END, after].join("");
}

function tables(): string {
  const ours = OPERATIONS.filter((row): row is Operation => "prepare" in row);
  const absent = OPERATIONS.filter((row): row is AbsentOperations => "why" in row);
  return [
    table(
      ["operation", "for", "answer"],
      ours.map((row) => [code(queryOf(row)), PERMITTED[row.permission], row.answer]),
    ),
    "Operations of astrald that this service does not have are answered `route_not_found`, unless a program takes them:",
    table(["operations", "why not"], absent.map(({ names, why }) => [groupOf(names), why])),
  ].join("\n\n");
}

/** A query with all parameters; those in brackets are optional. */
function queryOf({ name, params }: Operation): string {
  const shown = params.map(({ name, required }) => required ? `${name}=…` : `[${name}=…]`);
  return shown.length === 0 ? name : `${name}?${shown.join("&")}`;
}

/** The names of a module, as in `tcp.*` (2): `a`, `b`. */
function groupOf(names: readonly string[]): string {
  const [module] = names[0].split(".");
  const short = names.map((name) => code(name.slice(module.length + 1)));
  return `${code(`${module}.*`)} (${names.length}): ${short.join(", ")}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
