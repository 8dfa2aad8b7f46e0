/**
 * Commands of the binary apphost protocol: a name, then the parameters that belong to it.
 *
 * @module
 */

import { CodecError, map, optional, type Schema, string, struct, u8 } from "../../mod.ts";
import {
  APPHOST_2022,
  APPHOST_2023,
  type ApphostDialect,
  type CommandName,
  commandNames,
  type CommandParameters,
} from "./apphost-commands.ts";

/** A command that the dialect does not have; where its parameters end, nobody can say. */
export interface UnknownCommand {
  readonly command: "unknown";
  /** The name on the wire. */
  readonly name: string;
}

/** A command with its parameters, as in `{ command: "resolve", name: "localnode" }`. */
export type CommandRequest =
  | { readonly [N in CommandName]: { readonly command: N } & CommandParameters[N] }[CommandName]
  | UnknownCommand;

/** The bytes as they lie: the name, and under each command's name its parameters, or null for all but one. */
type Wire = Record<string, unknown> & { readonly command: string };

/** The schema of the commands of 2023. */
export const commandRequest2023: Schema<CommandRequest> = requestOf(APPHOST_2023);

/** The schema of the commands of 2022. */
export const commandRequest2022: Schema<CommandRequest> = requestOf(APPHOST_2022);

const schemas = new WeakMap<ApphostDialect, Schema<CommandRequest>>([
  [APPHOST_2023, commandRequest2023],
  [APPHOST_2022, commandRequest2022],
]);

/**
 * The schema of the commands of a dialect.
 *
 * ```ts
 * import { decode, parseHex } from "warpwire/codec";
 * import { commandRequest } from "warpwire/protocols/astral";
 *
 * const request = decode(commandRequest(), parseHex("077265736f6c7665 096c6f63616c6e6f6465"));
 * if (request.command === "resolve") console.log(request.name); // localnode
 * ```
 */
export function commandRequest(dialect: ApphostDialect = APPHOST_2023): Schema<CommandRequest> {
  let schema = schemas.get(dialect);
  if (schema === undefined) {
    schema = requestOf(dialect);
    schemas.set(dialect, schema);
  }
  return schema;
}

function requestOf(dialect: ApphostDialect): Schema<CommandRequest> {
  const names = commandNames(dialect);
  const parameters = names.map((name) => {
    const schema: Schema = dialect.commands[name]!.parameters;
    return [name, optional(schema, { field: "command", equals: name })] as const;
  });
  const wire = struct({ command: string(u8), ...Object.fromEntries(parameters) }) as Schema<unknown> as Schema<Wire>;
  return map(wire, {
    name: `${dialect.name} command`,
    decode: (value) => fromWire(value, names),
    encode: (request) => toWire(request, names),
  });
}

function fromWire(wire: Wire, names: readonly CommandName[]): CommandRequest {
  const { command } = wire;
  const name = names.find((name) => name === command);
  if (name === undefined) return { command: "unknown", name: command };
  return { command: name, ...wire[name] as object } as CommandRequest;
}

function toWire(request: CommandRequest, names: readonly CommandName[]): Wire {
  const wire: Wire = { command: request.command, ...Object.fromEntries(names.map((name) => [name, null])) };
  if (request.command === "unknown") {
    if (names.some((name) => name === request.name)) {
      throw new CodecError("refused", `Command "${request.name}" is known and has parameters`);
    }
    return { ...wire, command: request.name };
  }
  if (!names.includes(request.command)) {
    throw new CodecError("tag", `Command ${JSON.stringify(request.command)} is not one of ${names.join(", ")}`);
  }
  const { command, ...parameters } = request;
  return { ...wire, [command]: parameters };
}
