import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseHex } from "../../../codec/mod.ts";
import { SCHEMAS } from "../../../src/cli/input/schemas.ts";
import { recordedRequests } from "../../bridges/recorded.ts";
import { fail, print } from "../../cli/program-run.ts";
import { compileKaitai, type Parsed } from "./run.ts";

const test = suite("program: describe --kaitai");

test("every schema that the program knows, compiled by Kaitai", async () => {
  for (const name of SCHEMAS.keys()) {
    const text = await print(["describe", name, "--kaitai"]);
    assert.match(text, /^meta:\n {2}id: [a-z][a-z0-9_]*\n {2}title: /, name);
    await compileKaitai(text);
  }
});

test("a recorded request, read by what the program printed", async () => {
  const parser = await compileKaitai(await print(["describe", "warpdrive.unified.request", "--kaitai"]));
  const { message } = recordedRequests("download").find(({ dialect }) => dialect === "unified")!;
  const body = parser.run(message.bytes).parsed.body as Parsed;
  assert.equal({ offerId: body.offerId, index: body.index, offset: body.offset }, message.value);
});

test("a pattern", async () => {
  const parser = await compileKaitai(await print(["describe", "cslq:[c]c q", "--kaitai"]));
  const { parsed } = parser.run(parseHex("02 6869 0000000000000007"));
  assert.equal([parsed.item0, parsed.item1], ["hi", 7]);
});

test("one form at a time", async () => {
  assert.match(
    await fail(["describe", "warpdrive.unified.request", "--kaitai", "--markdown"], 2),
    /exclude each other/,
  );
});

test.run();
