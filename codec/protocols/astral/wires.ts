/**
 * The messages that generated code reads and writes: the dialogues of 2022 and 2023, and the objects of 2026 that have
 * fields. Single texts and numbers are read as fast without.
 *
 * @module
 */

import type { Schema } from "../../mod.ts";
import type { ArrayNode, StructNode } from "../../schema/mod.ts";
import {
  answer,
  APPHOST_2022,
  APPHOST_2023,
  authAnswer,
  authRequest,
  commandNames,
  inboundAnswer,
  inboundQuery,
} from "./apphost-commands.ts";
import { commandRequest2022, commandRequest2023 } from "./command-request.ts";
import { OBJECT_TYPES } from "./object-types.ts";

/** A filter of a query to be routed, a text that must be present. */
export const routeFilter: Schema = filterOf("mod.apphost.route_query_msg");

function filterOf(type: "mod.apphost.route_query_msg"): Schema {
  const { fields } = OBJECT_TYPES[type].schema as Schema as StructNode;
  return (fields.find(({ name }) => name === "filters")!.schema as ArrayNode).item;
}

/** The schemas by the names that they have in generated code, as in `nodeInfoAnswer2023`. */
export function wires(): Record<string, Schema> {
  const all: Record<string, Schema> = {
    authRequest,
    authAnswer,
    inboundQuery,
    inboundAnswer,
    commandRequest2022,
    commandRequest2023,
    ...answers(APPHOST_2022, "2022"),
    ...answers(APPHOST_2023, "2023"),
    ...objects(),
  };
  // Some stand for several messages.
  const named = new Map(Object.entries(all).reverse().map(([name, schema]) => [schema, name]));
  return Object.fromEntries([...named].reverse().map(([schema, name]) => [name, schema]));
}

function answers(dialect: typeof APPHOST_2023, year: string): Record<string, Schema> {
  return Object.fromEntries(commandNames(dialect).map((name) => [`${name}Answer${year}`, answer(name, dialect)]));
}

function objects(): Record<string, Schema> {
  const types = Object.entries<{ readonly schema: Schema }>(OBJECT_TYPES);
  return Object.fromEntries(
    types.filter(([, { schema }]) => schema.kind === "struct" && schema.fields.length > 0)
      .map(([type, { schema }]) => [type.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()), schema]),
  );
}
