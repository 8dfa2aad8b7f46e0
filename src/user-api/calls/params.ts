/**
 * Reads the parameters of calls: by position, by name, or mixed, as clients of 2016 send them.
 *
 * @module
 */

import { type ExactJson, JsonNumber } from "../../../codec/json/mod.ts";
import { ParamsError } from "../errors.ts";
import type { Call, Param } from "./call.ts";

/** The key under which a client of 2016 sends the parameters by position, when it sends others by name. */
const POSITIONAL = "__args";

/**
 * The parameters of a call.
 *
 * @param given As in JSON-RPC 2.0: a list, or an object with names, which may have those of a list under `__args`
 * @throws ParamsError
 */
export function readParams({ params }: Call, given: ExactJson | undefined): Record<string, unknown> {
  const named = givenByName(params, given);
  return Object.fromEntries(params.map((param) => [param.name, valueOf(param, named.get(param.name))]));
}

function valueOf({ name, kind, otherwise }: Param, json: ExactJson | undefined): unknown {
  if (otherwise !== undefined && (json === undefined || json === null)) return otherwise;
  if (json === undefined) throw new ParamsError(name, "It is missing");
  return kind.read(json, name);
}

function givenByName(params: readonly Param[], given: ExactJson | undefined): Map<string, ExactJson> {
  if (given === undefined) return new Map();
  if (Array.isArray(given)) return byPosition(params, given);
  if (typeof given !== "object" || given === null || given instanceof JsonNumber) {
    throw new ParamsError("", "Expected an array or an object of parameters");
  }
  const { [POSITIONAL]: list = [], ...named } = given;
  if (!Array.isArray(list)) throw new ParamsError(POSITIONAL, "Expected an array");
  const found = byPosition(params, list);
  for (const key of Object.keys(given)) {
    if (key === POSITIONAL) continue;
    const param = params.find(({ name, otherNames }) => name === key || otherNames.includes(key));
    if (param === undefined) throw new ParamsError(key, `There is no such parameter; ${expected(params)}`);
    if (found.has(param.name)) throw new ParamsError(key, "It is there twice");
    found.set(param.name, named[key]);
  }
  return found;
}

function byPosition(params: readonly Param[], list: readonly ExactJson[]): Map<string, ExactJson> {
  if (list.length > params.length) {
    throw new ParamsError(`[${params.length}]`, `There are ${list.length} parameters; ${expected(params)}`);
  }
  return new Map(list.map((json, index) => [params[index].name, json]));
}

function expected(params: readonly Param[]): string {
  if (params.length === 0) return "the call has none";
  return `those of the call are ${params.map(({ name }) => name).join(", ")}`;
}
