/**
 * Codes in words: no code of hosts, transfers or files is told to people as it is.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codeText } from "../../src/cli/terminal/reason-text.ts";
import { HOST_ERROR_CODES } from "../../src/host/error.ts";
import { WARPDRIVE_ERROR_CODES } from "../../src/warpdrive/error.ts";
import { FILES_ERROR_CODES } from "../../src/warpdrive/files/mod.ts";

const test = suite("reasons in words");

test("every code is words", () => {
  for (const code of Object.keys({ ...HOST_ERROR_CODES, ...WARPDRIVE_ERROR_CODES, ...FILES_ERROR_CODES })) {
    for (const each of [code, `peer-${code}`, `peer-${code}-12`]) {
      assert.match(codeText(each), /\w+ \w+/, each);
      assert.not.ok(code.includes("-") && codeText(each).includes(code), each);
    }
  }
  assert.is(codeText("no-folder"), "the download folder is gone");
  assert.is(codeText("peer-source-changed-3"), "the peer reports: the source has changed since it was offered");
  assert.is(codeText("words of a peer"), "words of a peer");
  assert.is(codeText("constructor"), "constructor");
});

test.run();
