/**
 * All operations of the service, and how they are called.
 *
 * @module
 */

import { type ParameterSpec, parseQuery, ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import { HostError, type WaitOptions } from "../../host/mod.ts";
import {
  type Answerer,
  type Call,
  Connection,
  localStream,
  nameOf,
  objectChannel,
  type ObjectFormat,
} from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import { ABSENT_OPERATIONS } from "./absent.ts";
import { APPHOST_OPERATIONS } from "./apphost.ts";
import { CONTROL_OPERATIONS } from "./control.ts";
import { DIR_OPERATIONS } from "./dir.ts";
import { OBJECTS_OPERATIONS } from "./objects.ts";
import { type AbsentOperations, type Operation, param, type Permission, type Runner } from "./operation.ts";

/** Every operation of this service and of astrald; `docs/service.md` has a table of them. */
export const OPERATIONS: readonly (Operation | AbsentOperations)[] = Object.freeze([
  specOperation(".spec"),
  specOperation("shell.spec"),
  ...APPHOST_OPERATIONS,
  ...DIR_OPERATIONS,
  ...OBJECTS_OPERATIONS,
  ...CONTROL_OPERATIONS,
  ...ABSENT_OPERATIONS,
]);

/** Those that are answered, by name. */
const BY_NAME: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.filter((row) => "prepare" in row).map((operation) => [operation.name, operation]),
);
/** How objects come and go, by what the parameters `in` and `out` say; without them in frames. */
const FORMATS: ReadonlyMap<string, ObjectFormat> = new Map([["", "binary"], ["bin", "binary"], ["json", "json"]]);
const FORMAT_PARAMS: readonly ParameterSpec[] = ["in", "out"].map((name) => param(name, "string8"));
/** The code with which those are rejected who may not do something, or ask for it in a wrong way. */
const REJECT_CODE = 1;

/** Answers what the service itself is asked. */
export class Operations implements Answerer {
  readonly #context: () => ServiceContext;

  constructor(context: () => ServiceContext) {
    this.#context = context;
  }

  /** Whether a name is the service's own. */
  static has(name: string): boolean {
    return BY_NAME.has(name);
  }

  ask(call: Call, _options: WaitOptions): Promise<Connection> | null {
    const context = this.#context();
    const operation = BY_NAME.get(nameOf(call.query));
    if (operation === undefined || call.target !== context.identity) return null;
    return isPermitted(operation.permission, call, context.identity)
      ? this.#begin(operation, call, context)
      : Promise.reject(rejected(`"${operation.name}" is not for "${call.caller}"`));
  }

  async #begin(operation: Operation, call: Call, context: ServiceContext): Promise<Connection> {
    const { params } = parseQuery(call.query);
    const [input, output] = ["in", "out"].map((name) => FORMATS.get(params.get(name) ?? ""));
    if (input === undefined || output === undefined) throw rejected("The parameters in and out are json or bin");
    const missing = operation.params.find(({ name, required }) => required && !params.has(name));
    if (missing !== undefined) throw rejected(`The parameter ${missing.name} is missing`);
    const run = runnerOf(await operation.prepare({ context, call, params }), output);
    const own = { peerInfo: { peerId: context.identity }, ended: nothing };
    const [near, far] = localStream(context.clock, own, own);
    const connection = new Connection(near);
    const channel = objectChannel(connection, output, input);
    run({ connection, channel, input }).then(() => connection.close(), (error) => connection.abort(error));
    return new Connection(far);
  }
}

/**
 * What is to be done on the stream. A failure is an `error_message` there, as in astrald; in JSON, where a Go process
 * that reads one dies, the query is rejected.
 */
function runnerOf(prepared: Awaited<ReturnType<Operation["prepare"]>>, output: ObjectFormat): Runner {
  if (typeof prepared === "string") throw rejected(prepared);
  if (typeof prepared === "function") return prepared;
  const { failure } = prepared;
  if (output === "json") throw rejected(failure);
  return ({ channel }) => channel.write({ type: "error_message", value: failure });
}

/** Lists the operations that are answered, whoever may use them. */
function specOperation(name: string): Operation {
  return {
    name,
    permission: "guests",
    params: [param("op", "string8")],
    answer: "a `routing.op_spec` for each operation of this service, or for `op`, then `eos`",
    prepare: ({ params }) => async ({ channel }) => {
      const wanted = params.get("op") ?? "";
      const shown = [...BY_NAME.values()].filter(({ name }) => wanted === "" ? !name.startsWith(".") : name === wanted);
      for (const { name, params } of shown) {
        await channel.write({ type: "routing.op_spec", value: { name, parameters: [...params, ...FORMAT_PARAMS] } });
      }
      await channel.write({ type: "eos", value: {} });
    },
  };
}

function isPermitted(permission: Permission, { origin, caller }: Call, identity: string): boolean {
  switch (permission) {
    case "everybody":
      return true;
    case "guests":
      return origin !== "peer";
    case "known guests":
      return origin !== "peer" && caller !== ZERO_IDENTITY;
    case "node":
      return origin !== "peer" && caller === identity;
  }
}

function rejected(message: string): HostError {
  return new HostError("rejected", message, { rejectCode: REJECT_CODE });
}

function nothing(): void {}
