/**
 * The directory of a node of 2026: the names of identities.
 *
 * @module
 */

import { type AliasEntry, ANYONE, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import { compareCodePoints } from "../../../codec/json/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import {
  acknowledge,
  type Failure,
  type Operation,
  type OperationCall,
  param,
  requiredParam,
  type Runner,
} from "./operation.ts";

/** The operations. */
export const DIR_OPERATIONS: readonly Operation[] = [
  {
    name: "dir.resolve",
    permission: "guests",
    params: [requiredParam("name", "string8")],
    answer: "the `identity` that a name means: an alias, `localnode`, 66 hex digits, or `anyone` for nobody",
    prepare: prepareResolve,
  },
  {
    name: "dir.get_alias",
    permission: "guests",
    params: [requiredParam("id", "identity")],
    answer: "a `string8`, the name of an identity",
    prepare: prepareAlias,
  },
  {
    name: "dir.alias_map",
    permission: "known guests",
    params: [],
    answer: "a `mod.dir.alias_map` with the names of the node and its contacts",
    prepare: prepareAliases,
  },
  {
    name: "dir.set_alias",
    permission: "node",
    params: [requiredParam("id", "identity"), requiredParam("alias", "string8")],
    answer: "`ack`; a contact gets a name, or loses it if `alias` is empty",
    prepare: prepareSetAlias,
  },
  {
    name: "dir.filters",
    permission: "guests",
    params: [],
    answer: "`eos`: there are no filters",
    prepare: () => ({ channel }) => channel.write({ type: "eos", value: {} }),
  },
  {
    name: "dir.apply_filters",
    permission: "guests",
    params: [requiredParam("filters", "string8"), param("id", "string8")],
    answer: "a `bool`, false: no filter lets anybody pass",
    prepare: ({ context, params }) => {
      const id = params.get("id") ?? "";
      if (directoryIdentity(context, id) === null) return unknownIdentity(id);
      return ({ channel }) => channel.write({ type: "bool", value: false });
    },
  },
];

/** The identity that a text means to the directory: zero for nobody in particular, `null` if it is unknown. */
export function directoryIdentity({ names }: ServiceContext, text: string): string | null {
  return text === "" || text === ANYONE || text === ZERO_IDENTITY ? ZERO_IDENTITY : names.resolve(text);
}

/** The failure of a text that means nobody. */
export function unknownIdentity(text: string): Failure {
  return { failure: `unknown identity: ${text}` };
}

function prepareResolve({ context, params }: OperationCall): Runner | Failure {
  const name = params.get("name")!;
  const value = directoryIdentity(context, name);
  return value === null ? unknownIdentity(name) : ({ channel }) => channel.write({ type: "identity", value });
}

function prepareAlias({ context, params }: OperationCall): Runner | Failure {
  const id = params.get("id")!;
  const identity = directoryIdentity(context, id);
  if (identity === null) return unknownIdentity(id);
  const value = context.names.aliasOf(identity);
  return value === "" ? { failure: "record not found" } : ({ channel }) => channel.write({ type: "string8", value });
}

function prepareAliases({ context: { identity, names } }: OperationCall): Runner {
  const aliases: AliasEntry[] = [...new Set([identity, ...names.contacts])]
    .map((identity) => ({ alias: names.aliasOf(identity), identity }))
    .filter(({ alias }) => alias !== "")
    .sort((one, other) => byEncoding(one.alias, other.alias));
  return ({ channel }) => channel.write({ type: "mod.dir.alias_map", value: { aliases } });
}

/** The order of texts after their lengths. */
function byEncoding(one: string, other: string): number {
  return utf8Length(one) - utf8Length(other) || compareCodePoints(one, other);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

async function prepareSetAlias({ context, params }: OperationCall): Promise<Runner | Failure> {
  const id = params.get("id")!;
  const identity = directoryIdentity(context, id);
  if (identity === null) return unknownIdentity(id);
  if (identity === ZERO_IDENTITY) return { failure: "missing identity" };
  const reason = await context.names.setAlias(identity, params.get("alias")!);
  return reason === null ? acknowledge : { failure: reason };
}
