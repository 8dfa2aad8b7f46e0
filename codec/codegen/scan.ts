/**
 * Source text that finds the end of a message in bytes that arrive in pieces.
 *
 * It skips the same parts as the scanner of a schema, and fails at the same places.
 *
 * @module
 */

import {
  type ArrayNode,
  type ExtensionNode,
  type Field,
  type IntNode,
  type LazyNode,
  type LimitNode,
  mayRefuse,
  type Node,
  type OptionalNode,
  refsOf,
  refuseEmptyItems,
  type Size,
  sizeFixed,
  sizeMin,
  type UnionCase,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import { presenceTest } from "./decode.ts";
import { intText, isLength, referred } from "./decode-leaves.ts";
import type { Generation } from "./generation.ts";
import { canExceed, lengthMax } from "./nodes.ts";
import { type Label, Steps } from "./steps.ts";
import { typeText } from "./types.ts";

/** The variables of the fields that others refer to, by name. */
type Scope = ReadonlyMap<string, { readonly expression: string; readonly node: Node }>;

/** What the text of one function is made with. */
interface Scanning {
  readonly g: Generation;
  readonly steps: Steps;
}

const NOTHING: Scope = new Map();
const REFUSE = "return scan.refuse(pos - start);";

/** Emits the body of a function that returns the function which looks at the bytes. */
export function emitScan(g: Generation, node: Node): void {
  const { lines } = g;
  const at = lines.length;
  let variables: readonly string[] = [];
  lines.block("return (bytes, start, end) => {", () => {
    lines.add("let pos = start + scan.pos;");
    const steps = new Steps(lines);
    enter({ g, steps }, node, NOTHING, "value");
    variables = steps.finish();
  }, "};");
  lines.insert(at, ["let step = 0;", ...variables]);
}

/** Emits the way over a node. */
function enter(s: Scanning, node: Node, scope: Scope, wish: string): void {
  const fixed = fixedSize(node);
  if (fixed >= 0) return s.steps.advance(fixed);
  switch (node.kind) {
    case "varint":
      return void readInt(s, node, wish);
    case "enum":
      return void readInt(s, node.int, wish);
    case "bytes":
    case "string":
      return sized(s, node, scope, wish);
    case "array":
      return array(s, node, scope, wish);
    case "struct":
      return fields(s, node.fields);
    case "tuple":
      return node.items.forEach((item, index) => enter(s, item, scope, `${wish}${index}`));
    case "union":
      return union(s, node, wish);
    case "optional":
      return optional(s, node, scope, wish);
    case "lazy":
      return lazy(s, node, wish);
    case "limit":
      return limit(s, node, scope, wish);
    case "framed":
      return s.steps.advance(readInt(s, node.int, `${wish}Length`));
    case "extension":
      return extension(s, node, wish);
    case "constant":
    case "map":
    case "refine":
      return enter(s, node.schema, scope, wish);
    default:
      throw new Error(`Parts of kind "${node.kind}" have a fixed size`);
  }
}

/** The size of a node that can be skipped without a look, or -1. */
function fixedSize(node: Node): number {
  return mayRefuse(node) ? -1 : sizeFixed(node);
}

/** Emits the reading of an integer that says how the message continues; returns its variable. */
function readInt({ g, steps }: Scanning, node: IntNode | VarintNode, wish: string): string {
  const name = g.lines.name(wish);
  if (node.kind === "varint") {
    steps.need(1);
    steps.look(`const ${name} = ${g.use("getVarint")}(bytes, pos, end);`);
    steps.look(`if (${name} === -1) return scan.wait(pos - start, end - pos + 1);`);
    steps.look(`if (${name} < 0) ${REFUSE}`);
    steps.checkLimits(`${g.use("varintEnd")} - start`, "pos - start");
    steps.change(`pos = ${g.use("varintEnd")};`);
    return name;
  }
  steps.need(node.bytes);
  steps.look(`const ${name} = ${intText(g, node)};`);
  // What is not a safe integer is below zero, or not a number.
  if (node.bytes === 8 && !node.big) {
    steps.look(`if (${node.signed ? `${name} !== ${name}` : `${name} < 0`}) ${REFUSE}`);
  }
  steps.advance(node.bytes);
  return name;
}

/** Emits the reading of a length; returns its expression. What has all the rest has no end. */
function readLength(s: Scanning, size: Size, scope: Scope, wish: string): string | undefined {
  const { steps } = s;
  switch (size.kind) {
    case "fixed":
      return String(size.count);
    case "prefix":
      return readInt(s, size.int, wish);
    case "ref": {
      const { expression, node } = referred(size, { scope });
      // What is before is looked at first.
      steps.need(0);
      if (isLength(node)) return expression;
      steps.refuseIf(`!(Number.isSafeInteger(${expression}) && Number(${expression}) >= 0)`);
      return `Number(${expression})`;
    }
    case "rest":
      steps.stop();
      return undefined;
  }
}

function sized(s: Scanning, node: Extract<Node, { kind: "bytes" | "string" }>, scope: Scope, wish: string): void {
  const length = readLength(s, node.size, scope, `${wish}Length`);
  if (length === undefined) return;
  const { stringBytesMax } = s.g.limits;
  if (node.kind === "string" && lengthMax(node.size) > stringBytesMax) {
    s.steps.refuseIf(`${length} > ${stringBytesMax}`);
  }
  s.steps.advance(length);
}

function array(s: Scanning, node: ArrayNode, scope: Scope, wish: string): void {
  refuseEmptyItems(node);
  const { g, steps } = s;
  if (node.size.kind === "fixed") steps.need(0);
  const count = readLength(s, node.size, scope, `${wish}Count`);
  if (count === undefined) return;
  steps.flush();
  if (g.countsElements) {
    steps.change(`scan.elements += ${count};`);
    steps.refuseIf(`scan.elements > ${g.limits.elementsMax}`);
  }
  const itemMin = sizeMin(node.item);
  const fixed = fixedSize(node.item);
  if (fixed >= 0) return steps.advance(fixed === 1 ? count : `${count} * ${fixed}`);
  // The elements need not be here yet, but they must be allowed.
  if (itemMin > 0) {
    const reached = `pos - start + ${itemMin === 1 ? count : `${count} * ${itemMin}`}`;
    steps.look(`if (${reached} > scan.bytesMax) return scan.refuse(${reached});`);
    steps.checkLimits(reached, "pos - start");
  }
  const left = steps.variable(`${wish}Left`, "number", "0");
  steps.change(`${left} = ${count};`);
  steps.loop(`${left} === 0`, () => {
    enter(s, node.item, scope, "item");
    steps.change(`${left}--;`);
  });
}

function fields(s: Scanning, fields: readonly Field[]): void {
  const { g, steps } = s;
  const names = new Set(fields.flatMap(({ schema }) => refsOf(schema).map(({ path }) => path[0])));
  const scope = new Map<string, { readonly expression: string; readonly node: Node }>();
  for (const { name, schema } of fields) {
    if (!names.has(name)) {
      enter(s, schema, scope, name);
      continue;
    }
    const at = steps.variable(`${name}At`, "number", "0");
    const value = steps.variable(name, typeText(schema, g.types));
    steps.flush();
    steps.change(`${at} = pos - start;`);
    enter(s, schema, scope, name);
    steps.need(0);
    steps.change("scan.pos = pos - start;");
    steps.change(`${value} = ${g.fieldReader(schema, name)}(bytes, start + ${at}, pos);`);
    scope.set(name, { expression: value, node: schema });
  }
}

function union(s: Scanning, node: UnionNode, wish: string): void {
  const { g, steps } = s;
  const tag = readInt(s, node.tag, `${wish}Tag`);
  steps.flush();
  const after = steps.label();
  const later: (readonly [Label, UnionCase])[] = [];
  g.lines.block(`switch (${tag}) {`, () => {
    for (const one of node.cases) {
      const size = steps.limits.length > 0 ? -1 : fixedSize(one.schema);
      const label = size < 0 ? steps.label() : after;
      if (size < 0) later.push([label, one]);
      g.lines.nest(`case ${one.tag}:`, () => {
        if (size > 0) g.lines.add(`pos += ${size};`);
        g.lines.add(`step = ${label};`);
        g.lines.add("break;");
      });
    }
    g.lines.nest("default:", () => g.lines.add(REFUSE));
  });
  steps.end();
  for (const [label, { name, schema }] of later) {
    g.lines.add(`// ${JSON.stringify(name)}`);
    steps.begin(label);
    fields(s, schema.fields);
    steps.goto(after);
  }
  steps.begin(after);
}

function optional(s: Scanning, node: OptionalNode, scope: Scope, wish: string): void {
  const { g, steps } = s;
  let present;
  if (node.presence.kind === "byte") {
    const byte = readInt(s, PRESENCE, `${wish}Present`);
    steps.refuseIf(`${byte} > 1`);
    present = `${byte} === 1`;
  } else {
    present = presenceTest(g, node.presence, { scope });
  }
  const inside = steps.label(), after = steps.label();
  steps.flush();
  g.lines.add(`step = ${present} ? ${inside} : ${after};`);
  steps.end();
  steps.begin(inside);
  enter(s, node.schema, scope, wish);
  steps.next(after);
}

const PRESENCE: IntNode = { kind: "int", bytes: 1, signed: false, littleEndian: false, big: false };

function lazy({ g, steps }: Scanning, node: LazyNode, wish: string): void {
  const inner = steps.variable(`${wish}Scan`, g.use("ScanRun"));
  steps.need(0);
  steps.refuseIf(`depth >= ${g.limits.depthMax}`);
  steps.change("scan.pos = pos - start;");
  steps.change(`${inner} = ${g.recursion(node, "scan")}(scan, depth + 1);`);
  steps.next();
  const signal = g.lines.name("signal");
  steps.look(`const ${signal} = ${inner}(bytes, start, end);`);
  steps.look(`if (${signal} < 0) return ${signal};`);
  steps.change(`pos = start + scan.pos;`);
}

function limit(s: Scanning, node: LimitNode, scope: Scope, wish: string): void {
  const { steps } = s;
  if (!canExceed(node)) return enter(s, node.schema, scope, wish);
  const end = steps.variable(`${wish}Limit`, "number", "0");
  steps.flush();
  steps.change(`${end} = pos - start + ${node.bytesMax};`);
  const outer = steps.limits;
  steps.limits = [...outer, end];
  enter(s, node.schema, scope, wish);
  steps.flush();
  steps.limits = outer;
}

function extension({ g, steps }: Scanning, node: ExtensionNode, wish: string): void {
  const name = g.extension(node);
  const scanner = steps.variable(`${wish}Scanner`, g.use("Scanner"));
  steps.flush();
  steps.change(`${scanner} = ${name}.scanner();`);
  steps.need(1);
  const after = g.lines.name("after");
  // It may refuse what it sees.
  steps.look("scan.pos = pos - start;");
  steps.look(`const ${after} = scan.push(${scanner}, bytes, pos, end);`);
  g.lines.block(`if (${after} < 0) {`, () => {
    steps.checkLimits("end - start");
    g.lines.add("return scan.wait(end - start, 1);");
  });
  steps.checkLimits(`${after} - start`);
  steps.change(`pos = ${after};`);
}
