/**
 * The codes of identity errors are those of the documentation.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IDENTITY_ERROR_CODES, IdentityError } from "../../src/identity/error.ts";
import { root } from "../../tasks/project.ts";

const test = suite("identity: error codes");

test("stand in docs/identity.md, all of them and no others", () => {
  const text = readFileSync(join(root, "docs", "identity.md"), "utf8");
  const listed = [...text.slice(text.indexOf("\n## Errors")).matchAll(/^\| `([a-z]+)`/gm)].map(([, code]) => code);
  assert.equal(listed.sort(), Object.keys(IDENTITY_ERROR_CODES).sort());
});

test("an error has its name, its code and its cause", () => {
  const cause = new Error("inner");
  const error = new IdentityError("range", "Cannot do it", { cause });
  assert.equal([error.name, error.code, error.message, error.cause], ["IdentityError", "range", "Cannot do it", cause]);
  assert.not.ok("cause" in new IdentityError("range", "Cannot do it"));
});

test.run();
