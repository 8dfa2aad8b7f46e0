/**
 * Requests that are cut off, too large or too many: what is refused, and how much memory that takes.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encode } from "../../../codec/mod.ts";
import { requestSchema, SessionDecoder, type SessionMessage, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { countAllocations } from "../../allocations.ts";
import { ascii, decodeAll, labels, messagesOf } from "./steps.ts";

const test = suite("warpdrive limits");

const [unifiedPort] = unified.ports;

test("requests that are cut off anywhere", () => {
  const id = "6b036f4a-ad87-42ae-7aeb-620563670e36";
  const requests: Record<string, [value: Record<string, unknown>, paths: Record<number, string>]> = {
    createOffer: [{ peerId: id, path: "/srv" }, { 0: "peerId", 37: "path" }],
    acceptOffer: [{ offerId: id }, { 0: "offerId" }],
    listOffers: [{ filter: 1 }, { 0: "filter" }],
    listenStatus: [{ filter: 1 }, { 0: "filter" }],
    updatePeer: [{ update: [id, "alias", "bob"] }, { 0: "update" }],
    sendOffer: [{ offerId: id, files: null }, { 0: "offerId", 37: "files" }],
    download: [{ offerId: id, index: -1, offset: 0 }, { 0: "offerId", 37: "index", 45: "offset" }],
  };
  for (const [command, [value, paths]] of Object.entries(requests)) {
    const whole = encode(requestSchema(unifiedPort), { command, ...value });
    const bare = ["updatePeer", "sendOffer"].includes(command) ? whole.length - 1 : whole.length;
    for (let length = 1; length < whole.length; length++) {
      const [message, ...more] = decodeAll(unifiedPort, [["C>S", [...whole.subarray(0, length)]]]);
      if (length >= bare) {
        assert.equal([message.part, message.end], ["request", length], command);
        continue;
      }
      assert.equal(more, [], command);
      const path = paths[Math.max(...Object.keys(paths).map(Number).filter((start) => start < length))];
      const { part, start, end, error } = message;
      assert.equal([part, start, end, error?.code, error?.path], ["invalid", 0, length, "truncated", path], command);
      assert.ok(error!.offset >= 1 && error!.offset <= length, `${command} ${error!.message}`);
    }
  }
});

test("documents that are larger, deeper or wider than allowed", () => {
  const bombs: Record<string, [document: string, code: string]> = {
    depth: ["[".repeat(1_000_000), "limit"],
    objects: ['[{"x":'.repeat(100_000), "limit"],
    count: [`[${"null,".repeat(2_100_000)}`, "limit"],
    string: [`["${"a".repeat(33 * 1024 * 1024)}`, "limit"],
    space: [" ".repeat(33 * 1024 * 1024), "limit"],
    digits: [`[{"Size":${"9".repeat(40_000)}}]`, "range"],
    unsafe: ['[{"Size":9007199254740993}]', "range"],
    control: ['[{"Uri":"\u0007"}]', "json"],
    type: ['[{"Size":"5"}]', "json"],
    utf8: ['["\\ud800', "truncated"],
  };
  for (const [name, [document, code]] of Object.entries(bombs)) {
    const decoder = new SessionDecoder({ port: unifiedPort, messageBytesMax: 64 * 1024 * 1024 });
    const bytes = Uint8Array.of(0x64, 1, 0x61);
    const messages = [...decoder.push("C>S", bytes), ...decoder.push("C>S", ascii(document)), ...decoder.finish()];
    assert.is(messages.length, 1, name);
    const [{ part, command, end, error }] = messages;
    assert.equal([part, command, end], ["invalid", "sendOffer", 3 + document.length], name);
    assert.is(error!.code, code, `${name}: ${error!.message}`);
    assert.ok(error!.offset >= 3 && error!.offset <= end, `${name}: ${error!.message}`);
  }
});

test("a message may not be larger than messageBytesMax, and what is refused is not kept", () => {
  const messageBytesMax = 4096;
  const chunk = new Uint8Array(1000).fill(0x61);
  for (const [dir, first] of [["C>S", '\x64\x01a["'], ["S>C", '["']] as const) {
    const decoder = new SessionDecoder({ port: unifiedPort, messageBytesMax });
    const messages: SessionMessage[] = [];
    const { bytes, bytesMax } = countAllocations(() => {
      if (dir === "S>C") messages.push(...decoder.push("C>S", Uint8Array.of(1)));
      messages.push(...decoder.push(dir, ascii(first)));
      for (let index = 0; index < 1000; index++) messages.push(...decoder.push(dir, chunk));
      messages.push(...decoder.finish());
    });
    const refused = messages.filter(({ part }) => part === "invalid");
    assert.equal([refused[0].start, refused.at(-1)!.end], [0, first.length + 1_000_000]);
    assert.is(refused[0].error!.message, "Message is longer than 4096 bytes (offset 0)");
    assert.ok(refused.every(({ error }) => error === refused[0].error));
    assert.ok(bytesMax <= 2 * (messageBytesMax + chunk.length), `a buffer has ${bytesMax} bytes`);
    assert.ok(bytes < 40_000, `buffers have ${bytes} bytes together`);
  }
});

test("the body of a download is counted, not kept", () => {
  const decoder = new SessionDecoder({ port: unifiedPort });
  const request = encode(requestSchema(unifiedPort), { command: "download", offerId: "a", index: -1, offset: 0 });
  const chunk = new Uint8Array(10_000);
  const messages = [...decoder.push("C>S", request), ...decoder.push("S>C", Uint8Array.of(0))];
  const { bytes } = countAllocations(() => {
    for (let index = 0; index < 1000; index++) messages.push(...decoder.push("S>C", chunk));
  });
  messages.push(...decoder.push("C>S", Uint8Array.of(0, 0xff)), ...decoder.finish());
  assert.equal(labels(messages), [
    "C>S download request 0-19",
    "S>C download reply 0-1",
    "S>C download body 1-10000001",
    "C>S download finish 19-20",
    "C>S end end 20-21",
  ]);
  assert.equal(messages[2].value, { size: 10_000_000 });
  assert.ok(bytes < 10_000, `buffers have ${bytes} bytes together`);
});

test("a client that asks and never reads is refused in the end", () => {
  const messages = decodeAll(unifiedPort, [["C>S", new Array(10_000).fill(1)]]);
  const requests = messages.filter(({ part }) => part === "request").length;
  assert.is(requests, 4096);
  const { start, end, error } = messages.find(({ part }) => part === "invalid")!;
  assert.equal([start, end, error!.code], [4096, 10_000, "limit"]);
  assert.is(messages.filter(({ part }) => part === "unanswered").length, 4096);
  assert.is(
    messagesOf(unifiedPort, [["C>S", new Array(4096).fill(1)], ["C>S", [0xff]]])[4096],
    "C>S end end 4096-4097",
  );
});

test.run();
