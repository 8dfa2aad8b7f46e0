/**
 * The names that the service itself answers.
 *
 * @module
 */

import { parseQuery, ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { HostError, type WaitOptions } from "../host/mod.ts";
import {
  type Answerer,
  type Call,
  Connection,
  localStream,
  nameOf,
  objectChannel,
  type ObjectFormat,
} from "./channels/mod.ts";
import { GUEST_OPERATIONS } from "./operations-apphost.ts";
import { CONTROL_OPERATIONS } from "./operations-control.ts";
import type { Operation, Permission, ServiceContext } from "./service-context.ts";

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([...GUEST_OPERATIONS, ...CONTROL_OPERATIONS]);
/** How objects come and go, by what the parameters `in` and `out` say; without them in frames. */
const FORMATS: ReadonlyMap<string, ObjectFormat> = new Map([["", "binary"], ["bin", "binary"], ["json", "json"]]);
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
    return OPERATIONS.has(name);
  }

  ask(call: Call, _options: WaitOptions): Promise<Connection> | null {
    const context = this.#context();
    const operation = OPERATIONS.get(nameOf(call.query));
    if (operation === undefined || call.target !== context.identity) return null;
    return isPermitted(operation.permission, call, context.identity)
      ? this.#begin(operation, call, context)
      : Promise.reject(rejected(`"${nameOf(call.query)}" is not for "${call.caller}"`));
  }

  async #begin(operation: Operation, call: Call, context: ServiceContext): Promise<Connection> {
    const { params } = parseQuery(call.query);
    const [input, output] = ["in", "out"].map((name) => FORMATS.get(params.get(name) ?? ""));
    if (input === undefined || output === undefined) throw rejected("The parameters in and out are json or bin");
    const run = await operation.prepare({ context, call, params });
    if (typeof run === "string") throw rejected(run);
    const own = { peerInfo: { peerId: context.identity }, ended: nothing };
    const [near, far] = localStream(context.clock, own, own);
    const connection = new Connection(near);
    const channel = objectChannel(connection, output, input);
    run({ connection, channel }).then(() => connection.close(), (error) => connection.abort(error));
    return new Connection(far);
  }
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
