import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DatagramProtocol } from "../../../src/host/host.ts";
import { churn, SeededRandom, type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import { EventHeap, SimEvent } from "../../../src/host/sim/events.ts";
import { fails, openPair, pattern, readSome, sameBytes } from "../pair.ts";

const test = suite("simulated network");

/** Hosts that send each other datagrams: whoever gets one answers it, and asks somebody else now and then. */
async function gossip(seed: number, count: number, untilMs: number): Promise<SimNetwork> {
  const network = new SimNetwork({ seed, link: { latencyMs: 20, loss: 0.05 } });
  const mounts: DatagramProtocol[] = [];
  const send = (host: SimHost, hops: number) => {
    const target = network.hosts[Math.floor(host.random.next() * count)];
    const datagram = host.random.bytes(24);
    datagram[0] = hops;
    void mounts[host.index].sendDatagram(datagram, target.info);
  };
  for (let index = 0; index < count; index++) {
    const host = network.addHost();
    mounts.push(host.mountDatagrams("gossip", {
      receive: ({ bytes, peerInfo }) => {
        if (bytes[0] % 2 === 1) void mounts[index].sendDatagram(Uint8Array.of(bytes[0] - 1, 1), peerInfo);
        else if (bytes[0] > 0) send(host, bytes[0] - 1);
      },
    }));
    void host.start();
    const beat = () => {
      send(host, 9);
      host.clock.setTimer(300 + 100 * host.random.next(), beat);
    };
    host.clock.setTimer(300 * host.random.next(), beat);
  }
  network.runSync({ untilMs });
  return await Promise.resolve(network);
}

test("a thousand hosts with 5 % loss do the same for the same seed, and something else for another one", async () => {
  const first = await gossip(1, 1000, 3000);
  const second = await gossip(1, 1000, 3000);
  const other = await gossip(2, 1000, 3000);
  assert.ok(first.eventCount > 50_000, `${first.eventCount} events`);
  assert.is(first.eventCount, second.eventCount);
  assert.is(first.digest(), second.digest());
  assert.not.equal(first.digest(), other.digest());
});

test("a run is the same on every machine", async () => {
  const network = await gossip(42, 20, 2000);
  assert.is(`${network.eventCount} ${network.digest()}`, "932 e9ebf9039a2813ea2b84fae62a549724");
});

/** A program of promises: every host serves an echo, and calls others. */
async function echoes(seed: number): Promise<SimNetwork> {
  const network = new SimNetwork({ seed, link: { latencyMs: 10, jitterMs: 15, loss: 0.05 } });
  const hosts = Array.from({ length: 20 }, () => network.addHost());
  const calls = hosts.map(async (host) => {
    await host.start();
    const protocol = host.mountStreams("echo");
    void (async () => {
      for await (const incoming of protocol) {
        const stream = await incoming.accept();
        void stream.readable.pipeTo(stream.writable).catch(() => {});
      }
    })();
    for (let round = 0; round < 5; round++) {
      const stream = await host.openStream(hosts[Math.floor(host.random.next() * hosts.length)].info, "echo");
      const sent = host.random.bytes(1000);
      await stream.write(sent);
      sameBytes(await readSome(stream, 1000), sent);
      await stream.close();
    }
  });
  await network.drive(Promise.all(calls));
  await network.run();
  return network;
}

test("programs of promises and web streams are replayed too", async () => {
  const [first, second, other] = [await echoes(1), await echoes(1), await echoes(3)];
  assert.is(first.digest(), second.digest());
  assert.is(first.nowMs, second.nowMs);
  assert.not.equal(first.digest(), other.digest());
});

test("the simulation asks no clock of the machine, and none of its random numbers", async () => {
  const forbid = (name: string) => () => {
    throw new Error(`The simulation uses ${name}`);
  };
  const saved = [Math.random, Date.now, performance.now, globalThis.setTimeout] as const;
  Math.random = forbid("Math.random");
  Date.now = forbid("Date.now");
  performance.now = forbid("performance.now");
  globalThis.setTimeout = forbid("setTimeout") as unknown as typeof setTimeout;
  try {
    await echoes(4);
    await gossip(4, 10, 1000);
  } finally {
    [Math.random, Date.now, performance.now, globalThis.setTimeout] = saved;
  }
});

test("time stands still until it is let go, and goes no further than asked", async () => {
  const network = new SimNetwork({ seed: 1, startMs: 1_000_000 });
  const host = network.addHost({ clockSkewMs: -250 });
  const fired: number[] = [];
  for (const delayMs of [30, 10, 20]) host.clock.setTimer(delayMs, () => fired.push(network.nowMs));
  assert.is(network.nowMs, 0);
  assert.is(host.clock.now(), 999_750);
  await network.run({ untilMs: 25 });
  assert.equal(fired, [10, 20]);
  assert.is(network.nowMs, 25);
  network.at(5, () => fired.push(-network.nowMs));
  await network.run();
  assert.equal(fired, [10, 20, -25, 30]);
  assert.is(network.nowMs, 30);
  assert.is(host.clock.now(), 999_780);
});

test("things at the same time happen in the order in which they were asked for", () => {
  const network = new SimNetwork({ seed: 1 });
  const order: number[] = [];
  for (let index = 0; index < 100; index++) network.at(7, () => order.push(index));
  const calledOff = network.at(6, () => order.push(-1));
  calledOff.clear();
  network.runSync();
  assert.equal(order, Array.from({ length: 100 }, (_, index) => index));
  assert.is(network.eventCount, 100);
});

test("timers that are called off leave room and order as they were", () => {
  const heap = new EventHeap();
  const random = new SeededRandom(3);
  const kept: string[] = [];
  let [sequence, sizeMax] = [0, 0];
  for (let round = 0; round < 50_000; round++) {
    const event = new SimEvent(heap, Math.floor(random.next() * 5000), sequence++, 2, 0, 0, null, () => {});
    heap.push(event);
    if (round % 50 === 0) kept.push(nameOf(event));
    else for (const _ of "twice") event.clear();
    sizeMax = Math.max(sizeMax, heap.size);
  }
  assert.ok(sizeMax < 4096, `${sizeMax} places for ${kept.length} events`);
  const seen: string[] = [];
  for (let event = heap.pop(); event !== undefined; event = heap.pop()) seen.push(nameOf(event));
  assert.equal(seen, kept.sort());
  assert.is(heap.size, 0);
});

test("work that waits for nothing that will happen is an error, not an endless wait", async () => {
  const network = new SimNetwork({ seed: 1 });
  const host = network.addHost();
  await network.drive(host.start());
  const protocol = host.mountStreams("test");
  try {
    await network.drive(protocol.acceptStream());
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /Nothing is left to happen/);
  }
  assert.is(await network.drive(Promise.resolve(5)), 5);
  await fails(network.drive(protocol.acceptStream({ timeoutMs: 50 })), "timeout");
  assert.is(network.nowMs, 50);
});

test("a simulation runs once at a time", async () => {
  const network = new SimNetwork({ seed: 1 });
  const running = network.run();
  assert.throws(() => network.runSync(), /running already/);
  await running;
  network.at(1, () => {
    throw new Error("The scene is wrong");
  });
  assert.throws(() => network.runSync(), /scene is wrong/);
  network.runSync();
});

test("a crash breaks streams, kills timers, drops what is under way, and unmounts everything", async () => {
  const network = new SimNetwork({ seed: 1, link: { latencyMs: 10 } });
  const pair = { a: network.addHost(), b: network.addHost(), nobody: { peerId: "nobody" } };
  const { a, b } = pair;
  await network.drive((async () => {
    await Promise.all([a.start(), b.start()]);
    const [here, there] = await openPair(pair);
    const post = a.mountDatagrams("post");
    const seen: number[] = [];
    b.mountDatagrams("post", { receive: ({ bytes }) => seen.push(bytes[0]) });
    b.clock.setTimer(1, () => seen.push(-1));
    await post.sendDatagram(Uint8Array.of(1), b.info);
    const [ours, theirs] = [
      fails(here.read(new Uint8Array(1)), "reset"),
      fails(there.read(new Uint8Array(1)), "closed"),
    ];
    b.crash();
    await Promise.all([ours, theirs]);
    await fails(a.openStream(b.info, "test"), "unreachable");
    await fails(a.connect(b.info), "unreachable");
    await pass(a, 100);
    assert.equal(seen, []);
    await b.start();
    await fails(a.openStream(b.info, "test"), "unknown-protocol");
    b.mountDatagrams("post", { receive: ({ bytes }) => seen.push(bytes[0]) });
    await post.sendDatagram(Uint8Array.of(2), b.info);
    await pass(a, 100);
    assert.equal(seen, [2]);
    const [again, other] = await openPair(pair);
    await again.write(pattern(100));
    sameBytes(await readSome(other, 100), pattern(100));
  })());
});

test("closing waits for a reader, but not for ever", async () => {
  const network = new SimNetwork({ seed: 1, link: { latencyMs: 10 } });
  const pair = { a: network.addHost(), b: network.addHost(), nobody: { peerId: "nobody" } };
  await network.drive((async () => {
    await Promise.all([pair.a.start(), pair.b.start()]);
    const [here, there] = await openPair(pair);
    const startMs = network.nowMs;
    const writing = fails(here.write(new Uint8Array(1_000_000)), "closed");
    await here.close();
    await writing;
    assert.is(network.nowMs - startMs, 5000);
    let arrived = 0;
    const buf = new Uint8Array(65536);
    const reading = (async () => {
      for (let count = await there.read(buf); count !== null; count = await there.read(buf)) arrived += count;
    })();
    await fails(reading, "reset");
    assert.is(arrived, 256 * 1024);
  })());
});

test("an opener that crashes leaves no stream at the other side", async () => {
  const network = new SimNetwork({ seed: 1, link: { latencyMs: 10 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await network.drive((async () => {
    await Promise.all([a.start(), b.start()]);
    const protocol = b.mountStreams("test");
    const opening = fails(a.openStream(b.info, "test"), "closed");
    const incoming = await protocol.nextIncoming();
    const stream = await incoming.accept();
    a.crash();
    await opening;
    await fails(stream.read(new Uint8Array(1)), "reset");
    assert.is(a.openStreams + b.openStreams, 0);
  })());
});

test("hosts come and go, the same way for the same seed", () => {
  const run = (seed: number) => {
    const network = new SimNetwork({ seed });
    const hosts = Array.from({ length: 50 }, () => network.addHost());
    for (const host of hosts) void host.start();
    let starts = 0;
    churn(network, hosts, { upMs: 60_000, downMs: 20_000, untilMs: 600_000, started: () => starts += 1 });
    network.runSync({ untilMs: 300_000 });
    const up = hosts.filter((host) => host.started).length;
    network.runSync();
    return { starts, up, digest: network.digest() };
  };
  const first = run(5);
  assert.equal(run(5), first);
  assert.not.equal(run(6).digest, first.digest);
  // Up for three quarters of the time, and about 7.5 times in ten minutes.
  assert.ok(first.up > 25 && first.up < 48, `${first.up} of 50 were up`);
  assert.ok(first.starts > 250 && first.starts < 500, `${first.starts} starts`);
});

test("ids and addresses lead to one host", () => {
  const network = new SimNetwork({ seed: 1 });
  const first = network.addHost();
  const named = network.addHost({ peerId: "named", address: "udp:192.0.2.1:5" });
  assert.is(first.peerId, "sim-0");
  assert.equal(first.info.addresses, ["udp:10.0.0.1:4653"]);
  assert.is(network.find({ peerId: "", addresses: ["tcp:nowhere", "udp:10.0.0.1:4653"] }), first);
  assert.is(network.find({ peerId: "named" }), named);
  assert.is(network.find({ peerId: "unnamed", addresses: ["udp:10.0.0.1:4653"] }), undefined);
  assert.throws(() => network.addHost({ peerId: "named" }), /has such a one/);
  assert.throws(() => network.addHost({ address: "udp:10.0.0.1:4653" }), /has such a one/);
  assert.is(network.hosts.length, 2);
});

test("random numbers follow from their seed, and look random", () => {
  const draw = (...seed: number[]) => {
    const random = new SeededRandom(...seed);
    return Array.from({ length: 4 }, () => random.word());
  };
  assert.equal(draw(1, 2), draw(1, 2));
  const starts = [draw(1, 2), draw(2, 1), draw(1), draw(), draw(0), draw(1, 2, 0), draw(1, 3)].map(String);
  assert.is(new Set(starts).size, starts.length);
  const random = new SeededRandom(7);
  const numbers = Array.from({ length: 10_000 }, () => random.next());
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  assert.ok(mean > 0.49 && mean < 0.51, `${mean}`);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  assert.equal([...new SeededRandom(7).bytes(5)], [...new SeededRandom(7).bytes(8)].slice(0, 5));
});

/** Texts that sort as events happen. */
function nameOf({ atUs, sequence }: SimEvent): string {
  return `${String(atUs).padStart(5, "0")} ${String(sequence).padStart(6, "0")}`;
}

/** Waits in virtual time. */
function pass(host: SimHost, delayMs: number): Promise<void> {
  return new Promise((resolve) => void host.clock.setTimer(delayMs, resolve));
}

test.run();
