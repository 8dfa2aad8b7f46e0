/**
 * Values as their msgpack: in and out of a node, with what JavaScript does not tell apart.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exactJson } from "../../codec/json/mod.ts";
import { jsonOfPacked, type Packed, packJson } from "../../codec/msgpack/mod.ts";
import { StorjError, storjNode } from "../../src/storj/mod.ts";

const test = suite("storj: packed values");

const packed = (json: string) => packJson(exactJson(json));

test("5 and 5.0, and keys that JavaScript gives to nobody, go in and come out", async () => {
  await using first = await storjNode();
  await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
  await second.ready();
  const json = '{"a":5,"b":5.0,"c":[18446744073709551615,-0.0],"d":{"__proto__":1}}';
  assert.is(await second.dhtPut("key", packed(json)), true);
  assert.is(jsonOfPacked((await first.dhtGet("key", { packed: true }))!), json);
  assert.is(await first.dhtGet("none", { packed: true }), null);
  assert.is(await second.set("plain", packed('[5.0,"x"]')), true);
  assert.equal(await first.dhtGet("plain"), [5, "x"]);
  assert.equal(await first.setDefault("new", packed("[1.0]")), [1]);
  assert.is(await first.update({ one: packed("1.0") }), true);
  assert.is(jsonOfPacked((await second.dhtGet("one", { packed: true }))!), "1.0");

  const given = packed('{"n":5.0}');
  const sent = second.messageSend(first.nodeId, given);
  given.bytes.fill(0xc1);
  assert.is(await sent, true, "a node keeps its own bytes");
  const texts = (list: Record<string, Packed[]>) => Object.values(list).flat().map(jsonOfPacked);
  assert.equal(texts(first.messageList({ packed: true })), ['{"n":5.0}']);
  await second.messageSend(first.nodeId, packed("7.0"));
  for await (const { message, relayed } of first.messages({ packed: true })) {
    assert.equal([jsonOfPacked(message), relayed], ["7.0", false]);
    break;
  }
  await second.messageSend(first.nodeId, packed("8.0"));
  for await (const { message } of first.messages()) {
    assert.is(message, 8);
    break;
  }
  await first.relayMessage(first.nodeId, packed("9.0"));
  assert.equal(first.relayedMessages({ packed: true }).map(({ message }) => jsonOfPacked(message)), ["9.0"]);
});

test("what JavaScript has no value for is stored and sent, but no message for this node itself", async () => {
  await using first = await storjNode();
  await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
  await second.ready();
  for (const json of ['{"__proto__":{"a":1}}', '{"msgpack":"810102"}']) {
    assert.is(await second.dhtPut("key", packed(json)), true);
    assert.is(jsonOfPacked((await first.dhtGet("key", { packed: true }))!), json);
    for (
      const send of [
        () => second.messageSend(second.nodeId, packed(json)),
        () => second.relayMessage(second.nodeId, packed(json)),
        () => second.relayMessage(second.nodeId, packed(json), { sealed: true }),
        () => first.dhtGet("key"),
      ]
    ) {
      await send().then(() => assert.unreachable(json), (error) => {
        assert.instance(error, StorjError);
        assert.is(error.code, "invalid-message");
      });
    }
  }
});

test("packed values have the same limits", async () => {
  await using node = await storjNode();
  const long = packed(`"${"x".repeat(8200)}"`);
  for (const work of [() => node.dhtPut("k", long), () => node.messageSend(node.nodeId, long)]) {
    await work().then(() => assert.unreachable(), (error) => {
      assert.instance(error, StorjError);
      assert.is(error.code, "too-large");
    });
  }
});

test.run();
