/**
 * The types of objects that a service knows: its own, and those that programs describe to it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { encode } from "../../codec/mod.ts";
import {
  type Blueprint,
  type BlueprintField,
  type FieldSpec,
  formatObjectId,
  isObjectType,
  OBJECT_ID_BYTES,
  OBJECT_TYPES,
  SPEC_KINDS,
} from "../../codec/protocols/astral/mod.ts";

/** How many types programs may describe, and how many of them one identity. */
const BLUEPRINTS_MAX = 4096;
const BLUEPRINTS_OF_ONE_MAX = BLUEPRINTS_MAX / 4;
const NAME_BYTES_MAX = 255;
const ARRAY_LENGTH_MAX = 65_536;
/** What the bytes begin with that are hashed, before the type and the payload. */
const STAMP = "ADC0";
const BLUEPRINT = "astral.blueprint";
/** Every character between space and tilde. */
const ASCII = /^[ -~]+$/;

const UTF8 = new TextEncoder();
const LENGTHS = [8, 16, 32, 64];
/** What fields may contain without being described. */
const PRIMITIVES: ReadonlySet<string> = new Set([
  ...["string", "uint", "bytes"].flatMap((name) => LENGTHS.map((length) => `${name}${length}`)),
  ...["bool", "time", "identity", "object_id.sha256", "nonce64", "duration", "zone"],
]);
const MAP_KEYS: ReadonlySet<string> = new Set(["string16", ...LENGTHS.map((length) => `uint${length}`)]);
const KINDS: readonly string[] = Object.values(SPEC_KINDS);

/** The types of one service. Programs describe them anew when it starts anew. */
export class Blueprints {
  /** Who described a type; the service needs its name only. */
  readonly #describers = new Map<string, string>();

  /** The names: those of the service in their order, then those of programs, none before one that it is made of. */
  names(): readonly string[] {
    return [...Object.keys(OBJECT_TYPES).filter((type) => type !== "").sort(), ...this.#describers.keys()];
  }

  /** Whether a type is known. */
  has(type: string): boolean {
    return isObjectType(type) || this.#describers.has(type);
  }

  /** Adds a type; returns the id of the object that describes it, or why it cannot be, as astrald says it. */
  register(blueprint: Blueprint, identity: string): { readonly id: string } | { readonly failure: string } {
    const fault = faultOf(blueprint, (type) => this.has(type));
    if (fault !== null) return { failure: `invalid blueprint: ${fault}` };
    const { type } = blueprint;
    if (this.has(type)) return { failure: `blueprint already registered: ${type}` };
    const others = [...this.#describers.values()];
    const isFull = others.length >= BLUEPRINTS_MAX ||
      others.filter((other) => other === identity).length >= BLUEPRINTS_OF_ONE_MAX;
    if (isFull) return { failure: "too many blueprints" };
    this.#describers.set(type, identity);
    return { id: idOf(blueprint) };
  }
}

function faultOf({ type, fields, underlying }: Blueprint, has: (type: string) => boolean): string | null {
  if (!isName(type)) return "the type is not a name";
  if (underlying !== "") {
    if (fields.length > 0) return "it has fields and is another name, too";
    return PRIMITIVES.has(underlying) ? null : `${underlying} is not a primitive type`;
  }
  const names = new Set(fields.map(({ name }) => name.toLowerCase()));
  if (names.size < fields.length) return "two fields have one name";
  for (const field of fields) {
    const fault = faultOfField(field, has);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOfField({ name, spec }: BlueprintField, has: (type: string) => boolean): string | null {
  if (!isName(name)) return "a field has no name";
  const { kind, primitive, ref, pointer, length, key } = spec;
  if (!KINDS.includes(kind)) return `field ${name} has an unknown kind`;
  if (primitive !== null && !PRIMITIVES.has(primitive)) return `${primitive} is not a primitive type`;
  if (ref === "" || pointer === "") return `field ${name} refers to no type`;
  if (length !== null && length > ARRAY_LENGTH_MAX) return `field ${name} is longer than ${ARRAY_LENGTH_MAX}`;
  if (key !== null && !MAP_KEYS.has(key)) return `${key} is not a type of keys`;
  const unknown = referencesOf(spec).find((type) => type !== null && type !== "" && !has(type));
  return unknown === undefined ? null : `field ${name} references unregistered type ${unknown}`;
}

function referencesOf({ ref, slice, element, value, pointer }: FieldSpec): readonly (string | null)[] {
  return [ref, slice, element, value, pointer];
}

function isName(text: string): boolean {
  return ASCII.test(text) && text.length <= NAME_BYTES_MAX;
}

/** The id of an object is the size and the hash of its canonical form. */
function idOf(blueprint: Blueprint): string {
  const payload = encode(OBJECT_TYPES[BLUEPRINT].schema, blueprint);
  const head = UTF8.encode(`${STAMP}${String.fromCharCode(BLUEPRINT.length)}${BLUEPRINT}`);
  const id = new Uint8Array(OBJECT_ID_BYTES);
  new DataView(id.buffer).setBigUint64(0, BigInt(head.length + payload.length));
  id.set(createHash("sha256").update(head).update(payload).digest(), OBJECT_ID_BYTES - 32);
  return formatObjectId(id);
}
