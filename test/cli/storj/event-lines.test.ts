import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JsonNumber } from "../../../codec/json/mod.ts";
import type { Streams } from "../../../src/cli/command.ts";
import { EventLines } from "../../../src/cli/storj/event-lines.ts";

const test = suite("storj program: lines of events");

/** Streams whose reader takes a line when it is told to. */
function slowReader() {
  const lines: string[] = [];
  const warnings: string[] = [];
  const waiting: (() => void)[] = [];
  const streams = {
    err: (text: string) => void warnings.push(text),
    write(bytes: Uint8Array) {
      lines.push(new TextDecoder().decode(bytes));
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
  } as unknown as Streams;
  const read = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    waiting.shift()?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { streams, lines, warnings, read };
}

test("lines wait for whoever reads them; too many are lost in one piece, and that is told", async () => {
  const { streams, lines, warnings, read } = slowReader();
  const printed = new EventLines(streams, false, { topics: ["news"], schema: null, live: true });
  for (let event = 0; event < 8195; event++) printed.event("news", new JsonNumber(`${event}`));
  for (let event = 0; event < 8191; event++) await read();
  printed.event("news", "lost, too");
  assert.equal(warnings, []);
  await read();
  assert.equal(warnings, ["warning: 4 events came faster than they were read, and are lost\n"]);
  printed.event("news", "and on");
  await read();
  await printed.written();
  assert.equal([lines.length, lines[0], lines[8191], lines[8192]], [8193, "0\n", "8191\n", "and on\n"]);
});

test("notifications of a node become lines, in which nothing is left that a terminal could obey", async () => {
  const { streams, lines, warnings, read } = slowReader();
  const printed = new EventLines(streams, false, { topics: ["a", "b"], schema: null, live: true });
  const notify = (method: string, params: string) =>
    printed.told(method, `{"jsonrpc":"2.0","method":"${method}","params":${params}}`);
  notify("event", '{"topic":"a","event":{"n":5.0,"\\u202e":"\\u001b[2J"}}');
  notify("event", '{"topic":7,"event":"\\u001b[2J\\n"}');
  notify("message", '{"from":null}');
  notify("dropped", '{"count":3}');
  for (let count = 0; count < 2; count++) await read();
  assert.equal(lines, ['a: {"n":5.0,"\\u202e":"\\u001b[2J"}\n', "7: \\u001b[2J\\u000a\n"]);
  assert.equal(warnings, ["warning: 3 events came faster than they were read, and are lost\n"]);
});

test.run();
