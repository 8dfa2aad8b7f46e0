/**
 * `call`: any call of the user API, from a shell.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../program-run.ts";
import { ALICE_ID, Places, type Running } from "./storj-programs.ts";

const test = suite("storj program: call");

let node: Running;
const places = new Places();
test.before(async () => {
  node = await places.run("node");
});
test.after(() => places.end());

const printed = (out: string) => ({ status: 0, out: `${out}\n`, err: "" });

test("with the node that runs, and with one of its own", async () => {
  const running = (...argv: string[]) => run(["storj", "call", ...argv, "--data", places.path("node")]);
  const own = (...argv: string[]) => run(["storj", "call", ...argv, "--data", places.path("own"), node.bootstrap]);
  assert.equal(await running("dht_id"), printed(`"${node.id}"`));
  assert.match((await running("dht_get", "nothing")).out, /^null\n$/);
  const json = '{"b":5.0,"7":[5,18446744073709551615,{"hex":"ff"}],"\\u202e":"é"}';
  assert.equal(await own("dht_put", "key", json), printed("true"));
  assert.equal(await own("dht_get", "key"), printed(json), "numbers keep their form, keys their place");
  assert.equal(await own("dht_get", "--params", '{"key":"key","packed":true}'), {
    ...printed('{"msgpack":"83a162cb4014000000000000a1379305cfffffffffffffffffc401ffa3e280aea2c3a9"}'),
  });
  assert.equal(await own("dht_put", "5", "no JSON"), printed("true"), "what is no JSON is a text");
  assert.equal(await running("dht_get", '"5"'), printed('"no JSON"'));
  assert.match((await running("stats")).out, /^\{.*"keptPuts":0/);
  assert.match((await own("map")).out, new RegExp(`"nodes":\\{.*"${node.id}"`));
});

test("errors are a line, wrong usage too", async () => {
  const call = (...argv: string[]) => run(["storj", "call", ...argv, "--data", places.path("node")]);
  const rows: readonly (readonly [argv: string[], status: number, err: RegExp])[] = [
    [["nothing"], 1, /^error: answer: There is no method "nothing"\n$/],
    [["dht_find", "zz"], 1, /^error: invalid-node-id: [^\n]+\n$/],
    [["dht_find", "5"], 1, /^error: answer: Parameter nodeid: Expected a text, not 5\n$/],
    [["dht_id", "5"], 1, /^error: answer: [^\n]+the call has none\n$/],
    [["message_send", ALICE_ID, `"${"x".repeat(9000)}"`], 1, /^error: too-large: [^\n]+\n$/],
    [[], 2, /Argument <name> is missing/],
    [["dht_get", "a", "--params", "[]"], 2, /both as words and with --params/],
    [["dht_get", "--params", "[1"], 2, /Option --params: Cannot read JSON/],
  ];
  for (const [argv, status, err] of rows) {
    const found = await call(...argv);
    assert.equal([found.status, found.out], [status, ""], argv.join(" "));
    assert.match(found.err, err);
  }
});

test.run();
