/**
 * Declarations name the library of what they use, so that users need not know it.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withLibrary } from "../tasks/declarations.ts";

const test = suite("declarations");

const DIRECTIVE = '/// <reference lib="esnext.disposable" />\n';

test("those that can be disposed of get the directive, once", () => {
  for (
    const text of [
      "interface A extends AsyncDisposable {}",
      "f(): Disposable;",
      "[Symbol.asyncDispose](): Promise<void>;",
    ]
  ) {
    assert.is(withLibrary(text), DIRECTIVE + text);
    assert.is(withLibrary(DIRECTIVE + text), DIRECTIVE + text);
  }
});

test("the others stay as they are", () => assert.is(withLibrary("const a: number;"), "const a: number;"));

test.run();
