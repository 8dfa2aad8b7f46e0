/**
 * Opening streams that nobody wants any more, and nodes that are closed.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { HostError } from "../../../src/host/mod.ts";
import { rejects } from "../expect.ts";
import { OldStreamNode } from "./old-streams.ts";
import { at, openBetween, pairOf, readAll } from "./pair.ts";

const test = suite("storj streams: giving up");

test("a stream that comes too late is closed again, at old nodes and ours", async () => {
  const pair = await pairOf({ latencyMs: 300 });
  const { world, alice: { node: alice }, bob } = pair;
  const old = new OldStreamNode(world.network);
  // What they can is known from then on.
  for (const { id, place } of [{ id: bob.node.nodeId, place: bob.place }, old]) {
    const known = (await world.drive(alice.streamOpen(id, { at: at({ place }) })))!;
    await world.drive(alice.streamClose(known));
    await rejects(world.drive(alice.openStream(id, { at: at({ place }), timeoutMs: 400 })), "timeout");
    await rejects(world.drive(alice.streamOpen(id, { at: at({ place }), timeoutMs: 400 })), "timeout");
    await rejects(world.drive(alice.openStream(id, { at: at({ place }), signal: AbortSignal.abort("no") })), "aborted");
    const later = new AbortController();
    const opening = alice.openStream(id, { at: at({ place }), signal: later.signal });
    world.network.at(world.network.nowMs + 400, () => later.abort("no"));
    assert.is((await rejects(world.drive(opening), "aborted")).cause, "no");
    await world.pass(5000);
    assert.equal([alice.streams(), bob.node.streams(), old.buffers.size], [{}, {}, 0]);
  }
  await world.close();
});

test("why no stream comes about", async () => {
  const { world, alice: { node: alice } } = await pairOf();
  const nobody = { at: { ip: "10.9.9.9", port: 4653 } };
  await rejects(world.drive(alice.openStream("11".repeat(20), nobody)), "timeout");
  await rejects(world.drive(alice.openStream("11".repeat(20))), "not-found");
  await rejects(world.drive(alice.openStream("11".repeat(20), { at: { ip: "example.org", port: 1 } })), "not-found");
  await rejects(alice.openStream("11"), "invalid-node-id");
  await rejects(alice.streamWrite("11", new Uint8Array(1)), "invalid-stream-id");
  assert.is(await world.drive(alice.streamOpen("11".repeat(20), nobody)), null);
  await world.close();
  await rejects(alice.openStream("11".repeat(20), nobody), "closed");
  await rejects(alice.streamOpen("11".repeat(20), nobody), "closed");
});

test("a node that is closed ends what waits, and the other side sees it", async () => {
  const pair = await pairOf();
  const { world, alice, bob } = pair;
  const { near, far } = await openBetween(pair);
  const own = alice.node.stream((await alice.node.streamOpen(alice.node.nodeId))!)!;
  const codeOf = (work: Promise<unknown>) => work.then(() => "", ({ code }: HostError) => code);
  const waiting = [near, own].map((stream) => codeOf(stream.read(new Uint8Array(1))));
  waiting.push(codeOf(near.write(new Uint8Array(5_000_000))));
  const incoming = alice.node.incomingStreams().next();
  const there = codeOf(readAll(far));
  await world.drive(alice.node.close());
  assert.equal(await Promise.all(waiting), ["closed", "closed", "closed"]);
  assert.equal(await incoming, { value: undefined, done: true });
  assert.is(await world.drive(there), "reset");
  await world.drive(bob.node.close());
});

test("waiting for streams ends with its signal, and takes nothing away", async () => {
  const pair = await pairOf();
  const { world, bob } = pair;
  const given = new AbortController();
  const waiting = bob.node.incomingStreams({ signal: given.signal }).next();
  given.abort();
  assert.is((await world.drive(waiting)).done, true);
  assert.is((await openBetween(pair)).id.length, 64);
  await world.close();
});

test.run();
