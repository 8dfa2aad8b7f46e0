/**
 * The schemas of warpdrive's messages, made from the tables of commands.
 *
 * @module
 */

import { literal, type Schema, struct, type StructNode, u8, union } from "../../schema/mod.ts";
import { type Command, commands, type Part } from "./commands.ts";
import type { Dialect, Port } from "./dialects.ts";

/** A request: the command's name under `command`, and its arguments. */
export type Request = { readonly command: string } & Record<string, unknown>;

/** The newline that follows every JSON document. */
export const NEWLINE = 0x0a;

const newline = literal([NEWLINE]);

/** Whether a part of an exchange ends with a JSON document, which a newline follows. */
export function endsWithDocument(part: Part): boolean {
  return part.fields.at(-1)?.schema.kind === "extension";
}

/** A part as it is on the wire: with the newline after its JSON document. */
export const wirePart: (part: Part) => Part = once((part) => {
  if (!endsWithDocument(part)) return part;
  return struct({ ...Object.fromEntries(part.fields.map(({ name, schema }) => [name, schema])), newline }) as Part;
});

/** All requests of a port, distinguished by their opcode. Where two commands share one, it stands for the first. */
export const requestSchema: (port: Port) => Schema<Request> = once((port) => requests(port, wirePart));

/** As {@link requestSchema}, but without the newline after a document: the end of a document shows without it. */
export const bareRequestSchema: (port: Port) => Schema<Request> = once((port) => requests(port, (part) => part));

/** A schema made once for each thing: what is compiled from it is found by its identity. */
function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, value = make(key));
    return value;
  };
}

function requests(port: Port, form: (part: Part) => StructNode): Schema<Request> {
  const cases: Record<string, readonly [number, StructNode]> = {};
  const taken = new Set<number>();
  for (const { name, opcode, args } of port.commands) {
    if (!taken.has(opcode)) cases[name] = [opcode, form(args)];
    taken.add(opcode);
  }
  return union("command", u8, cases) as unknown as Schema<Request>;
}

/** Every schema of a dialect by its name, as in `warpdrive.draft.local.request`. */
export function dialectSchemas(dialect: Dialect): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (const port of dialect.ports) {
    const label = port.label === "" ? dialect.name : `${dialect.name}.${port.label}`;
    schemas[`warpdrive.${label}.request`] = requestSchema(port);
  }
  return schemas;
}

/** What servers send, by its name, as in `warpdrive.listPeers.reply`; it is the same in all dialects. */
export function answerSchemas(): Record<string, Schema> {
  const schemas: Record<string, Schema> = {};
  for (const command of Object.values<Command>(commands)) {
    const parts = { reply: command.reply, event: command.events, signal: command.signals };
    for (const [name, part] of Object.entries(parts)) {
      if (part !== undefined) schemas[`warpdrive.${command.name}.${name}`] = wirePart(part);
    }
  }
  return schemas;
}
