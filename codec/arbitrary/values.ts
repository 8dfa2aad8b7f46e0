/**
 * Random valid values for any schema.
 *
 * @module
 */

import {
  checkSchema,
  type ExtensionNode,
  type FramedNode,
  intMax,
  intMin,
  type IntNode,
  isPresent,
  isVoid,
  levelsMin,
  type LimitNode,
  type MapNode,
  type Node,
  type OptionalNode,
  type RandomSource,
  type RefineNode,
  resolve,
  type Schema,
  type Scope,
  type Size,
  sizeMax,
  sizeMin,
  type StructNode,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import {
  arbitraryBigInt,
  arbitraryBytes,
  arbitraryFloat,
  arbitraryInt,
  arbitraryText,
  fromSeed,
  pick,
} from "./random.ts";
import { CodecError } from "../error.ts";
import { brings, type Demand, demandsOf, demandsOn, isCount, wanted } from "./demands.ts";
import { LIMITS } from "../limits.ts";
import { textBytes } from "../text/mod.ts";
import { writeTraced } from "../engine/mod.ts";

/** Options of {@link arbitraryValue}. */
export interface GenerateOptions {
  /** Elements of an array, bytes of a string or byte string, unless the schema wants more. Default 12. */
  readonly lengthMax?: number;
  /** Levels of a schema that contains itself, unless it cannot end there. Default 3. */
  readonly depthMax?: number;
  /**
   * Values for parts for which none can be made: extensions without {@link Extension.generate}, and refinements that
   * hardly any value passes.
   */
  readonly values?: ReadonlyMap<Schema, readonly unknown[]>;
}

/**
 * A valid value of a schema. The same choices make the same value; choices of 0 make a simple one.
 *
 * @throws CodecError `schema` when no valid value is found
 */
export function arbitraryValue<T>(schema: Schema<T>, choose: RandomSource, options: GenerateOptions = {}): T {
  checkSchema(schema, "generate: the schema");
  if (levelsMin(schema) === Infinity) throw new CodecError("schema", "The schema has no finite value");
  const maker = new ValueMaker(choose, options);
  try {
    return maker.whole(schema) as T;
  } catch (error) {
    if (error !== UNFIT) throw error;
    throw new CodecError("schema", "No valid value was found; give some in the option values");
  }
}

/** Thrown for a value that cannot be completed to a valid one. */
const UNFIT: unique symbol = Symbol("unfit");
/** How often a part is tried before the parts around it are. */
const TRIES_MAX = 50;
/** How often parts are tried in all: parts inside parts would multiply their tries. */
const FAILURES_MAX = 1000;
/** Parts of a value after which it is ended as soon as possible. */
const PARTS_MAX = 2000;
/** The most elements or bytes that a field which is not free to be small may ask for. */
const COUNT_MAX = 100_000;

/** What is known about the place of a value. */
interface Place {
  readonly scope: Scope;
  /** Elements or bytes that a part of varying length may have; at 0 the smallest value is wanted. */
  readonly room: number;
  readonly demands: readonly Demand[];
}

class ValueMaker {
  readonly #options: GenerateOptions;
  readonly #depthMax: number;
  #choose: RandomSource;
  #depth = 0;
  #parts = 0;
  #failures = 0;

  constructor(choose: RandomSource, options: GenerateOptions) {
    this.#choose = choose;
    this.#options = options;
    this.#depthMax = options.depthMax ?? 3;
  }

  /** A whole value. */
  whole(node: Node): unknown {
    return this.#retry(() => this.#value(node, { scope: undefined, room: this.#room(), demands: [] }));
  }

  #value(node: Node, place: Place): unknown {
    const given = this.#options.values?.get(node);
    if (given !== undefined) return pick(this.#choose, given);
    this.#parts++;
    switch (node.kind) {
      case "int":
        return node.big ? this.#big(node, place) : this.#int(node, place);
      case "varint":
        return this.#int(node, place);
      case "float":
        return arbitraryFloat(this.#choose, node);
      case "bool":
        return this.#one([false, true], place);
      case "literal":
        return undefined;
      case "bytes":
        return arbitraryBytes(this.#choose, this.#count(node.size, place));
      case "string":
        return this.#string(node.size, place);
      case "array":
        return this.#array(node.item, node.size, place);
      case "struct":
        return this.#struct(node, place, {});
      case "tuple":
        return this.#tuple(node.items, place);
      case "enum":
        return this.#one(node.names.map(({ name }) => name), place);
      case "union":
        return this.#union(node, place);
      case "optional":
        return this.#optional(node, place);
      case "constant":
        return node.value;
      case "map":
        return this.#map(node, place);
      case "refine":
        return this.#refine(node, place);
      case "lazy":
        return this.#lazy(node.get(), place.room);
      case "limit":
      case "framed":
        return this.#bounded(node, place);
      case "extension":
        return this.#extension(node, place);
    }
  }

  /** Whether the value should come to an end. */
  get #ending(): boolean {
    return this.#depth >= this.#depthMax || this.#parts >= PARTS_MAX;
  }

  /**
   * Tries until a value fits. Later tries choose by themselves: the choices given may have come to an end, and what
   * follows them is always the same.
   */
  #retry<T>(make: (attempt: number) => T): T {
    const choose = this.#choose;
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      if (attempt > 0) this.#choose = fromSeed(choose(2 ** 32 - 1) + attempt);
      try {
        return make(attempt);
      } catch (error) {
        if (error !== UNFIT || ++this.#failures > FAILURES_MAX) throw error;
      } finally {
        this.#choose = choose;
      }
    }
    throw UNFIT;
  }

  #int(node: IntNode | VarintNode, { room, demands }: Place): number {
    if (this.#ending || room === 0) return demands.length === 0 ? 0 : firstAbsent([0, 1, 2, 3], demands);
    const useful = wanted(demands).filter((value) =>
      typeof value === "number" && Number.isInteger(value) && value >= intMin(node) && value <= intMax(node)
    );
    if (useful.length > 0 && this.#choose(1) === 1) return pick(this.#choose, useful) as number;
    if (isCount(demands)) return arbitraryInt(this.#choose, 0, Math.min(room, intMax(node)));
    return arbitraryInt(this.#choose, intMin(node), intMax(node));
  }

  #big({ signed }: IntNode, { room, demands }: Place): bigint {
    if (this.#ending || room === 0) return firstAbsent([0n, 1n, 2n, 3n], demands);
    // A mask's highest bit is the sign of a signed integer.
    const useful = wanted(demands).flatMap((value) =>
      typeof value !== "bigint" ? [] : [signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)]
    );
    if (useful.length > 0 && this.#choose(1) === 1) return pick(this.#choose, useful);
    return arbitraryBigInt(this.#choose, signed);
  }

  /** One of some values, as later parts want it. */
  #one<T>(values: readonly T[], { room, demands }: Place): T {
    if (this.#ending || room === 0) return firstAbsent(values, demands);
    const useful = values.filter((value) => brings(demands, value));
    return useful.length > 0 && this.#choose(1) === 1 ? pick(this.#choose, useful) : pick(this.#choose, values);
  }

  #count(size: Size, { scope, room }: Place): number {
    switch (size.kind) {
      case "fixed":
        if (size.count > COUNT_MAX) throw UNFIT;
        return size.count;
      case "ref": {
        const count = resolve(size, scope);
        if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > COUNT_MAX) throw UNFIT;
        return count as number;
      }
      case "prefix":
        return Math.min(this.#length(room), intMax(size.int));
      case "rest":
        return this.#length(room);
    }
  }

  #length(room: number): number {
    return this.#parts >= PARTS_MAX ? 0 : this.#choose(room);
  }

  #string(size: Size, place: Place): string {
    const useful = wanted(place.demands).filter((value) =>
      typeof value === "string" && (size.kind !== "fixed" || textBytes(value)?.length === size.count)
    );
    if (useful.length > 0 && !this.#ending && this.#choose(1) === 1) return pick(this.#choose, useful) as string;
    return arbitraryText(this.#choose, this.#count(size, place));
  }

  #array(item: Node, size: Size, place: Place): unknown[] {
    const ends = this.#depth >= this.#depthMax && size.kind !== "fixed" && size.kind !== "ref";
    const count = ends && levelsMin(item) > 0 ? 0 : this.#count(size, place);
    // Some of the room for each: many elements are small ones.
    const room = Math.floor(place.room / Math.max(1, count / 2));
    return Array.from({ length: count }, () => this.#value(item, { scope: place.scope, room, demands: [] }));
  }

  #struct(node: StructNode, place: Place, start: Record<string, unknown>): Record<string, unknown> {
    const own = demandsOf(node);
    if (own.length === 0) return this.#fields(node, place, start, place.demands);
    return this.#retry(() => this.#fields(node, place, start, [...place.demands, ...own]));
  }

  #fields(
    node: StructNode,
    { room }: Place,
    start: Record<string, unknown>,
    demands: readonly Demand[],
  ): Record<string, unknown> {
    const record = { ...start };
    for (const { name, schema } of node.fields) {
      const value = this.#value(schema, { scope: record, room, demands: demandsOn(name, demands) });
      if (!isVoid(schema)) record[name] = value;
    }
    return record;
  }

  #tuple(items: readonly Node[], { scope, room }: Place): unknown[] {
    return items.filter((item) => !isVoid(item)).map((item) => this.#value(item, { scope, room, demands: [] }));
  }

  #union(node: UnionNode, place: Place): unknown {
    const finite = node.cases.filter((one) => levelsMin(one.schema) < Infinity);
    const ranked = this.#ending
      ? least(finite, (one) => levelsMin(one.schema))
      : place.room === 0
      ? least(finite, (one) => sizeMin(one.schema))
      : finite;
    // A case may have no valid value.
    return this.#retry(() => {
      const { name, schema } = pick(this.#choose, ranked);
      return this.#struct(schema, { ...place, demands: [] }, { [node.key]: name });
    });
  }

  #optional(node: OptionalNode, place: Place): unknown {
    const { presence, schema } = node;
    if (presence.kind === "byte") {
      const ends = this.#ending || place.room === 0 || levelsMin(schema) === Infinity;
      if (!isCount(place.demands) && (ends || this.#choose(2) === 0)) return null;
      return this.#value(schema, place) ?? null;
    }
    if (!isPresent(presence, place.scope)) return null;
    const value = this.#value(schema, place);
    if (value === null || value === undefined) throw UNFIT;
    return value;
  }

  #map(node: MapNode, place: Place): unknown {
    return this.#retry(() => {
      const inner = this.#value(node.schema, { ...place, demands: mappedDemands(node, place.demands) });
      try {
        const value = node.decode(inner as never);
        node.encode(value as never);
        return value;
      } catch {
        throw UNFIT;
      }
    });
  }

  #refine(node: RefineNode, place: Place): unknown {
    return this.#retry((attempt) => {
      // A test may refuse all small values.
      const value = this.#value(
        node.schema,
        attempt > TRIES_MAX / 2 ? { ...place, room: place.room + attempt } : place,
      );
      if (!passes(node, value)) throw UNFIT;
      return value;
    });
  }

  #lazy(node: Node, room: number): unknown {
    if (this.#depth >= LIMITS.depthMax) throw UNFIT;
    this.#depth++;
    try {
      const left = this.#ending ? 0 : Math.min(room, this.#room());
      return this.#value(node, { scope: undefined, room: left, demands: [] });
    } finally {
      this.#depth--;
    }
  }

  /** The deeper, the less. */
  #room(): number {
    return Math.floor((this.#options.lengthMax ?? 12) / (1 + this.#depth));
  }

  #bounded(node: LimitNode | FramedNode, place: Place): unknown {
    const bytesMax = node.kind === "limit" ? node.bytesMax : intMax(node.int);
    if (sizeMax(node.schema) <= bytesMax) return this.#value(node.schema, place);
    const spare = Math.max(0, Math.min(place.room, bytesMax - sizeMin(node.schema)));
    return this.#retry((attempt) => {
      const value = this.#value(node.schema, { ...place, room: Math.floor(spare / (1 + attempt)) });
      if (encodedSize(node.schema, value, place.scope) > bytesMax) throw UNFIT;
      return value;
    });
  }

  #extension({ extension }: ExtensionNode, { room }: Place): unknown {
    if (extension.generate !== undefined) return extension.generate(room === 0 ? () => 0 : this.#choose);
    throw new CodecError("schema", `No values of ${extension.name} can be made; give some in the option values`);
  }
}

function firstAbsent<T>(values: readonly T[], demands: readonly Demand[]): T {
  return values.find((value) => !brings(demands, value)) ?? values[0];
}

/** Those that are the least by some measure. */
function least<T>(list: readonly T[], measure: (item: T) => number): readonly T[] {
  const min = Math.min(...list.map(measure));
  return list.filter((item) => measure(item) === min);
}

function passes(node: RefineNode, value: unknown): boolean {
  try {
    return node.test(value as never);
  } catch {
    return false;
  }
}

/** What is wanted of a mapped value, said of the value before the mapping. */
function mappedDemands(node: MapNode, demands: readonly Demand[]): Demand[] {
  return demands.flatMap(({ path, want }): Demand[] => {
    if (want.kind !== "equals") return [{ path, want }];
    try {
      const value = node.encode(want.value as never) as string | number | boolean;
      return [{ path, want: { ...want, value } }];
    } catch {
      return [];
    }
  });
}

function encodedSize(node: Node, value: unknown, scope: Scope): number {
  try {
    return writeTraced(node, value, { scope }).length;
  } catch {
    return Infinity;
  }
}
