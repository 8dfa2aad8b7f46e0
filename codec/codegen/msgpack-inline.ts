/**
 * Where the usual forms of msgpack values are read and written inline.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { MsgpackNode } from "../msgpack/mod.ts";
import type { ExtensionNode, Node } from "../schema/mod.ts";
import { arrayCount, at, fastRead, hasBytes, isFast, placeAt } from "./msgpack-read.ts";
import { fastWrite } from "./msgpack-write.ts";
import type { Lines } from "./text.ts";

/** The most elements that the forms read inline can have. */
const COUNT_MAX = 0xffff;

/** What msgpack's nodes say of themselves. */
interface Description {
  readonly shape: MsgpackNode;
  readonly options: { readonly limits: Limits; readonly canonical: boolean };
}

function describe(node: ExtensionNode): Description | undefined {
  const { source } = node.extension;
  return source?.language === "msgpack" ? source as unknown as Description : undefined;
}

/** Whether an extension's usual forms can be read inline. */
export function isInline(node: ExtensionNode): boolean {
  const found = describe(node);
  return found !== undefined && !found.options.canonical && isFast(found.shape);
}

/** Whether views of the input are made where a node is read. */
export function isViewed(node: Node): boolean {
  return node.kind === "bytes" || (node.kind === "extension" && isInline(node) && hasBytes(describe(node)!.shape));
}

/** Emits the reading; returns the last statement, which is reached when the value is one of the usual forms. */
export function inlineRead(
  g: { readonly lines: Lines; use(name: string): string },
  node: ExtensionNode,
  { name, behind, label, end }: { name: string; behind: string; label: string; end: string },
): string {
  const { shape, options: { limits } } = describe(node)!;
  const { elementsMax, stringBytesMax } = limits;
  const counter = elementCounter(g.lines, shape, elementsMax, name);
  const context = { lines: g.lines, label, end, stringBytesMax, counter, use: (name: string) => g.use(name) };
  const { value, place } = fastRead(context, shape, placeAt("pos"), name);
  if (place.known < place.offset || place.known === 0) g.lines.add(`if (${at(place)} > ${end}) break ${label};`);
  g.lines.add(`${name} = ${value};`);
  return `${behind} = ${at(place)};`;
}

/** Emits the variable that counts the elements of arrays, where there can be more than allowed. */
function elementCounter(lines: Lines, shape: MsgpackNode, max: number, wish: string) {
  const arrays = arrayCount(shape);
  if (arrays === 0 || (arrays === 1 && max >= COUNT_MAX)) return undefined;
  const name = lines.name(`${wish}Elements`);
  lines.add(`let ${name} = 0;`);
  return { name, max };
}

/** Emits the writing of an expression's value, which ends with the statement that nothing was left to others. */
export function inlineWrite(
  g: { readonly lines: Lines; use(name: string): string },
  node: ExtensionNode,
  { value, label, done, hasRoom, makeRoom }: {
    value: string;
    label: string;
    done: string;
    hasRoom: boolean;
    makeRoom: (count: number) => void;
  },
): void {
  const { shape, options: { limits } } = describe(node)!;
  const counter = elementCounter(g.lines, shape, limits.elementsMax, label);
  const { stringBytesMax } = limits;
  const context = { lines: g.lines, label, stringBytesMax, counter, makeRoom, use: (name: string) => g.use(name) };
  fastWrite(context, shape, value, hasRoom);
  g.lines.add(`${done} = true;`);
}
