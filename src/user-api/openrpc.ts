/**
 * The user API as OpenRPC describes it.
 *
 * @module
 */

import { type Call, CALLS } from "./calls/mod.ts";
import { USER_ERRORS, type UserErrorName } from "./errors.ts";

/** Of what calls are called, take and answer; it is not that of the program. */
const API_VERSION = "1.0.0";

let document: unknown = null;

/** The OpenRPC document of all calls. */
export function openRpcDocument(): unknown {
  return document ??= {
    openrpc: "1.3.2",
    info: {
      title: "The user API of a storj node",
      version: API_VERSION,
      description: 'Parameters are given by position or by name. Bytes that are no UTF-8 text are {"hex":"…"}.',
      license: { name: "MIT" },
    },
    methods: CALLS.map(methodOf),
    components: { errors: Object.fromEntries(errorNames().map((name) => [name, errorOf(name)])) },
  };
}

function methodOf({ name, about, params, result, errors, example, partial, otherNames }: Call): unknown {
  return {
    name,
    summary: about.split(". ")[0].replace(/\.$/, ""),
    description: otherNames.length === 0 ? about : `${about} Also called ${otherNames.join(", ")}.`,
    paramStructure: "either",
    params: params.map(({ name, kind, otherwise, about, otherNames }) => ({
      name,
      description: otherNames.length === 0 ? about : `${about}. Also called ${otherNames.join(", ")}`,
      required: otherwise === undefined,
      schema: otherwise === undefined ? kind.schema : { ...nullable(kind.schema), default: otherwise },
    })),
    result: { name: "result", description: result.about, schema: result.schema },
    errors: errors.map((error) => ({ $ref: `#/components/errors/${error}` })),
    examples: [{
      name: "example",
      params: example.params.map((value, index) => ({ name: params[index].name, value })),
      // What is only part of an answer is none.
      ...(!partial && { result: { name: "result", value: example.result } }),
    }],
  };
}

function nullable(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: "null" }] };
}

function errorNames(): UserErrorName[] {
  return Object.keys(USER_ERRORS) as UserErrorName[];
}

function errorOf(name: UserErrorName): unknown {
  const { code, about } = USER_ERRORS[name];
  return { code, message: about, data: { name } };
}
