/**
 * Types of Kaitai Struct, made from schemas node by node.
 *
 * @module
 */

import { encode } from "../engine/mod.ts";
import { CodecError } from "../error.ts";
import { type Enumeration, Enumerations, type NamedNumbers, Names } from "./names.ts";
import { conditionOn, findField } from "./reference.ts";
import {
  type ArrayNode,
  type ConstantNode,
  type EnumNode,
  type ExtensionNode,
  type Field,
  type FieldPresence,
  type FramedNode,
  type IntNode,
  type LazyNode,
  type LimitNode,
  type Node,
  type OptionalNode,
  type RefNode,
  refuseEmptyItems,
  type Size,
  sizeMax,
  type StructNode,
  type UnionNode,
  type VarintNode,
} from "../schema/mod.ts";
import {
  addField,
  hasExtension,
  hasManyForms,
  intType,
  leaf,
  other,
  type Place,
  type Single,
  tailOf,
  textOrBytes,
  withNote,
} from "./single.ts";
import { type Access, KaitaiType, type Keys, varintType } from "./type.ts";
import { HexBytes, type Yaml } from "./yaml.ts";
import { joinPath } from "../path.ts";
import { show } from "../text/mod.ts";

/** Collects the types and enumerations of one description. */
export class KaitaiBuilder {
  readonly types: Map<string, KaitaiType> = new Map();
  readonly enumerations: Enumerations = new Enumerations();
  readonly #names = new Names();
  readonly #shared = new Map<StructNode | UnionNode, Map<number | undefined, string>>();
  readonly #lazies = new Map<LazyNode, string>();
  #varint: string | undefined;
  #path = "";

  /** The type of a whole message, whose name is that of the description. */
  root(node: Node, id: string): KaitaiType {
    const { type } = this.#newType(id);
    let whole = node;
    for (; whole.kind === "lazy" && !this.#lazies.has(whole); whole = whole.get()) this.#lazies.set(whole, id);
    if ((whole.kind === "struct" || whole.kind === "union") && !hasExtension(whole)) {
      this.#shared.set(whole, new Map([[undefined, id]]));
    }
    this.#content(type, whole, 0);
    return type;
  }

  #fail(what: string, why: string): never {
    throw new CodecError("schema", `Cannot express ${what} in Kaitai Struct: ${why}`, { path: this.#path });
  }

  #inside<T>(step: string, work: () => T): T {
    const path = this.#path;
    this.#path = joinPath(path, step);
    const result = work();
    this.#path = path;
    return result;
  }

  #newType(hint: string, parent?: KaitaiType): { readonly name: string; readonly type: KaitaiType } {
    const name = this.#names.take(hint, "part");
    const type = new KaitaiType(parent);
    this.types.set(name, type);
    return { name, type };
  }

  /** Fills a type with a node: what consists of parts gives them to the type, everything else is called `value`. */
  #content(type: KaitaiType, node: Node, tail: number | undefined): Access {
    switch (node.kind) {
      case "struct":
        this.#fields(type, node.fields, tail);
        break;
      case "union":
        this.#union(type, node, tail);
        break;
      case "tuple":
        this.#items(type, node.items, tail);
        break;
      default:
        return this.#part(node, { type, name: "value", tail });
    }
    return { kind: "other", expression: "" };
  }

  #fields(type: KaitaiType, fields: readonly Field[], tail: number | undefined): void {
    type.fields = new Map();
    for (const [index, { name, schema }] of fields.entries()) {
      const after = tailOf(fields.slice(index + 1).map(({ schema }) => schema), tail);
      const access = this.#inside(name, () => this.#part(schema, { type, name, tail: after }));
      type.fields.set(name, access);
    }
  }

  #items(type: KaitaiType, items: readonly Node[], tail: number | undefined): void {
    for (const [index, item] of items.entries()) {
      const place = { type, name: `item_${index}`, tail: tailOf(items.slice(index + 1), tail) };
      this.#inside(`[${index}]`, () => this.#part(item, place));
    }
  }

  /** Adds what describes a node. */
  #part(node: Node, place: Place): Access {
    const single = this.#single(node, place);
    if (single !== undefined) return single.access(addField(place, single.keys));
    switch (node.kind) {
      case "bytes":
      case "string":
        return this.#sized(node, place);
      case "array":
        return this.#array(node, place);
      case "optional":
        return this.#optional(node, place);
      case "framed":
        return this.#framed(node, place);
      case "limit":
        return this.#part(node.schema, place);
      case "map":
      case "refine": {
        const access = this.#part(node.schema, withNote(node, place));
        return node.kind === "map" ? { kind: "other", expression: access.expression } : access;
      }
      default:
        // Empty literals have no attribute.
        return { kind: "other", expression: "" };
    }
  }

  /** The attribute for a node that needs no other ones. */
  #single(node: Node, place: Place): Single | undefined {
    switch (node.kind) {
      case "varint":
        return {
          keys: { type: this.#varintName() },
          access: (id) => ({ kind: "int", expression: `${id}.value`, signed: false }),
        };
      case "struct": {
        const name = this.#sharedName(node, place);
        return {
          keys: { type: name },
          access: (expression) => ({ kind: "struct", expression, type: this.types.get(name)! }),
        };
      }
      case "union":
        return other({ type: this.#sharedName(node, place) });
      case "tuple":
        return other(this.#wrapped(node, place));
      case "enum":
        return this.#enum(node, node.int, node.names, place.name);
      case "constant":
        return this.#constant(node, place);
      case "map":
      case "refine":
        return this.#seenThrough(node, place);
      case "limit":
        return this.#limit(node, place);
      case "lazy":
        return other({ type: this.#lazyName(node, place.name) });
      case "extension":
        return this.#extension(node, place);
      default:
        return leaf(node);
    }
  }

  #varintName(): string {
    if (this.#varint === undefined) {
      this.#varint = this.#names.take("varint", "varint");
      this.types.set(this.#varint, varintType());
    }
    return this.#varint;
  }

  #sized(node: Extract<Node, { kind: "bytes" | "string" }>, place: Place): Access {
    const { keys, access } = textOrBytes(node, { size: this.#count(node.size, place, "size") });
    return access(addField(place, keys));
  }

  /** The expression for a number of bytes or elements, given by an integer before them or by an earlier field. */
  #count(size: Size, { type, name }: Place, unit: "size" | "count"): Yaml {
    switch (size.kind) {
      case "prefix":
        return this.#prefix(size.int, type, `${name}_${unit}`);
      case "ref": {
        const access = this.#refer(type, size);
        if (access.kind !== "int") {
          this.#fail(`the length "${size.path.join(".")}"`, "the field is not a plain integer");
        }
        if (access.signed) type.check(`${name}_${unit}_check`, `${access.expression} >= 0`);
        return access.expression;
      }
      case "fixed":
        return size.count;
      case "rest":
        return this.#fail("a length", "there is none");
    }
  }

  #prefix(int: IntNode | VarintNode, type: KaitaiType, name: string): string {
    const { keys, access } = this.#single(int, { type, name, tail: undefined })!;
    return access(type.add(name, keys)).expression;
  }

  #refer(type: KaitaiType, ref: RefNode): Access {
    const access = findField(type, ref);
    if (access !== undefined) return access;
    return this.#fail(`the reference "${ref.path.join(".")}"`, "no enclosing struct has such a field");
  }

  #array(node: ArrayNode, place: Place): Access {
    refuseEmptyItems(node);
    const { type, name } = place;
    const repeat: Keys = node.size.kind === "rest"
      ? { repeat: "eos" }
      : { repeat: "expr", "repeat-expr": this.#count(node.size, place, "count") };
    const keys = this.#inside("[]", () => {
      const item: Place = { type, name: `${name}_item`, tail: undefined };
      return this.#single(node.item, item)?.keys ?? this.#wrapped(node.item, item);
    });
    return { kind: "other", expression: addField(place, { ...keys, ...repeat }) };
  }

  /** A type of its own for a node that needs more than one attribute. */
  #wrapped(node: Node, { type: parent, name: hint, tail }: Place): Keys {
    const { name, type } = this.#newType(hint, parent);
    this.#content(type, node, tail);
    return { type: name };
  }

  /** The type of a struct or union, which is the same everywhere: it refers to nothing around it. */
  #sharedName(node: StructNode | UnionNode, { name: hint, tail }: Place): string {
    // But what ends with its message depends on what follows.
    const key = hasExtension(node) ? tail : undefined;
    const byTail = this.#shared.get(node) ?? new Map<number | undefined, string>();
    this.#shared.set(node, byTail);
    const known = byTail.get(key);
    if (known !== undefined) return known;
    const { name, type } = this.#newType(hint);
    byTail.set(key, name);
    this.#content(type, node, key);
    return name;
  }

  #lazyName(node: LazyNode, hint: string): string {
    const known = this.#lazies.get(node);
    if (known !== undefined) return known;
    const { name, type } = this.#newType(hint);
    this.#lazies.set(node, name);
    this.#content(type, node.get(), undefined);
    return name;
  }

  #enumeration(node: EnumNode | UnionNode, named: NamedNumbers, hint: string): Enumeration {
    if (named.length === 0) this.#fail("an enumeration without names", "no value of it is valid");
    return this.enumerations.get(node, named, () => this.#names.take(`${hint}_code`, "code"));
  }

  #enum(node: EnumNode | UnionNode, int: IntNode | VarintNode, named: NamedNumbers, hint: string): Single {
    const { name, ids } = this.#enumeration(node, named, hint);
    if (int.kind === "int") {
      return {
        keys: { type: intType(int), enum: name, valid: { "any-of": [...ids.values()] } },
        access: (expression) => ({ kind: "enum", expression, names: ids }),
      };
    }
    const { name: typeName, type } = this.#newType(hint);
    const number = this.#prefix(int, type, "number");
    type.check("number_check", named.map(({ value }) => `${number} == ${value}`).join(" or "));
    const value = type.addInstance("value", { value: number, enum: name });
    return {
      keys: { type: typeName },
      access: (id) => ({ kind: "enum", expression: `${id}.${value}`, names: ids }),
    };
  }

  #union(type: KaitaiType, node: UnionNode, tail: number | undefined): void {
    const named = node.cases.map(({ name, tag }) => ({ name, value: tag }));
    const { keys, access } = this.#enum(node, node.tag, named, node.key);
    const tag = access(type.addField(node.key, keys));
    const { ids } = this.#enumeration(node, named, node.key);
    const cases = new Map<string, string>();
    for (const { name, schema } of node.cases) {
      // A type of its own, even where two cases have the same fields: the types are what the cases are called.
      const one = this.#newType(name);
      this.#fields(one.type, schema.fields, tail);
      cases.set(ids.get(name)!, one.name);
    }
    type.add("body", { type: { "switch-on": tag.expression, cases } });
  }

  #optional({ schema, presence }: OptionalNode, place: Place): Access {
    const { type, name } = place;
    const condition = presence.kind === "byte"
      ? `${type.add(`${name}_present`, { type: "u1", valid: { max: 1 } })} == 1`
      : this.#condition(type, presence);
    const access = type.when(condition, () => this.#part(schema, place));
    // Nothing can depend on what may be absent.
    return { kind: "other", expression: access.expression };
  }

  #condition(type: KaitaiType, presence: FieldPresence): string {
    const condition = conditionOn(this.#refer(type, presence.ref), presence);
    if (condition !== undefined) return condition;
    const isWide = presence.kind === "mask" && presence.mask >= 2 ** 32;
    const why = isWide ? "bits above the lowest 32 cannot be compared" : "it cannot be compared with such a field";
    return this.#fail(`the condition on "${presence.ref.path.join(".")}"`, why);
  }

  #constant({ schema, value }: ConstantNode, place: Place): Single {
    const what = `the constant ${show(value)}`;
    if (hasManyForms(schema, value)) this.#fail(what, "it may have more than one kind of bytes");
    let bytes;
    try {
      bytes = encode(schema, value);
    } catch (cause) {
      return this.#fail(what, cause instanceof CodecError ? cause.reason : String(cause));
    }
    if (schema.kind === "int" || schema.kind === "bool" || (schema.kind === "enum" && schema.int.kind === "int")) {
      const { keys, access } = this.#single(schema, place)!;
      const found = access("");
      // A number as a text, because readers of YAML may round what is above 2^53.
      const number = String(schema.kind === "bool" ? bytes[0] : value);
      return { keys: { ...keys, valid: found.kind === "enum" ? found.names.get(value as string) : number }, access };
    }
    const keys = bytes.length === 0 ? { size: 0 } : { contents: new HexBytes([...bytes]) };
    return other({ ...keys, doc: `Always ${show(value)}` });
  }

  #seenThrough(node: Extract<Node, { kind: "map" | "refine" }>, place: Place): Single | undefined {
    const single = this.#single(node.schema, place);
    if (single === undefined) return undefined;
    const { doc } = withNote(node, { ...place, doc: single.keys.doc as string });
    return { keys: { ...single.keys, doc }, access: node.kind === "map" ? other({}).access : single.access };
  }

  #limit({ schema, bytesMax }: LimitNode, place: Place): Single | undefined {
    if (sizeMax(schema) <= bytesMax) return this.#single(schema, place);
    const { name, type } = this.#newType(place.name, place.type);
    const start = type.addInstance("limit_start", { value: "_io.pos" });
    // An instance has the value of the moment when it is asked for first.
    type.check("limit_begin", `${start} >= 0`);
    const access = this.#content(type, schema, place.tail);
    type.check("limit_end", `_io.pos - ${start} <= ${bytesMax}`);
    return { keys: { type: name }, access: (id) => ({ ...access, expression: `${id}.${access.expression}` }) };
  }

  #framed({ int, schema }: FramedNode, place: Place): Access {
    const { type: around, name } = place;
    const size = this.#prefix(int, around, `${name}_size`);
    if ((schema.kind === "bytes" || schema.kind === "string") && schema.size.kind === "rest") {
      const { keys, access } = textOrBytes(schema, { size });
      return access(addField(place, keys));
    }
    const { name: typeName, type } = this.#newType(name, around);
    const access = this.#content(type, schema, 0);
    type.check("frame_end", "_io.eof");
    const id = addField(place, { size, type: typeName });
    return { ...access, expression: `${id}.${access.expression}` };
  }

  #extension({ extension }: ExtensionNode, { tail }: Place): Single {
    if (tail === undefined) {
      this.#fail(extension.name, "the end of its value is unknown, because what follows may have any size");
    }
    const size: Keys = tail === 0 ? { "size-eos": true } : { size: `_io.size - _io.pos - ${tail}` };
    return other({ ...size, doc: `${extension.name}, as bytes` });
  }
}
