/**
 * Compiles schemas to functions that write.
 *
 * Each kind of schema is defined once and built in two ways. A plain writer checks every value and knows nothing of paths
 * and error texts: at the first invalid value it throws {@link MISMATCH}. Then the same value is written again
 * by a traced writer, made of the same functions, which keeps the path and throws the error.
 *
 * @module
 */

import { tooDeep } from "../failures.ts";
import { isStackOverflow, LIMITS, type Limits } from "../limits.ts";
import { formatPath } from "../path.ts";
import { checkSchema, type Node, type Scope } from "../schema/mod.ts";
import { type Build, bytesWritten, type Write } from "./output.ts";
import { arrayWrite, enumWrite, structWrite, tupleWrite, unionWrite } from "./write-composites.ts";
import { bytesWrite, floatWrite, intWrite, literalWrite, stringWrite, writeBool } from "./write-leaves.ts";
import {
  constantWrite,
  extensionWrite,
  framedWrite,
  lazyWrite,
  limitWrite,
  mapWrite,
  optionalWrite,
  refineWrite,
} from "./write-wrappers.ts";

/** The writer of a schema; made once. */
export function compileWrite(node: Node): Write {
  return plain.get(node) ?? PLAIN.write(node);
}

/** What {@link writeTraced} need not be called with. */
export interface WriteOptions {
  readonly limits?: Limits;
  /** The struct that the value is a field of, for references to its other fields. */
  readonly scope?: Scope;
}

/**
 * The bytes of a value from a traced writer, in memory of their own.
 *
 * @throws CodecError with path and offset of what does not fit
 */
export function writeTraced(node: Node, value: unknown, { limits = LIMITS, scope }: WriteOptions = {}): Uint8Array {
  return bytesWritten((output) => {
    output.limits = limits;
    const steps = output.steps = [];
    try {
      TRACED.write(node)(output, value, scope);
    } catch (error) {
      if (!isStackOverflow(error, output.depth)) throw error;
      tooDeep(formatPath(steps), output.pos - output.start, output.depth);
    }
  });
}

const plain = new WeakMap<Node, Write>();
const traced = new WeakMap<Node, Write>();

const PLAIN: Build = {
  traced: false,
  write: (node) => made(node, plain, PLAIN),
  field: (_, write) => write,
  item: (write) => write,
};

const TRACED: Build = {
  traced: true,
  write: (node) => made(node, traced, TRACED),
  field: (name, write) => inside(write, name),
  item: (write) => inside(write),
};

function made(node: Node, writes: WeakMap<Node, Write>, build: Build): Write {
  let write = writes.get(node);
  if (write === undefined) {
    checkSchema(node, "encode: the schema");
    writes.set(node, write = makeWrite(node, build));
  }
  return write;
}

/** Keeps the step to a field or an element while it is written. */
function inside(write: Write, name?: string): Write {
  return (s, value, scope, index) => {
    s.steps!.push(name ?? index!);
    write(s, value, scope);
    s.steps!.pop();
  };
}

function makeWrite(node: Node, build: Build): Write {
  switch (node.kind) {
    case "int":
    case "varint":
      return intWrite(node);
    case "float":
      return floatWrite(node);
    case "bool":
      return writeBool;
    case "literal":
      return literalWrite(Uint8Array.from(node.bytes));
    case "bytes":
      return bytesWrite(node.size, build);
    case "string":
      return stringWrite(node.size, build);
    case "array":
      return arrayWrite(node, build);
    case "struct":
      return structWrite(node.fields, build);
    case "tuple":
      return tupleWrite(node.items, build);
    case "enum":
      return enumWrite(node);
    case "union":
      return unionWrite(node, build);
    case "optional":
      return optionalWrite(node, build);
    case "constant":
      return constantWrite(build.write(node.schema), node.value);
    case "map":
      return mapWrite(build.write(node.schema), node, build);
    case "refine":
      return refineWrite(build.write(node.schema), node, build);
    case "lazy":
      return lazyWrite(node.get, build);
    case "limit":
      return limitWrite(build.write(node.schema), node.bytesMax);
    case "framed":
      return framedWrite(node, build);
    case "extension":
      return extensionWrite(node.extension, build);
  }
}
