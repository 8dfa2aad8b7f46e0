import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type LinkModel, type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import { LINK, Link, linkModel } from "../../../src/host/sim/link.ts";
import { SeededRandom } from "../../../src/host/sim/random.ts";
import { fails, openPair, pattern, readSome, sameBytes } from "../pair.ts";

const test = suite("links of the simulated network");
const SEED = 20250713;

/** Sends datagrams of `bytes` bytes at once and returns what arrived when: `[number, milliseconds]`. */
async function exchange(link: Partial<LinkModel>, count: number, bytes = 4): Promise<[number, number][]> {
  const network = new SimNetwork({ seed: SEED, link });
  const [a, b] = [network.addHost(), network.addHost()];
  await network.drive(Promise.all([a.start(), b.start()]));
  const arrived: [number, number][] = [];
  const sender = a.mountDatagrams("test");
  b.mountDatagrams("test", {
    receive: ({ bytes }) => arrived.push([new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), network.nowMs]),
  });
  for (let number = 0; number < count; number++) {
    const datagram = new Uint8Array(bytes);
    new DataView(datagram.buffer).setUint32(0, number);
    void sender.sendDatagram(datagram, b.info);
  }
  network.runSync();
  return arrived;
}

const numbersOf = (arrived: [number, number][]) => arrived.map(([number]) => number);

test("without faults everything arrives after the latency, in order", async () => {
  assert.equal(await exchange({ latencyMs: 12.5 }, 3), [[0, 12.5], [1, 12.5], [2, 12.5]]);
});

test("a share of the datagrams is lost", async () => {
  const arrived = await exchange({ loss: 0.05 }, 20_000);
  assert.ok(arrived.length > 18_800 && arrived.length < 19_200, `seed ${SEED}: ${arrived.length} arrived`);
  assert.is((await exchange({ loss: 1 }, 100)).length, 0);
});

test("a share of the datagrams arrives twice", async () => {
  const arrived = await exchange({ duplicate: 0.1 }, 10_000);
  assert.ok(arrived.length > 10_800 && arrived.length < 11_200, `seed ${SEED}: ${arrived.length} arrived`);
  assert.is(new Set(numbersOf(arrived)).size, 10_000);
});

test("the two arrivals of a datagram do not share memory", async () => {
  const network = new SimNetwork({ seed: SEED, link: { duplicate: 1 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await network.drive(Promise.all([a.start(), b.start()]));
  const seen: number[] = [];
  b.mountDatagrams("test", {
    receive: ({ bytes }) => {
      seen.push(bytes[0]);
      bytes[0] = 99;
    },
  });
  void a.mountDatagrams("test").sendDatagram(Uint8Array.of(7), b.info);
  network.runSync();
  assert.equal(seen, [7, 7]);
});

test("a share of the datagrams is overtaken", async () => {
  const arrived = await exchange({ reorder: 0.1, reorderMs: 30, latencyMs: 10 }, 1000);
  assert.is(arrived.length, 1000);
  const late = arrived.filter(([, atMs]) => atMs > 10);
  assert.ok(late.length > 60 && late.length < 140, `seed ${SEED}: ${late.length} were late`);
  assert.ok(late.every(([, atMs]) => atMs <= 40));
});

test("jitter is added to the latency and has its mean", async () => {
  const arrived = await exchange({ latencyMs: 10, jitterMs: 40 }, 10_000);
  const extras = arrived.map(([, atMs]) => atMs - 10);
  const mean = extras.reduce((sum, extra) => sum + extra, 0) / extras.length;
  assert.ok(mean > 38 && mean < 42, `seed ${SEED}: the mean is ${mean}`);
  assert.ok(extras.every((extra) => extra >= 0 && extra <= 400));
});

test("a link carries no more than its bandwidth", async () => {
  // 972 bytes and 28 of headers: 10 ms each at 100 kB a second.
  const arrived = await exchange({ latencyMs: 5, bytesPerSecond: 100_000 }, 4, 972);
  assert.equal(arrived, [[0, 15], [1, 25], [2, 35], [3, 45]]);
});

test("a queue that is full loses datagrams", async () => {
  const arrived = await exchange({ bytesPerSecond: 100_000, queueBytesMax: 10_000 }, 100, 972);
  assert.ok(arrived.length >= 10 && arrived.length <= 12, `${arrived.length} arrived`);
});

test("datagrams larger than the MTU are lost", async () => {
  assert.is((await exchange({ mtuBytes: 1000 }, 3, 1000)).length, 3);
  assert.is((await exchange({ mtuBytes: 1000 }, 3, 1001)).length, 0);
});

test("a single link can be different, in one direction", async () => {
  const network = new SimNetwork({ seed: SEED, link: { latencyMs: 10 } });
  const hosts = [network.addHost(), network.addHost(), network.addHost()];
  await network.drive(Promise.all(hosts.map((host) => host.start())));
  network.setLink(hosts[0], hosts[1], { latencyMs: 70 });
  network.setLinks({ latencyMs: 20 });
  const arrivals: string[] = [];
  const mounts = hosts.map((host, index) =>
    host.mountDatagrams("test", {
      receive: ({ bytes }) => arrivals.push(`${bytes[0]} to ${index} at ${network.nowMs}`),
    })
  );
  const send = (from: number, to: number) => void mounts[from].sendDatagram(Uint8Array.of(from), hosts[to].info);
  send(0, 1);
  send(1, 0);
  send(0, 2);
  network.runSync();
  assert.equal(arrivals.sort(), ["0 to 1 at 70", "0 to 2 at 20", "1 to 0 at 20"]);
});

test("streams need time too, keep their order in spite of jitter, and survive losses", async () => {
  const link = { latencyMs: 10, jitterMs: 30, loss: 0.2, bytesPerSecond: 1_000_000 };
  const network = new SimNetwork({ seed: SEED, link });
  const pair = await startedPair(network);
  await network.drive((async () => {
    const [here, there] = await openPair(pair);
    const startMs = network.nowMs;
    const sent = pattern(500_000);
    const [, arrived] = await Promise.all([here.write(sent), readSome(there, sent.length)]);
    sameBytes(arrived, sent);
    assert.ok(network.nowMs - startMs >= 500, `seed ${SEED}: ${network.nowMs - startMs} ms`);
  })());
});

test("a partition breaks streams at both ends, loses datagrams, and lets openings time out", async () => {
  const network = new SimNetwork({ seed: SEED });
  const pair = await startedPair(network);
  const { a, b } = pair;
  await network.drive((async () => {
    const [here, there] = await openPair(pair);
    const post = a.mountDatagrams("post");
    const box = b.mountDatagrams("post");
    const protocol = b.mountStreams("again");
    const ends = [fails(here.read(new Uint8Array(1)), "reset"), fails(there.read(new Uint8Array(1)), "reset")];
    network.partition([a], [b]);
    await Promise.all(ends);
    await post.sendDatagram(Uint8Array.of(1), b.info);
    const startMs = network.nowMs;
    await fails(a.openStream(b.info, "again"), "timeout");
    assert.is(network.nowMs - startMs, 10_000);
    network.heal();
    await post.sendDatagram(Uint8Array.of(2), b.info);
    assert.is((await box.acceptDatagram()).bytes[0], 2);
    await Promise.all([a.openStream(b.info, "again"), protocol.acceptStream()]);
  })());
});

test("an acceptance that the partition swallows leaves no stream behind", async () => {
  const network = new SimNetwork({ seed: SEED });
  const { a, b } = await startedPair(network);
  await network.drive((async () => {
    const protocol = b.mountStreams("test");
    const opening = fails(a.openStream(b.info, "test", { timeoutMs: 100 }), "timeout");
    const incoming = await protocol.nextIncoming();
    network.setLink(b, a, { down: true });
    const stream = await incoming.accept();
    await fails(stream.read(new Uint8Array(1)), "reset");
    await opening;
    assert.is(a.openStreams + b.openStreams, 0);
  })());
});

test("links have sensible properties", () => {
  for (
    const changes of [{ loss: 1.1 }, { loss: -0.1 }, { duplicate: NaN }, { latencyMs: -1 }, { jitterMs: Infinity }]
  ) {
    assert.throws(() => linkModel(changes), /cannot have/);
  }
  assert.throws(() => linkModel({ bytesPerSecond: 0 }), /cannot carry/);
  assert.equal(linkModel({}), { ...LINK });
  const link = new Link(linkModel({ latencyMs: 1, down: true }));
  assert.equal([...link.datagramArrivals(1, 0, new SeededRandom(1))], []);
});

async function startedPair(network: SimNetwork): Promise<{ a: SimHost; b: SimHost; nobody: { peerId: string } }> {
  const [a, b] = [network.addHost(), network.addHost()];
  await network.drive(Promise.all([a.start(), b.start()]));
  return { a, b, nobody: { peerId: "nobody" } };
}

test.run();
