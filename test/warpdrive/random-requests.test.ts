/**
 * Random requests of strangers and of a node's own programs: many of them, and the service still works.
 *
 * @module
 */

import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { draft, unified } from "../../codec/protocols/warpdrive/mod.ts";
import type { Host } from "../../src/host/mod.ts";
import { seed } from "../codec/seed.ts";
import { randomFrom } from "../protocols/warpdrive/recordings.ts";
import { calmableClock, IDS, type Node, Nodes, read, stage, write } from "./nodes.ts";
import { recordedExchanges } from "./old-node.ts";

const test = suite("warpdrive random requests");
const { A, B, C } = IDS;

/** For clients whose time goes faster, on a busy machine. */
const PATIENT = { timeoutMs: 500_000 };

/** Every request of the recordings with its port, by dialect. */
const REQUESTS = [unified, draft].flatMap((dialect) =>
  recordedExchanges(dialect).map(({ port, request }) => ({ path: port.name, bytes: request.bytes }))
);

/** A recorded request, cut, changed in some bytes, or with another one behind it. */
function mangled(random: () => number): { readonly path: string; readonly bytes: Uint8Array } {
  const pick = () => REQUESTS[Math.floor(random() * REQUESTS.length)];
  const { path, bytes } = pick();
  const mixed = Uint8Array.of(...bytes, ...pick().bytes);
  const end = random() < 0.3 ? Math.floor(random() * mixed.length) : mixed.length;
  for (let count = Math.floor(random() * 4); count > 0; count--) {
    mixed[Math.floor(random() * mixed.length)] = Math.floor(random() * 256);
  }
  if (random() < 0.1) mixed.fill(Math.floor(random() * 256));
  return { path, bytes: mixed.subarray(0, end) };
}

/** Sends bytes on a stream of their own, reads a little of what comes, and leaves. */
async function send(
  host: Host,
  peerId: string,
  { path, bytes }: { path: string; bytes: Uint8Array },
  patient: boolean,
) {
  try {
    await using stream = await host.openStream({ peerId }, path);
    await stream.write(bytes);
    if (patient) await stream.read(new Uint8Array(100), { timeoutMs: 5 });
  } catch {
    // Refusals of every kind are what this is about.
  }
}

async function works(b: Node, nodes: Nodes): Promise<void> {
  const a = await nodes.node(A);
  write(a.sources, { "fine.txt": "still fine" });
  const { offerId } = await a.client.createOffer(B, `${a.sources}/fine.txt`);
  await b.client.acceptFrom(A, offerId, PATIENT);
  await stage(b, "incoming", offerId, "completed");
  assert.is(read(b.downloads)["fine.txt"], "still fine");
}

test("thousands of broken requests of strangers change nothing outside the download folder, and the service works", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed);
  await using nodes = new Nodes();
  const clock = calmableClock();
  const b = await nodes.node(B, { host: await nodes.fastHost(B, clock), accept: "all" });
  const host = await nodes.fastHost(C);
  const around = () => readdirSync(dirname(b.downloads)).sort();
  const before = around();
  const peers = b.service.peers.list();
  for (let round = 0; round < 3000; round++) await send(host, B, mangled(random), round % 50 === 0);
  assert.equal(around(), before, `seed ${seed}`);
  assert.equal(b.service.peers.list(), peers);
  assert.ok(b.service.offers.list().every(({ incoming, peer }) => incoming && peer === C));
  assert.equal(read(b.downloads), {});
  clock.calm();
  await works(b, nodes);
});

test("broken requests of the node's own programs do not stop it", async () => {
  console.log(`  WARPWIRE_SEED=${seed}`);
  const random = randomFrom(seed + 1);
  await using nodes = new Nodes();
  const clock = calmableClock();
  const b = await nodes.node(B, { host: await nodes.fastHost(B, clock) });
  for (let round = 0; round < 1000; round++) await send(b.host, B, mangled(random), false);
  clock.calm();
  await b.client.updatePeer(A, "mod", "", PATIENT);
  await works(b, nodes);
});

test.run();
