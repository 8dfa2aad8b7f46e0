/**
 * The objects with which a node describes itself: names of identities, its operations, and types of objects.
 *
 * @module
 */

import { array, CodecError, optional, type Schema, string, struct, u16, u32, u8 } from "../../mod.ts";
import { jsonAny, type JsonValue } from "../../json/mod.ts";
import { identity } from "./identity.ts";
import { form, type ObjectForm, sliceForm, sliceSchema, structForm } from "./object-form.ts";
import { boolForm, identityPointerForm, stringForm } from "./object-values.ts";

/** A name of an identity. */
export interface AliasEntry {
  readonly alias: string;
  readonly identity: string | null;
}

/** The names that a node has for others. */
export interface AliasMap {
  /** Go writes a map, in the order of the encoded names: the shorter ones first. */
  readonly aliases: AliasEntry[];
}

/** A parameter of an operation. */
export interface ParameterSpec {
  readonly name: string;
  /** Type of the object whose text the parameter is, as in `identity`. */
  readonly type: string;
  readonly required: boolean;
}

/** An operation of a node. */
export interface OperationSpec {
  readonly name: string;
  readonly parameters: ParameterSpec[];
}

/**
 * What a field of a {@link Blueprint} contains. `kind` is the type of an object that describes it, from
 * {@link SPEC_KINDS}; each of the others is null unless the kind has it.
 */
export interface FieldSpec {
  readonly kind: string;
  /** Name of a primitive type. */
  readonly primitive: string | null;
  /** Name of the type whose value is here. */
  readonly ref: string | null;
  /** Name of the type of the elements; empty for objects of any type. */
  readonly slice: string | null;
  /** The same, for an array of `length` elements. */
  readonly element: string | null;
  readonly length: number | null;
  /** Name of the type of the keys. */
  readonly key: string | null;
  /** Name of the type of the values; empty for objects of any type. */
  readonly value: string | null;
  /** Name of the type of an optional value. */
  readonly pointer: string | null;
}

/** A field of a {@link Blueprint}. */
export interface BlueprintField {
  readonly name: string;
  readonly spec: FieldSpec;
}

/** A type of object that a program describes to a node: a struct, or another name of a primitive type. */
export interface Blueprint {
  readonly type: string;
  readonly fields: BlueprintField[];
  /** The primitive type, or empty for a struct. */
  readonly underlying: string;
}

/** The kinds of {@link FieldSpec}, by what they describe. */
export const SPEC_KINDS = {
  primitive: "astral.blueprint.primitive_spec",
  ref: "astral.blueprint.ref_spec",
  slice: "astral.blueprint.slice_spec",
  array: "astral.blueprint.array_spec",
  map: "astral.blueprint.map_spec",
  pointer: "astral.blueprint.ptr_spec",
  object: "astral.blueprint.object_spec",
} as const;

const aliasEntries: Schema<AliasEntry[]> = array(struct({ alias: string(u16), identity: optional(identity) }), u32);

/** The entries of a map: in JSON the keys of an object. */
const aliasesForm: ObjectForm<AliasEntry[]> = form<AliasEntry[], JsonValue>(aliasEntries, {
  shape: jsonAny,
  zero: [],
  read: (json, path) => {
    if (json === null) return [];
    if (typeof json !== "object" || Array.isArray(json)) {
      throw new CodecError("json", "Cannot read JSON: expected an object, found another value", { path });
    }
    return Object.entries(json).map(([alias, identity]) => ({
      alias,
      identity: identityPointerForm.json!.read(identity, `${path}.${alias}`),
    }));
  },
  write: (entries) =>
    Object.fromEntries(
      entries.map(({ alias, identity }) => [alias, identityPointerForm.json!.write(identity) as JsonValue]),
    ),
});

/** The form of {@link AliasMap}. */
export const aliasMapForm: ObjectForm<AliasMap> = structForm<AliasMap>({ aliases: ["Aliases", aliasesForm] });

// Plain texts of Go have 32 bits for their length.
const text = stringForm(u32);

/** The form of {@link OperationSpec}. */
export const operationSpecForm: ObjectForm<OperationSpec> = structForm<OperationSpec>({
  name: ["Name", text],
  parameters: [
    "Parameters",
    sliceForm(structForm<ParameterSpec>({
      name: ["Name", text],
      type: ["Type", text],
      required: ["Required", boolForm],
    })),
  ],
});

const ifKind = <T>(schema: Schema<T>, kind: keyof typeof SPEC_KINDS): Schema<T | null> =>
  optional(schema, { field: "kind", equals: SPEC_KINDS[kind] });

const fieldSpec: Schema<FieldSpec> = struct({
  kind: string(u8),
  primitive: ifKind(string(u16), "primitive"),
  ref: ifKind(string(u16), "ref"),
  slice: ifKind(string(u16), "slice"),
  element: ifKind(string(u16), "array"),
  length: ifKind(u32, "array"),
  key: ifKind(string(u16), "map"),
  value: ifKind(string(u16), "map"),
  pointer: ifKind(string(u16), "pointer"),
});

/** The form of {@link Blueprint}; nodes cannot read the JSON that they write of it. */
export const blueprintForm: ObjectForm<Blueprint> = Object.freeze({
  schema: struct({
    type: string(u16),
    fields: sliceSchema<BlueprintField>(struct({ name: string(u16), spec: fieldSpec })),
    underlying: string(u16),
  }),
  json: null,
});
