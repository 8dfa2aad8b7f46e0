/**
 * Parsers of binary-parser, made from our schemas node by node.
 *
 * @module
 */

import {
  type ArrayNode,
  CodecError,
  type EnumNode,
  type Field,
  type FramedNode,
  type IntNode,
  type LazyNode,
  type Node,
  type OptionalNode,
  type RefNode,
  type Size,
  type UnionNode,
  type VarintNode,
} from "../../../codec/mod.ts";
import { isPresent, isVoid, refuseEmptyItems } from "../../../codec/schema/mod.ts";
import { plural, show } from "../../../codec/text/mod.ts";
import { joinPath } from "../../../codec/path.ts";
import { equalValues } from "../../../codec/values.ts";
import {
  check,
  fail,
  type Filled,
  type Get,
  innerPlace,
  limited,
  literal,
  nameFor,
  number,
  numberType,
  ownName,
  type Place,
  readBool,
  readText,
  restOfBytes,
  safe,
  sizedBytes,
} from "./fields.ts";
import { allNamed, finished, mention, type Named, newAlias } from "./lazy.ts";
import { emptyParser, type ItemType, type LengthOption, type Parser, type Vars } from "./library.ts";

/** The struct whose fields can be referred to. */
interface Scope {
  readonly filled: Filled;
  readonly gets: Map<string, Get>;
}

/** Where in its input a parser has come to its end. */
export const END = "$end";

/** The parser of a schema, and the function that takes its value out of what the parser gives. */
export function buildParser(node: Node): { readonly parser: Parser; readonly get: Get } {
  const begun = new Map<LazyNode, Named>();
  const builder = new Builder(begun);
  const parser = emptyParser();
  const get = builder.whole(parser, node);
  for (const [lazy, made] of begun) finished.set(lazy, made);
  parser.saveOffset(END);
  const all = allNamed(builder.lazies);
  mention(parser, all);
  if (builder.needsParents || all.some(({ needsParents }) => needsParents)) parser.useContextVars();
  return { parser, get };
}

class Builder {
  /** Whether a function looks at an object around its own, which the parser must keep. */
  needsParents = false;
  readonly lazies: Set<LazyNode> = new Set();
  readonly #begun: Map<LazyNode, Named>;
  #path = "";

  /**
   * @param begun the lazy schemas of this build, which may fail; some are unfinished, so that they contain themselves
   */
  constructor(begun: Map<LazyNode, Named>) {
    this.#begun = begun;
  }

  /** A schema that is not inside another one: structs and unions fill the object itself. */
  whole(parser: Parser, node: Node): Get {
    return this.#whole({ parser, filled: { taken: new Set([END]), parent: undefined } }, node, undefined);
  }

  #fail(what: string, why: string): never {
    throw new CodecError("schema", `Cannot express ${what} in binary-parser: ${why}`, { path: this.#path });
  }

  #inside<T>(step: string, work: () => T): T {
    const path = this.#path;
    this.#path = joinPath(path, step);
    const result = work();
    this.#path = path;
    return result;
  }

  #whole(place: Place, node: Node, scope: Scope | undefined): Get {
    if (node.kind === "struct") return this.#fields(place, node.fields);
    if (node.kind === "union") return this.#union(place, node);
    return this.#add(place, node, "value", scope);
  }

  /** Adds what reads a node, under a name like the wanted one. */
  #add(place: Place, node: Node, wanted: string, scope: Scope | undefined): Get {
    switch (node.kind) {
      case "int":
        return this.#int(place, node, nameFor(place, wanted));
      case "float":
        return number(place, numberType(node), nameFor(place, wanted));
      case "bool":
        return number(place, "uint8", nameFor(place, wanted), readBool);
      case "literal":
        return literal(place, node.bytes);
      case "bytes":
        return this.#bytes(place, node.size, nameFor(place, wanted), scope, (bytes) => bytes);
      case "string":
        return this.#bytes(place, node.size, nameFor(place, wanted), scope, readText);
      case "array":
        return this.#array(place, node, nameFor(place, wanted), scope);
      case "struct":
      case "union":
      case "tuple":
        return this.#nested(place, node, nameFor(place, wanted), scope);
      case "enum":
        return this.#enum(place, node, nameFor(place, wanted));
      case "optional":
        return this.#optional(place, node, wanted, scope);
      case "constant":
        return this.#constant(place, node.value, this.#add(place, node.schema, wanted, scope));
      case "limit":
        return limited(place, node.bytesMax, () => this.#add(place, node.schema, wanted, scope));
      case "framed":
        return this.#framed(place, node, wanted, scope);
      case "lazy":
        return this.#lazy(place, node, nameFor(place, wanted));
      case "varint":
        return this.#fail("a variable-length integer", "it has integers of fixed width only");
      case "map":
        return this.#fail(`the mapping "${node.name}"`, "its value comes from a function, not from the bytes");
      case "refine":
        return this.#fail(`the test "${node.name}"`, "it is a function, not a property of the bytes");
      case "extension":
        return this.#fail(node.extension.name, "it has no such language");
    }
  }

  #int(place: Place, node: IntNode | VarintNode, name: string, format?: (read: number) => unknown): Get {
    if (node.kind === "varint") return this.#add(place, node, name, undefined);
    if (node.bytes < 8 || node.big) return number(place, numberType(node), name, format);
    return number(place, numberType(node), name, (read: bigint) => {
      const value = safe(read);
      return format === undefined ? value : format(value);
    });
  }

  #enum(place: Place, { int, names }: EnumNode, name: string): Get {
    return this.#int(place, int, name, (number) => {
      const found = names.find(({ value }) => value === number);
      if (found === undefined) {
        fail(
          "enum",
          `Number ${number} is not one of ${names.map(({ value }) => value).join(", ")}`,
        );
      }
      return found.name;
    });
  }

  /** The option that says how many bytes or elements there are; `undefined` for all that are left. */
  #length(place: Place, size: Size, scope: Scope | undefined): LengthOption | undefined {
    switch (size.kind) {
      case "fixed":
        return size.count;
      case "prefix": {
        const name = ownName(place);
        this.#int(place, size.int, name);
        return name;
      }
      case "ref": {
        const refer = this.#refer(place, size, scope);
        return function () {
          const count = refer(this);
          if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
          return fail("reference", `Field "${size.path.join(".")}" is ${show(count)}, which is not a length`);
        };
      }
      case "rest":
        return undefined;
    }
  }

  /** A function from the object being filled to the value that a reference points to. */
  #refer({ filled }: Place, { path }: RefNode, scope: Scope | undefined): Get {
    const [first, ...others] = path;
    const get = scope?.gets.get(first);
    if (get === undefined) this.#fail(`the reference "${path.join(".")}"`, "no enclosing struct has such a field");
    let levels = 0;
    for (let around = filled; around !== scope!.filled; around = around.parent!) levels++;
    this.needsParents ||= levels > 0;
    return (vars) => {
      let object = vars;
      for (let level = 0; level < levels; level++) object = object.$parent as Vars;
      return others.reduce<unknown>((value, step) => (value as Vars | null)?.[step], get(object));
    };
  }

  #bytes(
    place: Place,
    size: Size,
    name: string,
    scope: Scope | undefined,
    convert: (bytes: Uint8Array) => unknown,
  ): Get {
    const length = this.#length(place, size, scope);
    if (length === undefined) return restOfBytes(place, name, convert);
    // binary-parser takes 0 for no length at all.
    if (length === 0) return () => convert(new Uint8Array(0));
    return sizedBytes(place, name, length, convert);
  }

  #array(place: Place, node: ArrayNode, name: string, scope: Scope | undefined): Get {
    refuseEmptyItems(node);
    const length = this.#length(place, node.size, scope);
    const { type, get } = this.#inside("[]", () => this.#item(place, node.item, scope));
    if (length === 0) return () => [];
    place.parser.array(name, length === undefined ? { readUntil: "eof", type } : { length, type });
    return (vars) => (vars[name] as unknown[]).map(get);
  }

  #item(place: Place, node: Node, scope: Scope | undefined): { type: ItemType; get: (item: unknown) => unknown } {
    if (node.kind === "float" || (node.kind === "int" && (node.bytes < 8 || node.big))) {
      return { type: numberType(node), get: (item) => item };
    }
    if (node.kind === "lazy") {
      const found = this.#named(node);
      return { type: found.alias, get: (item) => found.get(item as Vars) };
    }
    const inner = innerPlace(place);
    const get = this.#whole(inner, node, scope);
    return { type: inner.parser, get: (item) => get(item as Vars) };
  }

  #nested(place: Place, node: Node, name: string, scope: Scope | undefined): Get {
    const inner = innerPlace(place);
    const get = node.kind === "tuple" ? this.#tuple(inner, node.items, scope) : this.#whole(inner, node, undefined);
    place.parser.nest(name, { type: inner.parser });
    return (vars) => get(vars[name] as Vars);
  }

  #fields(place: Place, fields: readonly Field[]): Get {
    const scope: Scope = { filled: place.filled, gets: new Map() };
    for (const { name, schema } of fields) {
      scope.gets.set(name, this.#inside(name, () => this.#add(place, schema, name, scope)));
    }
    const valued = fields.filter(({ schema }) => !isVoid(schema)).map(({ name }) =>
      [name, scope.gets.get(name)!] as const
    );
    return (vars) => Object.fromEntries(valued.map(([name, get]) => [name, get(vars)]));
  }

  #tuple(place: Place, items: readonly Node[], scope: Scope | undefined): Get {
    let count = 0;
    const gets: Get[] = [];
    for (const item of items) {
      const get = this.#inside(`[${count}]`, () => this.#add(place, item, `_${count}`, scope));
      if (isVoid(item)) continue;
      gets.push(get);
      count++;
    }
    return (vars) => gets.map((get) => get(vars));
  }

  #union(place: Place, node: UnionNode): Get {
    const { key, cases } = node;
    const name = nameFor(place, key);
    this.#int(place, node.tag, name, (tag) => {
      const found = cases.find((one) => one.tag === tag);
      if (found === undefined) fail("tag", `Tag ${tag} is not one of ${cases.map((one) => one.tag).join(", ")}`);
      return found.name;
    });
    const before = new Set(place.filled.taken);
    const gets = new Map<string, Get>();
    const choices: Record<number, Parser> = {};
    for (const [index, one] of cases.entries()) {
      const parser = choices[index] = emptyParser();
      // Only one case is there, so that all of them may use the same names.
      const filled = { parent: place.filled.parent, taken: new Set(before) };
      gets.set(one.name, this.#fields({ parser, filled }, one.schema.fields));
      for (const taken of filled.taken) place.filled.taken.add(taken);
    }
    place.parser.choice({
      tag() {
        return cases.findIndex((one) => one.name === this[name]);
      },
      choices,
    });
    return (vars) => ({ [key]: vars[name], ...(gets.get(vars[name] as string)!(vars) as Vars) });
  }

  #optional(place: Place, { schema, presence }: OptionalNode, wanted: string, scope: Scope | undefined): Get {
    const flag = ownName(place);
    let present: (vars: Vars) => boolean;
    if (presence.kind === "byte") {
      number(place, "uint8", flag, readBool);
      present = (vars) => vars[flag] as boolean;
    } else {
      const refer = this.#refer(place, presence.ref, scope);
      // The same question as everywhere, asked of a struct that has nothing but the answer's field.
      const asked = { ...presence, ref: { ...presence.ref, path: ["field"] } };
      present = (vars) => isPresent(asked, { field: refer(vars) });
    }
    const inner: Place = { parser: emptyParser(), filled: place.filled };
    const get = this.#add(inner, schema, wanted, scope);
    place.parser.choice({
      tag() {
        // Kept, because the objects around are out of reach when the value is taken out.
        const there = this[flag] = present(this);
        return there ? 1 : 0;
      },
      choices: { 0: emptyParser(), 1: inner.parser },
    });
    return (vars) => vars[flag] === true ? get(vars) : null;
  }

  #constant(place: Place, expected: unknown, get: Get): Get {
    check(place, (vars) => {
      if (!equalValues(get(vars), expected)) fail("literal", `Value is not the constant ${show(expected)}`);
    });
    return get;
  }

  #framed(place: Place, { int, schema }: FramedNode, wanted: string, scope: Scope | undefined): Get {
    const length = ownName(place);
    this.#int(place, int, length);
    // A frame that is cut off is found out before it is read: `wrapped` would take what there is.
    sizedBytes(place, ownName(place), length, () => undefined);
    place.parser.seek(function () {
      return -(this[length] as number);
    });
    const inner: Place = { parser: emptyParser(), filled: place.filled };
    const get = this.#add(inner, schema, wanted, scope);
    check(inner, (vars, end) => {
      const left = (vars[length] as number) - end;
      if (left > 0) fail("trailing", `${plural(left, "byte")} left in the frame`, { left });
    });
    place.parser.wrapped({ length, wrapper: (bytes) => bytes, type: inner.parser });
    return get;
  }

  #lazy(place: Place, node: LazyNode, name: string): Get {
    const found = this.#named(node);
    place.parser.nest(name, { type: found.alias });
    return (vars) => found.get(vars[name] as Vars);
  }

  #named(node: LazyNode): Named {
    this.lazies.add(node);
    return finished.get(node) ?? this.#begun.get(node) ?? this.#begin(node);
  }

  #begin(node: LazyNode): Named {
    const alias = newAlias();
    const parser = emptyParser().namely(alias);
    const builder = new Builder(this.#begun);
    builder.#path = this.#path;
    const made: Named = { alias, get: () => undefined, inside: builder.lazies, needsParents: false };
    this.#begun.set(node, made);
    made.get = builder.whole(parser, node.get());
    made.needsParents = builder.needsParents;
    return made;
  }
}
