/**
 * Writers of schemas that contain one other schema.
 *
 * @module
 */

import { CodecError, refused, relocated } from "../error.ts";
import { notConstant, notPassed, tooDeep, tooLong, wrongPresence } from "../failures.ts";
import { formatPath } from "../path.ts";
import {
  type ExtensionNode,
  type FramedNode,
  isPresent,
  type MapNode,
  type Node,
  type OptionalNode,
  type RefineNode,
  resolve,
} from "../schema/mod.ts";
import { equalValues } from "../values.ts";
import { type Build, fail, type MessageOutput, type Write, writeBytes } from "./output.ts";
import { afterLength, writeBool } from "./write-leaves.ts";

/** The writer of a length in bytes and a value that fills exactly that many. */
export function framedWrite({ int, schema }: FramedNode, build: Build): Write {
  return afterLength({ kind: "prefix", int }, build.write(schema), build);
}

/** The writer of a value that may be absent. */
export function optionalWrite({ schema, presence }: OptionalNode, build: Build): Write {
  const write = build.write(schema);
  return (s, value, scope) => {
    const present = value !== null && value !== undefined;
    if (presence.kind === "byte") {
      writeBool(s, present);
    } else if (isPresent(presence, scope) !== present) {
      fail(s, wrongPresence, presence.ref.path.join("."), resolve(presence.ref, scope), present);
    }
    if (present) write(s, value, scope);
  };
}

/** The writer of a value that is always the same. */
export function constantWrite(write: Write, expected: unknown): Write {
  return (s, value, scope) => {
    if (!equalValues(value, expected)) fail(s, notConstant, expected, value);
    write(s, value, scope);
  };
}

/** The writer of a value seen through a function. */
export function mapWrite(write: Write, { name, encode }: MapNode, build: Build): Write {
  if (!build.traced) return (s, value, scope) => write(s, encode(value as never), scope);
  return (s, value, scope) => write(s, called(s, name, () => encode(value as never)), scope);
}

/** The writer of a value that must pass a test. */
export function refineWrite(write: Write, { name, test }: RefineNode, build: Build): Write {
  return (s, value, scope) => {
    const passes = build.traced ? called(s, name, () => test(value as never)) : test(value as never);
    if (!passes) fail(s, notPassed, name, {});
    write(s, value, scope);
  };
}

function called<T>(s: MessageOutput, name: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw refused(name, cause, formatPath(s.steps!), s.pos - s.start);
  }
}

/** The writer of a schema that is asked for when it is needed. */
export function lazyWrite(get: () => Node, build: Build): Write {
  let write: Write | undefined;
  return (s, value) => {
    write ??= build.write(get());
    const { depthMax } = s.limits;
    if (s.depth >= depthMax) fail(s, tooDeep, depthMax);
    s.depth++;
    write(s, value, undefined);
    s.depth--;
  };
}

/** The writer of a value of a limited number of bytes. */
export function limitWrite(write: Write, bytesMax: number): Write {
  return (s, value, scope) => {
    const before = s.pos - s.start;
    write(s, value, scope);
    if (s.pos - s.start - before > bytesMax) fail(s, tooLong, bytesMax);
  };
}

/** The writer of a value in another language. */
export function extensionWrite({ encode, write }: ExtensionNode["extension"], { traced }: Build): Write {
  if (!traced) return write ?? ((s, value) => writeBytes(s, encode(value)));
  return (s, value) => {
    let bytes;
    try {
      bytes = encode(value);
    } catch (error) {
      throw error instanceof CodecError ? relocated(error, formatPath(s.steps!), s.pos - s.start) : error;
    }
    writeBytes(s, bytes);
  };
}
