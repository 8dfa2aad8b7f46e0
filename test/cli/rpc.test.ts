import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fixture } from "../fixture.ts";
import { run } from "./program-run.ts";

const test = suite("cli: rpc");

interface Recorded {
  readonly cases: readonly { readonly name: string; readonly request?: string; readonly response?: string | null }[];
}

const { cases } = fixture("storj-datagrams-and-filters.json") as Recorded;
const { cases: relayed } = fixture("storj-relay.json") as {
  readonly cases: readonly { readonly name: string; readonly bytes: string }[];
};

async function rpc(...args: string[]): Promise<{ status: number; lines: Record<string, unknown>[]; error: string }> {
  const { status, out, err } = await run(["rpc", ...args]);
  return { status, lines: out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line)), error: err };
}

const calls = cases.filter(({ request }) => request?.startsWith("02"));

test("names every recorded call, and the answer beside its request", async () => {
  assert.ok(calls.length > 5);
  for (const { name, request, response } of calls) {
    const { status, lines, error } = await rpc(request!, ...(response ? [response] : []));
    assert.is(status, 0, `${name}: ${error}`);
    assert.is(lines.length, response ? 2 : 1, name);
    const wireName = name.split(" ")[0];
    assert.is(lines[0].kind, "request");
    assert.is(lines[0].rpc, wireName, name);
    assert.is(lines[0].messageId, request!.slice(2, 42));
    if (response) assert.is(lines[1].rpc, wireName, name);
  }
});

test("the order of request and response does not matter", async () => {
  const { request, response } = calls.find((one) => one.name === "ping")!;
  const { lines } = await rpc(response!, request!);
  assert.is(lines[0].kind, "response");
  assert.equal(lines[0].reply, { hex: response!.slice(-40) });
});

test("datagrams of the first era say which call they are, too", async () => {
  for (const { name, bytes } of relayed.filter(({ name }) => /request|response/.test(name))) {
    const { status, lines } = await rpc(bytes);
    assert.is(status, 0, name);
    assert.is(lines[0].kind, name.includes("response") ? "response" : "request", name);
    if (name.startsWith("msg request")) assert.equal([lines[0].rpc, lines[0].name], ["relay_message", "msg"]);
  }
});

test("what is no pair is refused", async () => {
  const [first, second] = calls.filter(({ response }) => response);
  for (const args of [[first.request!, second.response!], [first.request!, second.request!]]) {
    const { status, error } = await rpc(...args);
    assert.is(status, 1);
    assert.match(error, /^error: protocol: [^\n]+\n$/);
  }
  assert.is((await rpc("zz")).status, 1);
  assert.is((await rpc()).status, 2);
  assert.is((await rpc("00", "00", "00")).status, 2);
});

test.run();
