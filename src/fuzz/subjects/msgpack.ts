/**
 * Fuzzes msgpack values of random shapes.
 *
 * @module
 */

import { CodecError, type Schema, struct, u8 } from "../../../codec/mod.ts";
import { pick } from "../../../codec/arbitrary/mod.ts";
import type { RandomSource } from "../../../codec/schema/mod.ts";
import {
  any,
  arrayOf,
  bin,
  boolean,
  bytesLike,
  exactly,
  type FieldShapes,
  float64,
  int,
  int64,
  intBetween,
  mapOf,
  msgpack,
  type MsgpackShape,
  namedTuple,
  nil,
  oneOf,
  optionalField,
  packed,
  str,
  tagged,
  textLike,
  tupleOf,
  uint,
  uint64,
} from "../../../codec/msgpack/mod.ts";
import { checkInput } from "../checks/mod.ts";
import { type Seeded, seeded } from "../seeded.ts";
import { schemaInputs, type Subject } from "./subject.ts";

const LEVELS_MAX = 3;
const PARTS_MAX = 4;
const KEYS = ["id", "ip", "constructor", "é", "a b"];
const SCALARS: readonly MsgpackShape[] = [
  nil,
  boolean,
  uint,
  int,
  uint64,
  int64,
  intBetween(0, 65535),
  intBetween(-5, 5),
  float64,
  str,
  textLike("bin"),
  textLike("str"),
  bin(),
  bin(20),
  bytesLike(),
  exactly("ping"),
  any,
  packed,
];

const schemas: Seeded<Schema> = seeded((choose) => {
  const value = msgpack(randomShape(choose, LEVELS_MAX), { canonical: choose(3) === 0 });
  return choose(1) === 0 ? value : struct({ before: u8, value, behind: u8 });
});

/** Values of random shapes; an input is a shape's seed and a message. */
export const msgpackValues: Subject = {
  name: "msgpack",
  *inputs(choose) {
    const seed = choose(2 ** 32 - 1);
    for (const bytes of schemaInputs(schemas.of(seed), choose)) yield schemas.input(seed, bytes);
  },
  check(input) {
    const { thing, bytes } = schemas.parse(input);
    return checkInput(thing, bytes);
  },
};

function randomShape(choose: RandomSource, levels: number): MsgpackShape {
  if (levels === 0 || choose(2) === 0) return pick(choose, SCALARS);
  const inside = () => randomShape(choose, levels - 1);
  switch (choose(6)) {
    case 0:
      return arrayOf(inside());
    case 1:
      return tupleOf(Array.from({ length: choose(PARTS_MAX) }, inside));
    case 2:
      return namedTuple(randomFields(choose, inside, true));
    case 3:
      return mapOf(randomFields(choose, inside, false), {
        extra: choose(1) === 0 ? "refuse" : "ignore",
        binKeys: choose(1) === 1,
      });
    case 4:
      return tagged("ping", inside());
    default:
      return randomChoice(Array.from({ length: 1 + choose(PARTS_MAX) }, inside));
  }
}

/** Fields, of which some may be missing; in an array only those at its end. */
function randomFields(choose: RandomSource, inside: () => MsgpackShape, atEnd: boolean): FieldShapes {
  const fields: Record<string, FieldShapes[string]> = {};
  const names = KEYS.slice(0, choose(KEYS.length));
  let missing = false;
  for (const name of names) {
    missing = atEnd && missing || choose(2) === 0;
    fields[name] = missing ? optionalField(inside()) : inside();
  }
  return fields;
}

/**
 * One of some shapes, without those that cannot be told from the ones before them: by the type of the msgpack value when
 * reading, by the type of the JavaScript value when writing.
 */
function randomChoice(shapes: readonly MsgpackShape[]): MsgpackShape {
  const distinct = new Map<string, MsgpackShape>();
  for (const shape of shapes) {
    const type = typeOf(shape);
    if (type === undefined || distinct.has(type)) continue;
    try {
      oneOf([...distinct.values(), shape]);
      distinct.set(type, shape);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }
  return distinct.size === 0 ? shapes[0] : oneOf([...distinct.values()]);
}

/** What the values of a shape are in JavaScript, if that can be said in a word. */
function typeOf(shape: MsgpackShape): string | undefined {
  switch (shape.kind) {
    case "int":
    case "float":
      return "number";
    case "text":
    case "exact":
      return "string";
    case "array":
    case "tuple":
      return "array";
    case "named":
    case "map":
      return "object";
    case "tagged":
      return typeOf(shape.item);
    case "oneOf":
    case "any":
    case "packed":
      return undefined;
    default:
      return shape.kind;
  }
}
