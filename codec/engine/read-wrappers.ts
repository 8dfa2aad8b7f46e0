/**
 * Readers of schemas that contain one other schema.
 *
 * @module
 */

import { CodecError, refused, relocated } from "../error.ts";
import { notConstant, notPassed, tooDeep, tooLong, trailingInFrame } from "../failures.ts";
import { formatPath } from "../path.ts";
import {
  addShifted,
  type Cursor,
  type ExtensionNode,
  type FramedNode,
  isPresent,
  type LimitNode,
  type MapNode,
  type Node,
  type OptionalNode,
  type RefineNode,
  type SpanKind,
} from "../schema/mod.ts";
import { equalValues } from "../values.ts";
import { type Build, BYTES, type DecodeState, fail, failShort, type Read } from "./decode-state.ts";
import { intRead, readBool } from "./read-leaves.ts";

type Extension = ExtensionNode["extension"];

/** The reader of a value that may be absent. */
export function optionalRead({ schema, presence }: OptionalNode, build: Build): Read {
  const read = build.read(schema);
  if (presence.kind !== "byte") return (s, scope) => isPresent(presence, scope) ? read(s, scope) : null;
  const readPresence = build.part<Read>("presence", readBool);
  return (s, scope) => readPresence(s, scope) ? read(s, scope) : null;
}

/** The reader of a value that is always the same. */
export function constantRead(read: Read, expected: unknown): Read {
  return (s, scope) => {
    const start = s.pos;
    const value = read(s, scope);
    if (!equalValues(value, expected)) fail(s, notConstant, start, expected, value);
    return value;
  };
}

/** The reader of a value seen through a function. */
export function mapRead(read: Read, { name, decode }: MapNode, { traced }: Build): Read {
  return (s, scope) => {
    const start = s.pos;
    const value = read(s, scope);
    return traced ? called(s, { name, start }, decode, value) : decode(value as never);
  };
}

/** The reader of a value that must pass a test. */
export function refineRead(read: Read, { name, test }: RefineNode, { traced }: Build): Read {
  return (s, scope) => {
    const start = s.pos;
    const value = read(s, scope);
    const passes = traced ? called(s, { name, start }, test, value) : test(value as never);
    if (!passes) fail(s, notPassed, start, name, { value });
    return value;
  };
}

/** What a function of the schema returns. */
function called<T>(
  { trace }: DecodeState,
  { name, start }: { readonly name: string; readonly start: number },
  run: (value: never) => T,
  value: unknown,
): T {
  try {
    return run(value as never);
  } catch (cause) {
    throw refused(name, cause, formatPath(trace!.steps), start);
  }
}

/** The reader of a schema that is asked for when it is needed. */
export function lazyRead(get: () => Node, build: Build): Read {
  let read: Read | undefined;
  return (s) => {
    read ??= build.read(get());
    const { depthMax } = s.limits;
    if (s.depth >= depthMax) fail(s, tooDeep, s.pos, depthMax);
    s.depth++;
    const value = read(s, undefined);
    s.depth--;
    return value;
  };
}

/** The reader of a value of limited size. */
export function limitRead({ schema, bytesMax }: LimitNode, build: Build): Read {
  const read = build.read(schema);
  return build.traced ? tracedLimit(read, bytesMax) : limited(read, bytesMax);
}

function limited(read: Read, bytesMax: number): Read {
  return (s, scope) => {
    const { pos, end } = s;
    // One byte more than allowed may be looked at, so that "too long" and "cut off" can be distinguished.
    s.end = Math.min(end, pos + bytesMax + 1);
    const value = read(s, scope);
    if (s.pos - pos > bytesMax) fail(s, tooLong, pos, bytesMax);
    s.end = end;
    return value;
  };
}

/** What seems to be cut off only because of the limit is too long. */
function tracedLimit(inner: Read, bytesMax: number): Read {
  const read = limited(withMore(inner, (s) => s.pos + bytesMax + 1 - s.end), bytesMax);
  return (s, scope) => {
    const { pos, end } = s;
    const trace = s.trace!;
    const { frames } = trace;
    const clip = pos + bytesMax + 1;
    const isClipped = clip < end + trace.more;
    try {
      return read(s, scope);
    } catch (error) {
      // In a frame, or in a narrower limit, this one is not what ends the bytes.
      const isInnermost = trace.frames === frames && s.end + trace.more === clip;
      const isCut = isClipped && isInnermost && error instanceof CodecError && error.code === "truncated";
      if (!isCut || !(clip <= end || Number(error.context.needed) > clip - 1 - s.pos)) throw error;
      return tooLong(error.path, error.offset, bytesMax);
    }
  };
}

/** Changes how many bytes may follow after the end while a value is read. */
function withMore(read: Read, moreMax: (s: DecodeState) => number): Read {
  return (s, scope) => {
    const trace = s.trace!;
    const { more } = trace;
    trace.more = Math.min(more, moreMax(s));
    const value = read(s, scope);
    trace.more = more;
    return value;
  };
}

/** Keeps count of the frame that a value is read in: nothing follows after its end. */
function inFrame(inner: Read): Read {
  const read = withMore(inner, () => 0);
  return (s, scope) => {
    const trace = s.trace!;
    trace.frames++;
    const value = read(s, scope);
    trace.frames--;
    return value;
  };
}

/** The reader of a value that fills the bytes that its length says. */
export function framedRead({ int, schema }: FramedNode, build: Build): Read {
  const readCount = build.part("length", intRead(int));
  const inner = build.read(schema);
  const read = build.traced ? inFrame(inner) : inner;
  return (s, scope) => {
    const count = readCount(s, scope) as number;
    const { end } = s;
    if (count > end - s.pos) failShort(s, count);
    s.end = s.pos + count;
    const value = read(s, scope);
    if (s.pos !== s.end) fail(s, trailingInFrame, s.pos, s.end - s.pos);
    s.end = end;
    return value;
  };
}

/** The traced reader of a value in another language. */
export function extensionRead(extension: Extension): Read {
  const whole: SpanKind = { role: "value", read: (bytes, pos, end) => extension.decode({ bytes, pos, end }) };
  return (s) => {
    const { bytes, pos: start, end, copy, trace } = s;
    const { steps, more, sink } = trace!;
    const cursor = { bytes, pos: start, end, copy, partial: more > 0 };
    const addParts = (end: number) =>
      sink === undefined ? end : addShifted(sink, start, (parts) => {
        try {
          extension.spans?.(bytes.subarray(start, end), parts);
        } catch (error) {
          // What is wrong with the value is found when it is decoded.
          if (!(error instanceof CodecError)) throw error;
        }
      });
    // The value is not needed to find its parts: where these are enough, it is not made.
    const found = sink === undefined ? -1 : endOf(extension, cursor);
    let added = found < 0 ? start : addParts(found);
    try {
      const value = extension.decode(cursor);
      s.pos = cursor.pos;
      if (found < 0) added = addParts(s.pos);
      if (added !== s.pos) sink?.part(s.pos, added === start ? whole : BYTES);
      return value;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      if (found < 0) addParts(end);
      throw relocated(error, formatPath(steps), start);
    }
  };
}

/** Where the value ends that begins at a cursor, or -1 where that is not sure. */
function endOf(extension: Extension, { bytes, pos, end }: Readonly<Cursor>): number {
  if (extension.spans === undefined) return -1;
  try {
    return extension.scanner().push(bytes, pos, end);
  } catch {
    return -1;
  }
}
