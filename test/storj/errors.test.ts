/**
 * The codes of errors, and what users name things by.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HostError } from "../../src/host/mod.ts";
import { RpcError } from "../../src/rpc/mod.ts";
import { storjErrorOf } from "../../src/storj/error.ts";
import { nodeIdOf, streamIdOf } from "../../src/storj/ids.ts";
import { STORJ_ERROR_CODES, StorjError, type StorjErrorCode } from "../../src/storj/mod.ts";
import { root } from "../../tasks/project.ts";
import { throws } from "./expect.ts";

const test = suite("storj: errors");

test("the codes and their meanings are those of docs/errors.md", () => {
  const text = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const part = text.slice(text.indexOf("\n## The storj node"), text.indexOf("\n## Calls of storj nodes"));
  const rows = [...part.matchAll(/^\| `([a-z-]+)` *\| (.+?) *\|$/gm)];
  assert.equal(rows.map(([, code]) => code), Object.keys(STORJ_ERROR_CODES));
  for (const [, code, meaning] of rows) {
    assert.ok(meaning.startsWith(STORJ_ERROR_CODES[code as StorjErrorCode]), `${code}: ${meaning}`);
  }
});

test("errors of hosts and calls that mean the same become ours, with their causes; others stay", () => {
  const aborted = storjErrorOf(new HostError("aborted", "Given up", { cause: "enough" })) as StorjError;
  assert.equal([aborted.code, aborted.cause, aborted.message], ["aborted", "enough", "Given up"]);
  const timeout = new RpcError("timeout", "No answer");
  assert.equal([(storjErrorOf(timeout) as StorjError).code, (storjErrorOf(timeout) as StorjError).cause], [
    "timeout",
    timeout,
  ]);
  const own = new StorjError("busy", "Too much");
  for (const error of [own, new HostError("reset", "Broken"), new RpcError("refused", "No"), new TypeError("x"), 7]) {
    assert.is(storjErrorOf(error), error);
  }
});

test("ids are hex digits of either case, or bytes, of which a copy is kept", () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, index) => 240 + index);
  assert.equal(nodeIdOf("F0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00010203"), bytes);
  const copy = nodeIdOf(bytes);
  bytes[0] = 7;
  assert.is(copy[0], 240);
  assert.equal(streamIdOf("ab".repeat(32)), new Uint8Array(32).fill(0xab));
  const bad = [
    "",
    "a",
    "ab".repeat(19),
    "ab".repeat(21),
    `${"ab".repeat(19)} a`,
    "0x" + "ab".repeat(19),
    "gg".repeat(20),
  ];
  for (const id of [...bad, "ab".repeat(19) + "\u0660\u0661", new Uint8Array(0), new Uint8Array(21), null, [], 5]) {
    throws(() => nodeIdOf(id as string), "invalid-node-id");
    throws(() => streamIdOf(id as string), "invalid-stream-id");
  }
  const long = throws(() => nodeIdOf("x".repeat(100_000)), "invalid-node-id");
  assert.ok(long.message.length < 200);
});

test.run();
