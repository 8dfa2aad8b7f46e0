/**
 * Queries one after another on the same stream: what is sent, what is kept, and what happens when either side leaves.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type IncomingStream, MemoryNetwork, type Stream } from "../../src/host/mod.ts";
import { LocalHost } from "../../src/host/local/mod.ts";
import { readBytes } from "../../src/host/streams/mod.ts";
import { systemRandom } from "../../src/host/timing/mod.ts";
import { astralService, LANES_PATH, LINK_PATH, type LocalService, type ServiceOptions } from "../../src/astral/mod.ts";
import { ManualClock } from "../host/manual-clock.ts";
import { fails, readAll, utf8 } from "../host/pair.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { seed } from "../codec/seed.ts";
import { echo, ID_ONE, ID_THREE, ID_TWO } from "./guests.ts";

const test = suite("astral: queries on lanes");

const ONE = { peerId: ID_ONE };
const TWO = { peerId: ID_TWO };
const END = [0, 0];
const ROUNDS = 100;

/** Hosts whose time stands still, and what they have opened. */
class Links {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork();
  /** The paths of streams that were opened. */
  readonly opened: string[] = [];
  readonly #stops: (() => Promise<void>)[] = [];

  async host(peerId: string): Promise<LocalHost> {
    const { clock, network, opened } = this;
    const link = new LocalHost({ peerId, addresses: [], fabric: network, clock, random: systemRandom });
    const open = link.openStream.bind(link);
    link.openStream = (peer, path, options) => {
      opened.push(path);
      return open(peer, path, options);
    };
    network.add(link);
    await link.start();
    this.#stops.unshift(() => link.stop());
    return link;
  }

  async service(peerId: string, options: Partial<ServiceOptions> = {}): Promise<LocalService> {
    const service = await astralService({ identity: peerId, link: await this.host(peerId), listen: [], ...options });
    this.#stops.unshift(() => service.stop());
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops) await stop();
  }
}

/** Lets everything happen that needs no time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function ask(service: LocalService, query: string, text: string): Promise<string> {
  await using stream = await service.host.openStream(TWO, query);
  await stream.write(utf8(text));
  return textOf(await readBytes(stream, utf8(text).length));
}

/** The bytes of a query, and of a block. */
const queryOf = (query: string) => Uint8Array.of(0, query.length, ...utf8(query));
const blockOf = (text: string) => Uint8Array.of(0, text.length, ...utf8(text));

async function expectBytes(stream: Stream, ...expected: (Uint8Array | readonly number[])[]): Promise<void> {
  const bytes = Uint8Array.from(expected.flatMap((part) => [...part]));
  assert.equal(await readBytes(stream, bytes.length), bytes);
}

test("queries one after another share streams, and those at once have their own", async () => {
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  void echo(two.host.mountStreams("echo"));
  for (let count = 0; count < 50; count++) assert.is(await ask(one, "echo", `hello ${count}`), `hello ${count}`);
  // The next one may begin while the last one ends.
  assert.ok(links.opened.length <= 2, links.opened.join(" "));
  assert.ok(links.opened.every((path) => path === LANES_PATH));
  const texts = Array.from({ length: 32 }, (_, index) => `at once ${index}`);
  for (let round = 0; round < 3; round++) {
    assert.equal(await Promise.all(texts.map((text) => ask(one, "echo", text))), texts);
    await settled();
  }
  assert.ok(links.opened.length <= 34, `${links.opened.length}`);
  assert.is(two.status().peers[0].queriesIn, 50 + 3 * 32);
  assert.is(two.status().peers[0].streams, 0);
});

test("refusals leave the stream for the next query", async () => {
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  const picky = two.host.mountStreams("picky");
  void (async () => {
    for await (const incoming of picky) incoming.reject(7);
  })();
  void echo(two.host.mountStreams("echo"));
  for (let count = 0; count < 3; count++) {
    const error = await fails(one.host.openStream(TWO, "picky"), "rejected");
    assert.is(error.rejectCode, 7);
    await fails(one.host.openStream(TWO, "nothing"), "unknown-protocol");
    assert.is(await ask(one, "echo", "and this"), "and this");
    await settled();
  }
  assert.is(links.opened.length, 1);
});

test("the bytes of two queries on a stream, as who asks sends them", async () => {
  await using links = new Links();
  const one = await links.service(ID_ONE);
  const friend = (await links.host(ID_TWO)).mountStreams(LANES_PATH);
  const asking = one.host.openStream(TWO, "shop?a=b");
  const lane = await friend.acceptStream();
  await expectBytes(lane, [0, 8], utf8("shop?a=b"));
  await lane.write(Uint8Array.of(0));
  const stream = await asking;
  await stream.write(utf8("tea"));
  await expectBytes(lane, blockOf("tea"));
  await lane.write(Uint8Array.of(...blockOf("two"), ...blockOf(" cups"), ...END));
  assert.is(textOf(await readAll(stream)), "two cups");
  await expectBytes(lane, END);
  const again = one.host.openStream(TWO, "next");
  await expectBytes(lane, queryOf("next"));
  await lane.write(Uint8Array.of(1, 9));
  assert.is((await fails(again, "rejected")).rejectCode, 9);
  assert.equal(links.opened, [LANES_PATH]);
});

test("the bytes of two queries on a stream, as who is asked answers them", async () => {
  await using links = new Links();
  const two = await links.service(ID_TWO);
  void echo(two.host.mountStreams("echo"));
  const lane = await (await links.host(ID_ONE)).openStream(TWO, LANES_PATH);
  await lane.write(queryOf("nothing"));
  await expectBytes(lane, [2]);
  await lane.write(queryOf("echo"));
  await expectBytes(lane, [0]);
  await lane.write(blockOf("hello"));
  await expectBytes(lane, blockOf("hello"));
  // Both at once: the end, and the next query, which is answered after the other end.
  await lane.write(Uint8Array.of(...END, ...queryOf("echo")));
  await expectBytes(lane, END, [0]);
  await lane.write(blockOf("again"));
  await expectBytes(lane, blockOf("again"));
});

test("older nodes are asked as before, and so do they ask", async () => {
  await using links = new Links();
  const one = await links.service(ID_ONE);
  void echo(one.host.mountStreams("echo"));
  const older = await links.host(ID_TWO);
  const friend = older.mountStreams(LINK_PATH);
  for (let count = 0; count < 2; count++) {
    const asking = one.host.openStream(TWO, "shop");
    const plain = await friend.acceptStream();
    await expectBytes(plain, queryOf("shop"));
    await plain.write(Uint8Array.of(0, ...utf8("tea")));
    const stream = await asking;
    await stream.write(utf8("yes"));
    await expectBytes(plain, utf8("yes"));
    await plain.close();
    assert.is(textOf(await readAll(stream)), "tea");
  }
  // That it knows no lanes is remembered.
  assert.equal(links.opened, [LANES_PATH, LINK_PATH, LINK_PATH]);
  const plain = await older.openStream(ONE, LINK_PATH);
  await plain.write(Uint8Array.of(...queryOf("echo"), ...utf8("hello")));
  await expectBytes(plain, [0], utf8("hello"));
});

test("a stream without a query is given back, by who asks before who is asked", async () => {
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  void echo(two.host.mountStreams("echo"));
  await ask(one, "echo", "first");
  await settled();
  links.clock.advance(3999);
  await ask(one, "echo", "second");
  await settled();
  assert.is(links.opened.length, 1);
  links.clock.advance(4001);
  await settled();
  assert.is(links.clock.timers, 0);
  await ask(one, "echo", "third");
  assert.is(links.opened.length, 2);

  const lane = await (await links.host(ID_THREE)).openStream(TWO, LANES_PATH);
  await lane.write(queryOf("nothing"));
  await expectBytes(lane, [2]);
  await settled();
  links.clock.advance(4999);
  await lane.write(queryOf("nothing"));
  await expectBytes(lane, [2]);
  await settled();
  links.clock.advance(5001);
  assert.is(await lane.read(new Uint8Array(1)), null);
});

test("a query is sent again on another stream if the first one has ended without reading it", async () => {
  await using links = new Links();
  const one = await links.service(ID_ONE);
  const friend = (await links.host(ID_TWO)).mountStreams(LANES_PATH);
  const first = one.host.openStream(TWO, "shop");
  const lane = await friend.acceptStream();
  await expectBytes(lane, queryOf("shop"));
  await lane.write(Uint8Array.of(0, ...END));
  assert.is((await readAll(await first)).length, 0);
  await expectBytes(lane, END);
  const second = one.host.openStream(TWO, "shop");
  await expectBytes(lane, queryOf("shop"));
  await lane.close();
  const other = await friend.acceptStream();
  await expectBytes(other, queryOf("shop"));
  await other.write(Uint8Array.of(0));
  await second;
  assert.equal(links.opened, [LANES_PATH, LANES_PATH]);
});

test("a query is not sent again if its stream breaks, and streams that break in reserve are let go of", async () => {
  await using links = new Links();
  const one = await links.service(ID_ONE);
  const friend = (await links.host(ID_TWO)).mountStreams(LANES_PATH);
  const answer = async (incoming: IncomingStream) => {
    const lane = await incoming.accept();
    await readBytes(lane, queryOf("shop").length);
    await lane.write(Uint8Array.of(1, 1));
    return lane;
  };
  const lanes = [];
  for (let count = 0; count < 2; count++) {
    const first = fails(one.host.openStream(TWO, "shop"), "rejected");
    const lane = await answer(await friend.nextIncoming());
    await first;
    lanes.push(lane);
    lane.abort();
    await settled();
  }
  assert.is(links.opened.length, 2);
  const third = fails(one.host.openStream(TWO, "shop"), "rejected");
  const lane = await answer(await friend.nextIncoming());
  await third;
  const fourth = one.host.openStream(TWO, "shop");
  await expectBytes(lane, queryOf("shop"));
  lane.abort();
  await fails(fourth, "unreachable");
  assert.is(links.opened.length, 3);
});

test("what breaks on one side breaks on the other, and the next query has another stream", async () => {
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  const shop = two.host.mountStreams("shop");
  for (const whoBreaks of ["asks", "asked"]) {
    const [asks, asked] = await Promise.all([one.host.openStream(TWO, "shop"), shop.acceptStream()]);
    const [breaks, other] = whoBreaks === "asks" ? [asks, asked] : [asked, asks];
    await breaks.write(utf8("some"));
    assert.equal(await readBytes(other, 4), utf8("some"));
    breaks.abort();
    await fails(other.read(new Uint8Array(1)), "reset");
    await settled();
  }
  assert.is(links.opened.length, 2);
  assert.is(two.status().peers[0].streams, 0);
});

test("what was written before the end arrives, however slowly it is read", async () => {
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  const shop = two.host.mountStreams("shop");
  const [asks, asked] = await Promise.all([one.host.openStream(TWO, "shop"), shop.acceptStream()]);
  const large = new Uint8Array(3_000_000).map((_, index) => index * 7 ^ index >> 8);
  let written = false;
  const writing = asked.write(large).then(() => asked.close()).then(() => written = true);
  await settled();
  // Nobody reads: it waits.
  assert.not(written);
  const parts: Uint8Array[] = [await readBytes(asks, 1_500_000)];
  await settled();
  assert.not(written);
  parts.push(await readBytes(asks, 750_000));
  await writing;
  // The end waits behind what is not read: the other side gives the stream up, but nothing is lost.
  links.clock.advance(3000);
  await settled();
  await asks.write(utf8("too late")).catch(() => {});
  await settled();
  parts.push(await readAll(asks));
  assert.ok(Buffer.concat(parts).equals(large));
});

test("a stream whose other side does not answer the end is given up", async () => {
  await using links = new Links();
  const one = await links.service(ID_ONE);
  const friend = (await links.host(ID_TWO)).mountStreams(LANES_PATH);
  const asking = one.host.openStream(TWO, "shop");
  const lane = await friend.acceptStream();
  await expectBytes(lane, queryOf("shop"));
  await lane.write(Uint8Array.of(0));
  await (await asking).close();
  await expectBytes(lane, END);
  await settled();
  links.clock.advance(1000);
  assert.is(await lane.read(new Uint8Array(1)), null);
});

test("streams that wait for a query give way to others, and are not broken", async () => {
  await using links = new Links();
  const limits = { peerStreamsMax: 8 };
  const two = await links.service(ID_TWO, { limits, isKnown: (peerId) => peerId === ID_ONE });
  void echo(two.host.mountStreams("echo"));
  const strangers = await Promise.all(
    Array.from({ length: 4 }, (_, index) => links.host(`02${index.toString(16).padStart(64, "0")}`)),
  );
  const lanes = [];
  for (const stranger of strangers) {
    for (let count = 0; count < 2; count++) {
      const lane = await stranger.openStream(TWO, LANES_PATH);
      await lane.write(queryOf("echo"));
      await expectBytes(lane, [0]);
      // The oldest one is in use.
      if (lanes.length > 0) {
        await lane.write(Uint8Array.from(END));
        await expectBytes(lane, END);
      }
      lanes.push(lane);
    }
  }
  await fails(strangers[0].openStream(TWO, LANES_PATH), "rejected");
  const known = await links.host(ID_ONE);
  const lane = await known.openStream(TWO, LANES_PATH);
  await lane.write(queryOf("echo"));
  await expectBytes(lane, [0]);
  assert.is(await lanes[1].read(new Uint8Array(1)), null);
  await lanes[0].write(blockOf("still there"));
  await expectBytes(lanes[0], blockOf("still there"));
});

test("whoever ends a query when, each side gets what the other wrote before", async () => {
  console.log(`  lanes: ${ROUNDS} queries, WARPWIRE_SEED=${seed}`);
  const source = new SeededRandom(seed);
  const random = (below: number) => Math.floor(source.next() * below);
  await using links = new Links();
  const [one, two] = [await links.service(ID_ONE), await links.service(ID_TWO)];
  const shop = two.host.mountStreams("shop");
  const pieces = () => Array.from({ length: random(4) }, () => source.bytes(random(3) * random(60_000)));
  for (let round = 0; round < ROUNDS; round++) {
    const [asks, asked] = await Promise.all([one.host.openStream(TWO, "shop"), shop.acceptStream()]);
    // One side writes and closes, the other one reads up to that.
    const [writes, reads] = random(2) === 0 ? [asks, asked] : [asked, asks];
    const sent = pieces();
    const [all] = await Promise.all([
      readAll(reads),
      (async () => {
        for (const piece of sent) await writes.write(piece);
        await writes.close();
      })(),
    ]);
    assert.ok(Buffer.concat(sent).equals(all), `round ${round}`);
    if (random(3) === 0) reads.abort();
    else if (random(2) === 0) await reads.close();
  }
  await settled();
  assert.is(two.status().peers[0].streams, 0);
});

test.run();
