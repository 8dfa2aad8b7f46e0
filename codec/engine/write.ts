/**
 * Schemas turned into functions that write.
 *
 * Each kind of schema is defined once and built in two ways. A plain writer checks every value and knows nothing of paths
 * and messages: at the first value that does not fit it throws {@link MISMATCH}. Then the same value is written once more
 * by a traced writer, made of the same functions, which keeps the path and throws the error.
 *
 * @module
 */

import { CodecError, refused, relocated } from "../error.ts";
import {
  badText,
  lengthTooLarge,
  mistyped,
  notAName,
  notConstant,
  notPassed,
  tooDeep,
  tooLong,
  tooManyElements,
  unknownCase,
  wrongLength,
  wrongLengthField,
  wrongPresence,
} from "../failures.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { formatPath, type PathStep } from "../path.ts";
import {
  type ArrayNode,
  checkSchema,
  type EnumNode,
  type ExtensionNode,
  type Field,
  type FramedNode,
  intMax,
  isPresent,
  isVoid,
  type MapNode,
  type Node,
  type OptionalNode,
  type RefineNode,
  refuseEmptyItems,
  resolve,
  type Scope,
  type Size,
  sizeMin,
  type UnionNode,
} from "../schema/mod.ts";
import { textBytes, writeText } from "../text/mod.ts";
import { equalValues } from "../values.ts";
import { bytesWritten, fail, type MessageOutput, reserve, type Write, writeBytes } from "./output.ts";
import { floatWrite, intWrite, writeBool, writeVarint } from "./write-numbers.ts";

/** The writer of a schema; made once. */
export function compileWrite(node: Node): Write {
  return PLAIN.made.get(node) ?? made(node, PLAIN);
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
    output.steps = [];
    made(node, TRACED)(output, value, scope);
  });
}

function made(node: Node, build: Build): Write {
  let write = build.made.get(node);
  if (write === undefined) {
    checkSchema(node, "encode: the schema");
    build.made.set(node, write = makeWrite(node, build));
  }
  return write;
}

/** What a build adds around its writers: nothing where there is no trace. */
interface Build {
  readonly made: WeakMap<Node, Write>;
  readonly traced: boolean;
  /** Around the writer of a field. */
  field(name: string, write: Write): Write;
  /** Around the writer of elements, which is called with the index of each. */
  item(write: Write): Write;
}

const PLAIN: Build = {
  made: /* @__PURE__ */ new WeakMap(),
  traced: false,
  field: (_, write) => write,
  item: (write) => write,
};

const TRACED: Build = {
  made: /* @__PURE__ */ new WeakMap(),
  traced: true,
  field: (name, write) => (s, value, scope) => inside(name, write, s, value, scope),
  item: (write) => (s, value, scope, index) => inside(index!, write, s, value, scope),
};

function inside(step: PathStep, write: Write, s: MessageOutput, value: unknown, scope: Scope): void {
  s.steps!.push(step);
  write(s, value, scope);
  s.steps!.pop();
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
      return constantWrite(made(node.schema, build), node.value);
    case "map":
      return mapWrite(made(node.schema, build), node, build);
    case "refine":
      return refineWrite(made(node.schema, build), node, build);
    case "lazy":
      return lazyWrite(node.get, build);
    case "limit":
      return limitWrite(made(node.schema, build), node.bytesMax);
    case "framed":
      return framedWrite(node, build);
    case "extension":
      return build.traced ? tracedExtension(node.extension) : extensionWrite(node.extension);
  }
}

function literalWrite(literal: Uint8Array): Write {
  if (literal.length !== 1) return (s) => writeBytes(s, literal);
  const [byte] = literal;
  return (s) => {
    const at = reserve(s, 1);
    s.bytes[at] = byte;
  };
}

type WriteCount = (state: MessageOutput, count: number, scope: Scope) => void;

/** Writes a length that comes first, and checks one that is known. */
function countWrite(size: Size, unit: string, build: Build): WriteCount {
  switch (size.kind) {
    case "prefix": {
      const write = intWrite(size.int);
      // What the prefix cannot say does not fit its integer either; only the error is another one.
      if (!build.traced) return write;
      const max = intMax(size.int);
      return (s, count, scope) => {
        if (count > max) fail(s, lengthTooLarge, count, unit, max);
        write(s, count, scope);
      };
    }
    case "fixed":
      return (s, count) => {
        if (count !== size.count) fail(s, wrongLength, count, unit, size.count);
      };
    case "ref":
      return (s, count, scope) => {
        const said = resolve(size, scope);
        if (said !== count) fail(s, wrongLengthField, { name: size.path.join("."), said, length: count, unit });
      };
    case "rest":
      return () => {};
  }
}

function bytesWrite(size: Size, build: Build): Write {
  const writeCount = countWrite(size, "byte", build);
  return (s, value, scope) => {
    if (!(value instanceof Uint8Array)) fail(s, mistyped, "a Uint8Array", value);
    writeCount(s, value.length, scope);
    writeBytes(s, value);
  };
}

function stringWrite(size: Size, build: Build): Write {
  if (size.kind !== "prefix") return afterLength(size, textWrite(size, 0, Infinity), build);
  if (size.int.kind === "int" && size.int.bytes === 1) return writeString8;
  return afterLength(size, textWrite(size, sizeMin(size.int), intMax(size.int)), build);
}

/** Writes a text for whose length `gap` bytes were kept free. */
function textWrite(size: Size, gap: number, countMax: number): Write {
  return (s, value, scope) => {
    if (!putText(s, value, Math.min(countMax, s.limits.stringBytesMax))) failText(s, value, scope, size, gap);
  };
}

/** Writes a text of at most `bytesMax` bytes; whether it is one. */
function putText(s: MessageOutput, value: unknown, bytesMax: number): boolean {
  if (typeof value !== "string" || value.length > bytesMax) return false;
  let after = writeText(value, s.bytes, s.pos, s.end);
  if (after === -1) {
    s.grow(value.length * 3);
    after = writeText(value, s.bytes, s.pos, s.end);
  }
  if (after < 0 || after - s.pos > bytesMax) return false;
  s.pos = after;
  return true;
}

function failText(s: MessageOutput, value: unknown, scope: Scope, size: Size, gap: number): never {
  s.pos -= gap;
  const bytes = typeof value === "string" ? textBytes(value) : undefined;
  // Where the length does not fit either, that is the error: it comes first.
  if (s.steps !== undefined && bytes !== undefined) countWrite(size, "byte", TRACED)(s, bytes.length, scope);
  fail(s, badText, value, Infinity, s.limits.stringBytesMax);
}

const LENGTH8: Size = {
  kind: "prefix",
  int: { kind: "int", bytes: 1, signed: false, littleEndian: false, big: false },
};

/** The length byte is written when the text is known, which saves measuring it first. */
function writeString8(s: MessageOutput, value: unknown, scope: Scope): void {
  const { bytes, pos, limits } = s;
  if (typeof value === "string" && limits.stringBytesMax > 255) {
    const after = writeText(value, bytes, pos + 1, Math.min(s.end, pos + 256));
    if (after > 0) {
      bytes[pos] = after - pos - 1;
      s.pos = after;
      return;
    }
  }
  reserve(s, 1);
  const before = s.pos - s.start;
  if (!putText(s, value, Math.min(255, s.limits.stringBytesMax))) failText(s, value, scope, LENGTH8, 1);
  s.bytes[s.start + before - 1] = s.pos - s.start - before;
}

/** Writes something after its length in bytes, which is known when it has been written. */
function afterLength(size: Size, write: Write, build: Build): Write {
  const gap = size.kind === "prefix" ? sizeMin(size.int) : 0;
  if (size.kind === "prefix" && size.int.kind === "varint") {
    return (s, value, scope) => {
      reserve(s, gap);
      const before = s.pos - s.start;
      write(s, value, scope);
      writeVarintBefore(s, before);
    };
  }
  const writeCount = countWrite(size, "byte", build);
  return (s, value, scope) => {
    reserve(s, gap);
    const before = s.pos - s.start;
    write(s, value, scope);
    const after = s.pos;
    s.pos = s.start + before - gap;
    writeCount(s, after - s.start - before, scope);
    s.pos = after;
  };
}

/**
 * Writes the length of what was written since `before` into the one byte kept free there. A longer length moves what was
 * written: that is rare and quick, and no byte after the end of the message is ever touched.
 */
function writeVarintBefore(s: MessageOutput, before: number): void {
  const length = s.pos - s.start - before;
  let extra = 0;
  for (let left = length; left > 127; left = Math.floor(left / 128)) extra++;
  if (extra > 0) {
    reserve(s, extra);
    const from = s.start + before;
    s.bytes.copyWithin(from + extra, from, from + length);
  }
  const after = s.pos;
  s.pos = s.start + before - 1;
  writeVarint(s, length);
  s.pos = after;
}

function framedWrite({ int, schema }: FramedNode, build: Build): Write {
  return afterLength({ kind: "prefix", int }, made(schema, build), build);
}

function arrayWrite(node: ArrayNode, build: Build): Write {
  refuseEmptyItems(node);
  const write = build.item(made(node.item, build));
  const writeCount = countWrite(node.size, "element", build);
  return (s, value, scope) => {
    if (!Array.isArray(value)) fail(s, mistyped, "an array", value);
    const count = value.length;
    writeCount(s, count, scope);
    s.elements += count;
    if (s.elements > s.limits.elementsMax) fail(s, tooManyElements, s.elements, s.limits.elementsMax);
    for (let index = 0; index < count; index++) write(s, value[index], scope, index);
  };
}

function structWrite(fields: readonly Field[], build: Build): Write {
  const names: string[] = [];
  const writes: Write[] = [];
  // What has no value is written with the field after it: asking an object for what it does not have is slow.
  let last: Write | undefined;
  for (const { name, schema } of fields) {
    last = inOrder(last, build.field(name, made(schema, build)));
    if (isVoid(schema)) continue;
    names.push(name);
    writes.push(last);
    last = undefined;
  }
  const writeLast = last;
  const count = names.length;
  const [a, b, c, d] = names;
  const [writeA, writeB, writeC, writeD] = writes;
  return (s, value) => {
    if (typeof value !== "object" || value === null) fail(s, mistyped, "an object", value);
    const record = value as Record<string, unknown>;
    if (count > 0) writeA(s, record[a], record);
    if (count > 1) writeB(s, record[b], record);
    if (count > 2) writeC(s, record[c], record);
    if (count > 3) writeD(s, record[d], record);
    for (let index = 4; index < count; index++) writes[index](s, record[names[index]], record);
    writeLast?.(s, undefined, record);
  };
}

function inOrder(first: Write | undefined, then: Write): Write {
  if (first === undefined) return then;
  return (s, value, scope) => {
    first(s, undefined, scope);
    then(s, value, scope);
  };
}

function tupleWrite(items: readonly Node[], build: Build): Write {
  const voids = items.map(isVoid);
  const writes = items.map((item, index) => voids[index] ? made(item, build) : build.item(made(item, build)));
  const count = voids.filter((isOne) => !isOne).length;
  return (s, value, scope) => {
    if (!Array.isArray(value)) fail(s, mistyped, "an array", value);
    if (value.length !== count) fail(s, wrongLength, value.length, "value", count);
    let next = 0;
    for (let index = 0; index < writes.length; index++) {
      if (voids[index]) writes[index](s, undefined, scope);
      else writes[index](s, value[next], scope, next++);
    }
  };
}

function enumWrite(node: EnumNode): Write {
  const write = intWrite(node.int);
  const byName = new Map<unknown, number>(node.names.map(({ name, value }) => [name, value]));
  return (s, value, scope) => {
    const number = byName.get(value);
    if (number === undefined) fail(s, notAName, value, namesOf(byName));
    write(s, number, scope);
  };
}

function namesOf(byName: ReadonlyMap<unknown, unknown>): string {
  return [...byName.keys()].join(", ");
}

function unionWrite({ key, tag, cases }: UnionNode, build: Build): Write {
  const writeTag = intWrite(tag);
  const byName = new Map<unknown, { tag: number; write: Write }>(
    cases.map(({ name, tag, schema }) => [name, { tag, write: structWrite(schema.fields, build) }]),
  );
  return (s, value, scope) => {
    if (typeof value !== "object" || value === null) fail(s, mistyped, "an object", value);
    const name = (value as Record<string, unknown>)[key];
    const found = byName.get(name);
    if (found === undefined) failCase(s, key, name, namesOf(byName));
    writeTag(s, found.tag, scope);
    found.write(s, value, scope);
  };
}

function failCase(s: MessageOutput, key: string, name: unknown, names: string): never {
  s.steps?.push(key);
  fail(s, unknownCase, key, name, names);
}

function optionalWrite({ schema, presence }: OptionalNode, build: Build): Write {
  const write = made(schema, build);
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

function constantWrite(write: Write, expected: unknown): Write {
  return (s, value, scope) => {
    if (!equalValues(value, expected)) fail(s, notConstant, expected, value);
    write(s, value, scope);
  };
}

function mapWrite(write: Write, { name, encode }: MapNode, build: Build): Write {
  if (!build.traced) return (s, value, scope) => write(s, encode(value as never), scope);
  return (s, value, scope) => write(s, called(s, name, () => encode(value as never)), scope);
}

function refineWrite(write: Write, { name, test }: RefineNode, build: Build): Write {
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

function lazyWrite(get: () => Node, build: Build): Write {
  let write: Write | undefined;
  return (s, value) => {
    write ??= made(get(), build);
    const { depthMax } = s.limits;
    if (s.depth >= depthMax) fail(s, tooDeep, depthMax);
    s.depth++;
    write(s, value, undefined);
    s.depth--;
  };
}

function limitWrite(write: Write, bytesMax: number): Write {
  return (s, value, scope) => {
    const before = s.pos - s.start;
    write(s, value, scope);
    if (s.pos - s.start - before > bytesMax) fail(s, tooLong, bytesMax);
  };
}

function extensionWrite({ encode, write }: ExtensionNode["extension"]): Write {
  return write ?? ((s, value) => writeBytes(s, encode(value)));
}

function tracedExtension({ encode }: ExtensionNode["extension"]): Write {
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
