/**
 * Compiles schemas to functions that read.
 *
 * Each kind of schema is defined once and built in two ways. A plain reader knows nothing of paths and messages: at the
 * first invalid byte it throws {@link MISMATCH}. Then the same bytes are read again by a traced reader, made
 * of the same functions, which keeps the path, reports the parts of the message, and throws the error.
 *
 * @module
 */

import { tooDeep } from "../failures.ts";
import { isStackOverflow } from "../limits.ts";
import { formatPath } from "../path.ts";
import { checkSchema, type Node, type SpanKind } from "../schema/mod.ts";
import { type Build, type DecodeState, kindOf, type Read } from "./decode-state.ts";
import { arrayRead, enumRead, structRead, tupleRead, unionRead } from "./read-composites.ts";
import { bytesRead, floatRead, intRead, literalRead, readBool, stringRead } from "./read-leaves.ts";
import {
  constantRead,
  extensionRead,
  framedRead,
  lazyRead,
  limitRead,
  mapRead,
  optionalRead,
  refineRead,
} from "./read-wrappers.ts";

/** The reader of a schema; made once. */
export function compileRead(node: Node): Read {
  return plain.get(node) ?? checkedRead(node);
}

function checkedRead(node: Node): Read {
  checkSchema(node, "decode: the schema");
  return PLAIN.read(node);
}

/**
 * Reads one value with a trace.
 *
 * @throws CodecError with path and offset of what does not fit
 */
export function readTraced(node: Node, s: DecodeState): unknown {
  try {
    return TRACED.read(node)(s, undefined);
  } catch (error) {
    if (!isStackOverflow(error, s.depth)) throw error;
    tooDeep(formatPath(s.trace!.steps), s.pos, s.depth);
  }
}

const plain = new WeakMap<Node, Read>();
const traced = new WeakMap<Node, Read>();

const PLAIN: Build = {
  traced: false,
  read: (node) => made(node, plain, PLAIN),
  part: (_, read) => read,
  field: (_, read) => read,
  item: (read) => read,
};

const TRACED: Build = {
  traced: true,
  read: (node) => made(node, traced, TRACED),
  part(role, read, kind = kindOf(role, read)) {
    return ((s, scope) => {
      const value = read(s, scope);
      s.trace!.sink?.part(s.pos, kind);
      return value;
    }) as typeof read;
  },
  field: (name, read) => inside(read, name) as typeof read,
  item: (read) => inside(read),
};

function made(node: Node, reads: WeakMap<Node, Read>, build: Build): Read {
  let read = reads.get(node);
  if (read === undefined) reads.set(node, read = makeRead(node, build));
  return read;
}

/** Keeps the step to a field or an element while it is read. */
function inside(read: Read, name?: string): Read {
  return (s, scope, index) => {
    const { steps, sink } = s.trace!;
    const step = name ?? index!;
    steps.push(step);
    sink?.enter(step);
    const value = read(s, scope);
    sink?.leave();
    steps.pop();
    return value;
  };
}

/** A value that can be read by itself. */
export function valueKind(node: Node): SpanKind {
  return kindOf("value", compileRead(node));
}

function makeRead(node: Node, build: Build): Read {
  switch (node.kind) {
    case "int":
    case "varint":
      return build.part("value", intRead(node));
    case "float":
      return build.part("value", floatRead(node));
    case "bool":
      return build.part("value", readBool);
    case "literal":
      return build.part("literal", literalRead(Uint8Array.from(node.bytes)));
    case "bytes":
      return bytesRead(node.size, build);
    case "string":
      return stringRead(node.size, build);
    case "array":
      return arrayRead(node, build);
    case "struct":
      return structRead(node, build);
    case "tuple":
      return tupleRead(node.items, build);
    case "enum":
      return build.part("value", enumRead(node));
    case "union":
      return unionRead(node, build);
    case "optional":
      return optionalRead(node, build);
    case "constant":
      return constantRead(build.read(node.schema), node.value);
    case "map":
      return mapRead(build.read(node.schema), node, build);
    case "refine":
      return refineRead(build.read(node.schema), node, build);
    case "lazy":
      return lazyRead(node.get, build);
    case "limit":
      return limitRead(node, build);
    case "framed":
      return framedRead(node, build);
    case "extension":
      return build.traced ? extensionRead(node.extension) : node.extension.read ?? node.extension.decode;
  }
}
