/**
 * The drawings of bytes in the doc comments of the builders, compared with what is encoded.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as w from "../../codec/mod.ts";
import { root } from "../../tasks/project.ts";

const test = suite("codec: drawings of bytes");

/** `SCHEMA of VALUE:  BYTES`, as a line of a drawing. */
const DRAWING = /^ \* (\w+.*) of (.+): {2}([\da-f]{2}[\da-f ]*)$/gm;

/** The value of an expression in which the builders are known by their names. */
function evaluate(expression: string): unknown {
  return new Function(...Object.keys(w), `return (${expression});`)(...Object.values(w));
}

let count = 0;
for (const file of ["composites", "numbers", "optional", "sequences", "wrappers"]) {
  const text = readFileSync(join(root, "codec/schema", `${file}.ts`), "utf8");
  for (const [, schema, value, hex] of text.matchAll(DRAWING)) {
    count += 1;
    test(`${schema} of ${value}`, () => {
      const bytes = w.encode(evaluate(schema) as w.Schema, evaluate(value));
      assert.is(w.formatHex(bytes), hex.replaceAll(" ", ""));
    });
  }
}

test("every drawing is found", () => assert.is(count, 16));

test.run();
