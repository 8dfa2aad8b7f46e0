/**
 * The operations on objects that need no store: the types that are known, and an echo.
 *
 * @module
 */

import { CodecError } from "../../../codec/mod.ts";
import { type AstralObject, isObjectType, type ObjectFrame } from "../../../codec/protocols/astral/mod.ts";
import { objectOf, readObjectFrame, writeObjectFrame } from "../channels/mod.ts";
import {
  type Operation,
  type OperationCall,
  type OperationStream,
  param,
  type Runner,
  writeFailure,
} from "./operation.ts";

/** The operations. */
export const OBJECTS_OPERATIONS: readonly Operation[] = [
  {
    name: "objects.blueprints",
    permission: "guests",
    params: [],
    answer: "a `string8` for each type of object that is known, then `eos`",
    prepare: ({ context: { blueprints } }) => async ({ channel }) => {
      for (const value of blueprints.names()) await channel.write({ type: "string8", value });
      await channel.write({ type: "eos", value: {} });
    },
  },
  {
    name: "objects.register_blueprint",
    permission: "known guests",
    params: [],
    answer:
      "reads `astral.blueprint` up to `eos`; for each the `object_id.sha256` or why not, then `eos`. Only in frames",
    prepare: registerBlueprints,
  },
  {
    name: "objects.echo",
    permission: "guests",
    params: ["only", "except", "stop"].map((name) => param(name, "string8")).concat(param("strict", "bool")),
    answer:
      "the objects that come: those of the types in `only`, without those in `except`, up to one of the type `stop`. With `strict` an unknown type ends it with `blueprint not found`",
    prepare: prepareEcho,
  },
];

/** The types of a program, so that others know their names; what is in them, only programs read. */
function registerBlueprints({ context, call }: OperationCall): Runner {
  return async ({ channel }) => {
    for (;;) {
      const object = await readIfObject(channel);
      if (object === "no object") return;
      if (object === null || object.type === "eos") break;
      const answer = object.type === "astral.blueprint"
        ? context.blueprints.register(object.value, call.caller)
        : { failure: "expected astral.Blueprint" };
      if ("id" in answer) await channel.write({ type: "object_id.sha256", value: answer.id });
      else if (!await writeFailure(channel, answer)) return;
    }
    await channel.write({ type: "eos", value: {} });
  };
}

/** What an echo lets pass. */
interface EchoRules {
  readonly only: readonly string[];
  readonly except: readonly string[];
  readonly stop: string;
  readonly isStrict: boolean;
  /** Whether a type is known. */
  readonly has: (type: string) => boolean;
}

function prepareEcho({ context: { blueprints }, params }: OperationCall): Runner | string {
  const strict = params.get("strict") ?? "false";
  // As Go reads it.
  if (!/^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(strict)) return "The parameter strict is not a bool";
  const list = (name: string) => (params.get(name) ?? "").split(",").filter((type) => type !== "");
  const rules = {
    only: list("only"),
    except: list("except"),
    stop: params.get("stop") ?? "",
    isStrict: /^[1tT]/.test(strict),
    has: (type: string) => blueprints.has(type),
  };
  return (stream) => echo(stream, rules);
}

async function echo(stream: OperationStream, rules: EchoRules): Promise<void> {
  for (;;) {
    const came = await next(stream);
    if (came === null) return;
    const { type } = came;
    if (rules.isStrict && type !== "" && !rules.has(type)) {
      await writeFailure(stream.channel, { failure: `blueprint not found: ${type}` });
      return;
    }
    if (rules.stop !== "" && type === rules.stop) return;
    if (rules.only.length > 0 && !rules.only.includes(type)) continue;
    if (rules.except.includes(type)) continue;
    if ("value" in came) await stream.channel.write(came);
    else if (stream.channel.format === "binary") await writeObjectFrame(stream.connection, came);
    // JSON has no form for what only a program understands.
    else return;
  }
}

/** The next object; of an unknown type, its frame; `null` at the end, or if something else comes. */
async function next({ connection, channel, input }: OperationStream): Promise<AstralObject | ObjectFrame | null> {
  try {
    if (input === "json") return await channel.read();
    const frame = await readObjectFrame(connection);
    return frame === null || !isObjectType(frame.type) ? frame : objectOf(frame);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

async function readIfObject(
  channel: OperationStream["channel"],
): Promise<AstralObject | null | "no object"> {
  try {
    return await channel.read();
  } catch (error) {
    if (error instanceof CodecError) return "no object";
    throw error;
  }
}
