/**
 * Schemas with functions, which generated source imports from here.
 *
 * @module
 */

import { array, limit, map, optional, ref, refine, string, struct, u16, u8 } from "../../../codec/mod.ts";

/** A number seen as its double; some are refused. */
export const doubled = map(u8, {
  name: "doubled",
  decode(value) {
    if (value === 7) throw new TypeError("seven");
    return 2 * value;
  },
  encode(value: number) {
    if (value === 10) throw new TypeError("ten");
    return value / 2;
  },
});

/** Texts that do not begin with a letter of the first half, or are long enough. */
export const late = refine(string(u8), {
  name: "late",
  test(text) {
    if (text === "z") throw new RangeError("too late");
    return text.length > 2 || !(text < "m");
  },
});

/** Functions around a part with functions. */
export const boxed = map(struct({ text: late }), {
  name: "boxed",
  decode: ({ text }) => [text],
  encode: ([text]: string[]) => ({ text }),
});

/** Where functions can stand. */
export const Places = struct({
  first: doubled,
  text: limit(late, 40),
  again: optional(doubled),
  end: optional(u16, { field: "first", equals: 4 }),
  names: array(late, ref("first")),
  boxes: array(boxed, u8),
});
