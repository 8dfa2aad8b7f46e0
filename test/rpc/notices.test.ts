import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeRequest, type RpcArgs } from "../../codec/protocols/storj/mod.ts";
import { type Node, scene } from "./pair.ts";

const test = suite("rpc: calls without an answer");

const piece = (number: number): RpcArgs<"warpwire_piece"> => ({
  streamId: new Uint8Array(32).fill(7),
  number,
  offset: 1000 * number,
  last: false,
  data: new Uint8Array(100).fill(number),
});

test("they arrive, are not answered, not sent again, and counted", () => {
  const { network, node } = scene();
  const got: unknown[] = [];
  const bob = node({ answer: { warpwire_piece: (args, from) => void got.push([args, from.address]) } });
  const alice = node();
  alice.endpoint.tell(bob.address, "warpwire_piece", piece(3));
  network.runSync({ untilMs: 10_000 });
  assert.equal(got, [[piece(3), alice.address]]);
  const { sent, answered, inFlight, calls } = alice.endpoint.stats();
  assert.equal([sent, answered, inFlight, calls.warpwire_piece?.sent], [1, 0, 0, 1]);
  const { asked, replied, refused } = bob.endpoint.stats();
  assert.equal([asked, replied, refused], [1, 0, {}]);
});

test("a function that throws is told, and one that nothing takes is counted", () => {
  const { network, node } = scene();
  const bob = node({
    answer: {
      warpwire_ack: () => {
        throw new Error("no");
      },
    },
  });
  const alice = node();
  alice.endpoint.tell(bob.address, "warpwire_piece", piece(3));
  const { streamId } = piece(0);
  alice.endpoint.tell(bob.address, "warpwire_ack", {
    streamId,
    number: 1,
    seen: new Uint8Array(1),
    limit: 0,
    repeats: 0,
  });
  network.runSync({ untilMs: 100 });
  assert.equal(bob.endpoint.stats().refused, { unanswered: 1, failed: 1 });
  assert.is(bob.events[0].type, "handler-failed");
});

test("a stranger gets as many through as requests, somebody vouched for many more, and that for no longer than needed", () => {
  const { network, node, stranger } = scene();
  let got = 0;
  const bob = node({ answer: { warpwire_piece: () => void (got += 1) }, limits: { noticesPerSecond: 5000 } });
  const eve = stranger();
  const bytes = encodeRequest({ rpc: "warpwire_piece", args: piece(1), messageId: new Uint8Array(20) }, {
    owned: true,
  });
  const flood = (to: Node) => {
    const before = got;
    // From the beginning of a second.
    const begin = 1000 * Math.ceil(network.nowMs / 1000 + 1);
    network.runSync({ untilMs: begin });
    for (let index = 0; index < 9000; index++) eve.send(bytes, to);
    network.runSync({ untilMs: begin + 500 });
    return got - before;
  };
  const expect = (count: number) => {
    const through = flood(bob);
    assert.ok(through <= count && through > count - 5, `${through} in place of ${count}`);
  };
  expect(1000);
  const withdraw = [bob.endpoint.vouch(eve.address), bob.endpoint.vouch(eve.address)];
  expect(5000);
  withdraw[0]();
  expect(5000);
  withdraw[1]();
  expect(1000);
  // Requests of somebody vouched for are counted as before.
  bob.endpoint.vouch(eve.address);
  const before = bob.endpoint.stats().refused.rate!;
  const request = encodeRequest({ rpc: "stun", args: {}, messageId: new Uint8Array(20) }, { owned: true });
  for (let index = 0; index < 3000; index++) eve.send(request, bob);
  network.runSync({ untilMs: network.nowMs + 100 });
  assert.ok(bob.endpoint.stats().refused.rate! - before > 1900);
});

test.run();
