import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjNode } from "../../../src/storj/mod.ts";

const test = suite("storj: messages over UDP");

test("every way to send and to get messages, over UDP", async () => {
  await using alice = await storjNode();
  const limits = { messagesOfSender: 4 };
  await using bob = await storjNode({ bootstrap: [`127.0.0.1:${alice.port}`], limits });
  await Promise.all([alice.ready(), bob.ready()]);
  assert.ok(await bob.messageSend(alice.nodeIdHex, "hi alice"));
  assert.equal(alice.messageList(), { [bob.nodeIdHex]: ["hi alice"] });
  const loop = bob.messages();
  const next = loop.next();
  assert.ok(await alice.messageSend(bob.nodeId, { text: "hi bob" }));
  assert.equal((await next).value, { from: alice.nodeIdHex, message: { text: "hi bob" }, relayed: false });
  const sent = await Promise.all([0, 1, 2, 3, 4].map((number) => alice.messageSend(bob.nodeId, number)));
  assert.equal(sent, [true, true, true, true, false]);
  const seen: unknown[] = [];
  const last = new Promise<void>((resolve) => {
    bob.onMessage((source, message) => {
      seen.push([source![0] === alice.nodeId[0], message]);
      if (message === "last") resolve();
    });
  });
  const at = { ip: "127.0.0.1", port: bob.port };
  assert.ok(await alice.messageSend(bob.nodeId, "last", { at }));
  await last;
  assert.equal(seen, [0, 1, 2, 3, "last"].map((message) => [true, message]));
  assert.ok(await alice.messageSend(alice.nodeId, "to myself"));
  assert.equal(alice.messageList(), { [alice.nodeIdHex]: ["to myself"] });
  assert.is(await alice.messageSend("ab".repeat(20), "nobody"), false);
  assert.ok(await alice.messageSend(bob.nodeId, "x".repeat(8129)));
});

test("ten thousand messages in order over UDP", async () => {
  await using alice = await storjNode();
  await using bob = await storjNode({ bootstrap: [`127.0.0.1:${alice.port}`] });
  await Promise.all([alice.ready(), bob.ready()]);
  const numbers: unknown[] = [];
  bob.onMessage((_source, message) => void numbers.push(message));
  const all = Array.from({ length: 10_000 }, (_, index) => index);
  const sent = await Promise.all(all.map((number) => alice.messageSend(bob.nodeId, number)));
  assert.is(sent.filter((taken) => taken).length, 10_000);
  assert.equal(numbers, all);
});

test.run();
