/**
 * Prints what is made from the table of the calls of the user API, `src/user-api/calls/`:
 *
 *     deno run -A tasks/user-api-doc.ts calls > docs/user-api-calls.md
 *     deno run -A tasks/user-api-doc.ts openrpc > docs/openrpc.json
 *     deno run -A tasks/user-api-doc.ts methods > src/user-api/methods.ts
 *
 * `tasks/stale.ts` compares the files with what is printed here.
 *
 * @module
 */

import { type Call, CALLS, CALLS_BY_SUBJECT, type Param } from "../src/user-api/calls/mod.ts";
import { openRpcDocument, USER_ERRORS } from "../src/user-api/mod.ts";
import { formatted, table } from "./markdown.ts";
import { CALLS_INTRODUCTION, ORIGINS } from "./user-api-doc-text.ts";

const PRINTERS: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  calls: () => formatted(callsPage(), "md"),
  openrpc: () => formatted(JSON.stringify(openRpcDocument()), "json"),
  methods: () => formatted(methodsFile(), "ts"),
};

const [what = ""] = Deno.args;
if (!Object.hasOwn(PRINTERS, what)) {
  throw new Error(`Cannot print "${what}": it is ${Object.keys(PRINTERS).join(", ")}`);
}
await Deno.stdout.write(await PRINTERS[what]());

function callsPage(): string {
  const subjects = Object.entries(CALLS_BY_SUBJECT);
  return [
    CALLS_INTRODUCTION,
    "## Errors",
    errorsTable(),
    ...subjects.flatMap(([subject, calls]) => [`## ${subject}`, ...calls.map(callSection)]),
  ].join("\n\n");
}

function errorsTable(): string {
  const rows = Object.entries(USER_ERRORS).map(([name, { code, about }]) => [`${code}`, `\`${name}\``, about]);
  return table(["code", "name", "meaning"], [
    ["-32700", "`ParseError`", "The text is not JSON, or beyond the limits"],
    ["-32600", "`InvalidRequest`", "It is no request of JSON-RPC 2.0"],
    ["-32601", "`MethodNotFound`", "There is no such call"],
    ["-32602", "`InvalidParams`", "The parameters are not those of the call: `path` says which, `reason` why"],
    ["-32603", "`InternalError`", "Something else went wrong"],
    ...rows,
  ]);
}

function callSection({ name, otherNames, about, from, params, result, errors, example, partial }: Call): string {
  const also = otherNames.length === 0 ? "" : ` Also called ${otherNames.map(code).join(", ")}.`;
  const request = { jsonrpc: "2.0", method: name, params: example.params, id: 1 };
  const answer = { jsonrpc: "2.0", result: example.result, id: 1 };
  const rows = params.map((param) => [code(param.name), otherwiseOf(param), `${param.about}${alsoOf(param)}`]);
  return [
    `### \`${name}\``,
    `${about}${also} ${ORIGINS[from]}`,
    ...(params.length === 0 ? [] : [table(["parameter", "default", "meaning"], rows)]),
    `Answer: ${lowerFirst(result.about)}.${errors.length === 0 ? "" : ` Errors: ${errors.map(code).join(", ")}.`}`,
    ["```json", JSON.stringify(request), JSON.stringify(answer), "```"].join("\n"),
    ...(partial ? ["The answer has more than is shown here."] : []),
  ].join("\n\n");
}

function otherwiseOf({ otherwise }: Param): string {
  return otherwise === undefined ? "" : code(JSON.stringify(otherwise));
}

function alsoOf({ otherNames }: Param): string {
  return otherNames.length === 0 ? "" : `; also called ${otherNames.map(code).join(", ")}`;
}

function methodsFile(): string {
  const types = new Set(
    CALLS.flatMap(({ params, result }) => [...params.map(({ kind }) => kind.type), result.type])
      .flatMap((type) => type.match(/\b[A-Z]\w+/g) ?? [])
      .filter((type) => type !== "Record"),
  );
  return `/**
 * The calls as methods. Made by \`tasks/user-api-doc.ts\` from the table of the calls.
 *
 * @module
 */

import type { ${[...types].sort().join(", ")} } from "./wire.ts";

/** The calls as methods, which reject with \`UserApiError\`. */
export interface UserApiMethods {
${CALLS.map(methodOf).join("\n")}
}

/** The names of the calls. */
export const METHOD_NAMES: readonly (keyof UserApiMethods)[] = ${JSON.stringify(CALLS.map(({ name }) => name))};
`;
}

function methodOf({ name, about, params, result, errors }: Call): string {
  const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
  const lines = [
    ...wrapped(about),
    "",
    ...params.flatMap((param) => wrapped(`@param ${param.name} ${param.about}`)),
    ...wrapped(`@returns ${result.about}`),
    ...(errors.length === 0 ? [] : wrapped(`@throws ${errors.join(", ")}`)),
  ];
  return `  /**\n${lines.map((line) => `   * ${line}`.trimEnd()).join("\n")}\n   */\n` +
    `  ${key}(${
      params.map((param, index) => parameterOf(param, params.slice(index))).join(", ")
    }): Promise<${result.type}>;`;
}

function parameterOf({ name, kind: { type }, otherwise }: Param, rest: readonly Param[]): string {
  if (otherwise === undefined) return `${name}: ${type}`;
  const isLast = rest.every((param) => param.otherwise !== undefined);
  return `${name}${isLast ? "?" : ""}: ${type} | null`;
}

/** A text in lines of at most 110 characters. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > 110) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

function code(text: string): string {
  return `\`${text}\``;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
