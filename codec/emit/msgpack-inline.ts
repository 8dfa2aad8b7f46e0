/**
 * Where the usual forms of msgpack values are read and written inline.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import type { MsgpackNode } from "../msgpack/nodes.ts";
import type { ExtensionNode } from "../schema.ts";
import { arrayCount, at, fastRead, isFast, placeAt } from "./msgpack-read.ts";
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

/** Emits the reading; returns the last statement, which is reached when the value is one of the usual forms. */
export function inlineRead(
  g: { readonly lines: Lines; use(name: string): string },
  node: ExtensionNode,
  { name, behind, label, end }: { name: string; behind: string; label: string; end: string },
): string {
  const { shape, options: { limits } } = describe(node)!;
  const { elementsMax, stringBytesMax } = limits;
  let counter;
  const arrays = arrayCount(shape);
  if (arrays > 1 || (arrays === 1 && elementsMax < COUNT_MAX)) {
    counter = { name: g.lines.name(`${name}Elements`), max: elementsMax };
    g.lines.add(`let ${counter.name} = 0;`);
  }
  const context = { lines: g.lines, label, end, stringBytesMax, counter, use: (name: string) => g.use(name) };
  const { value, place } = fastRead(context, shape, placeAt("pos"), name);
  if (place.known < place.offset || place.known === 0) g.lines.add(`if (${at(place)} > ${end}) break ${label};`);
  g.lines.add(`${name} = ${value};`);
  return `${behind} = ${at(place)};`;
}
