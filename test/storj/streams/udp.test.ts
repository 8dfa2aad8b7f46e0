/**
 * Streams over the UDP of this machine.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { storjNode } from "../../../src/storj/mod.ts";
import { randomBytes, readAll, sha256, writeAll } from "./pair.ts";

const test = suite("storj streams: over UDP");

test("opened by a lookup, written, read, listed and closed", async () => {
  await using first = await storjNode();
  await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
  await second.ready({ timeoutMs: 10_000 });
  const incoming = first.incomingStreams();
  const near = await second.openStream(first.nodeId);
  const { value: { id, stream: far } } = await incoming.next();
  assert.is(near.peerInfo.peerId, first.nodeIdHex);
  const [there, back] = [randomBytes(8_000_000, 1), randomBytes(1_000_000, 2)];
  const [gotThere, gotBack] = await Promise.all([
    readAll(far, there.length),
    readAll(near, back.length),
    writeAll(near, there),
    writeAll(far, back),
  ]);
  assert.equal([gotThere.sha256, gotBack.sha256], [sha256(there), sha256(back)]);
  assert.is(await second.streamWrite(id, Uint8Array.of(1, 2, 3)), 3);
  assert.equal(first.streamList(), { [id]: [second.nodeIdHex, 3] });
  assert.equal(first.streamRead(id), Uint8Array.of(1, 2, 3));
  assert.is(await second.streamClose(id), true);
  assert.is(await far.read(new Uint8Array(1)), null);
  const web = await second.openStream(first.nodeId);
  const { value: { stream } } = await incoming.next();
  const writer = web.writable.getWriter();
  await writer.write(there.subarray(0, 100_000));
  await writer.close();
  let count = 0;
  for await (const piece of stream.readable) count += piece.length;
  assert.is(count, 100_000);
  assert.is(await second.streamOpen("00".repeat(20)), null);
  const own = (await first.streamOpen(first.nodeIdHex))!;
  assert.is(await first.streamWrite(own, Uint8Array.of(9)), 1);
  assert.equal(first.streams(), { [own]: 1 });
});

test.run();
