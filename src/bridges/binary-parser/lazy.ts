/**
 * Lazy schemas as parsers with an alias, which can contain each other.
 *
 * @module
 */

import type { LazyNode } from "../../../codec/mod.ts";
import type { Get } from "./fields.ts";
import { emptyParser, type ItemType, type Parser } from "./library.ts";

/** A lazy schema as a parser that is known by its alias. */
export interface Named {
  readonly alias: string;
  get: Get;
  /** The lazy schemas in it, without those that are only in these. */
  readonly inside: Set<LazyNode>;
  needsParents: boolean;
}

/** The parsers of lazy schemas; binary-parser keeps what has an alias for as long as the program runs. */
export const finished = new WeakMap<LazyNode, Named>();
let aliases = 0;

/** A new alias; aliases are the same in all parsers of the program. */
export function newAlias(): string {
  return `warpwireLazy${aliases++}`;
}

/** Lazy schemas and those that are in them. */
export function allNamed(lazies: Iterable<LazyNode>): Named[] {
  const all = new Set(lazies);
  for (const lazy of all) {
    for (const inside of finished.get(lazy)!.inside) all.add(inside);
  }
  return [...all].map((lazy) => finished.get(lazy)!);
}

/**
 * Mentions every lazy schema in a choice that is never taken: binary-parser writes the function of an alias where it is
 * mentioned first, and others could not call it if that were inside the function of another one.
 */
export function mention(parser: Parser, all: readonly Named[]): void {
  if (all.length < 2) return;
  const choices: Record<number, ItemType> = { 0: emptyParser() };
  for (const [index, { alias }] of all.entries()) choices[index + 1] = alias;
  parser.choice({ tag: () => 0, choices });
}
