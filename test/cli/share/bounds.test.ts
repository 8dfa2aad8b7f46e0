/**
 * What the two sides of a share take from each other at most.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError } from "../../../codec/mod.ts";
import { listShare } from "../../../src/cli/share/share-fetch.ts";
import { sharePort } from "../../../src/cli/share/share-port.ts";
import { serveShare } from "../../../src/cli/share/share-server.ts";
import type { Stream } from "../../../src/host/mod.ts";
import { IDS, Nodes, settled } from "../../warpdrive/nodes.ts";

const test = suite("program: bounds of a share");
const { A, B } = IDS;
const port = sharePort("c0de");

test("a share serves 32 streams at once, and further ones when some of them have ended", async () => {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.host(A), await nodes.host(B)];
  const over = new AbortController();
  const share = { host: b, port, entries: [], hashed: Promise.resolve({ entries: [] }), keep: true };
  const serving = serveShare({ ...share, signal: over.signal, onEvent() {} });
  const streams: Stream[] = [];
  const open = (count: number) =>
    Promise.all(Array.from({ length: count }, () =>
      a.openStream({ peerId: B }, port.name).then(
        (stream) => streams.push(stream) > 0,
        (error: { code: string }) => error.code,
      )));
  const answers = await open(40);
  assert.equal([answers.filter((answer) => answer === true).length, new Set(answers).size], [32, 2], `${answers}`);
  for (const stream of streams.splice(0, 3)) await stream.close();
  let again: unknown[] = [];
  await settled(() => {
    if (again.length < 3) open(1).then(([answer]) => answer === true && again.push(answer));
    return again.length >= 3;
  });
  again = again.slice();
  assert.is(again.length, 3);
  over.abort();
  await serving;
});

const SPACES = new Uint8Array(2 ** 20).fill(0x20);
const ZEROS = new TextEncoder().encode("0,".repeat(2 ** 19));

for (const [what, bytes, pieces] of [["bytes", SPACES, 33], ["values", ZEROS, 4]] as const) {
  test(`the list of a share that has too many ${what} is refused before its end`, async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.host(A), await nodes.host(B)];
    const protocol = b.mountStreams(port.name);
    const sharing = (async () => {
      for await (const incoming of protocol) {
        const stream = await incoming.accept();
        await stream.write(Uint8Array.of(0x5b));
        for (let n = 0; n < pieces; n++) await stream.write(bytes);
        // Without a bound, the other side would wait for the rest.
        await stream.close();
      }
    })().catch(() => {});
    const error = await listShare({
      ...{ host: a, peer: { peerId: B }, port, folder: "", onCollision: "rename", patienceMs: 0 },
      signal: new AbortController().signal,
    }).then(() => null, (error) => error);
    assert.instance(error, CodecError, `${error}`);
    assert.is((error as CodecError).code, "limit");
    protocol.unmount();
    await sharing;
  });
}

test.run();
