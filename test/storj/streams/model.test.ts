/**
 * Random sequences of opening, writing, reading, closing and giving up, compared with what must come of them.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { type Clock, HostError, type Stream } from "../../../src/host/mod.ts";
import { SeededRandom } from "../../../src/host/sim/mod.ts";
import { pause } from "../../../src/host/timing/mod.ts";
import type { StorjNode } from "../../../src/storj/mod.ts";
import { seed } from "../../codec/seed.ts";
import type { Member } from "../world.ts";
import { OldStreamNode } from "./old-streams.ts";
import { at, type Pair, pairOf } from "./pair.ts";

const test = suite("storj streams: random sequences");

const WINDOW_SEQUENCES = 1700;
const OLD_SEQUENCES = 300;
/** So many at a time, each a stream. */
const TOGETHER = 100;

/** One direction of a stream: every byte follows from its place, so that none can be lost, doubled or moved. */
class Direction {
  readonly #start: number;
  /** Bytes that were handed over, and those of them that the other side must get if the stream is closed in order. */
  attempted = 0;
  promised = 0;
  received = 0;

  constructor(start: number) {
    this.#start = start;
  }

  bytes(from: number, count: number): Uint8Array {
    return Uint8Array.from({ length: count }, (_, index) => {
      const at = from + index;
      return (Math.imul(at + this.#start, 0x9e3779b1) >>> 24) ^ at;
    });
  }

  next(count: number): Uint8Array {
    const bytes = this.bytes(this.attempted, count);
    this.attempted += count;
    return bytes;
  }

  check(bytes: Uint8Array, what: string): void {
    assert.ok(this.received + bytes.length <= this.attempted, `${what}: more came than was written`);
    const expected = this.bytes(this.received, bytes.length);
    assert.ok(formatHex(bytes) === formatHex(expected), `${what}: other bytes at ${this.received}`);
    this.received += bytes.length;
  }
}

/** One end, with the directions that it writes to and reads from. */
class End {
  readonly node: StorjNode;
  readonly stream: Stream;
  readonly id: string;
  readonly out: Direction;
  readonly in: Direction;
  readonly what: string;
  readonly #clock: Clock;
  ended: "close" | "abort" | null = null;
  readonly writes: Promise<void>[] = [];

  constructor({ node, host }: Member, id: string, [out, into]: readonly Direction[], what: string) {
    this.node = node;
    this.#clock = host.clock;
    this.id = id;
    this.stream = node.stream(id)!;
    this.out = out;
    this.in = into;
    this.what = what;
  }

  /** Begins to write. */
  write(count: number): void {
    const { ended } = this;
    const from = this.out.attempted;
    const work = this.stream.write(this.out.next(count)).then((written) => {
      assert.is(written, count);
      assert.is(ended, null, `${this.what}: written after the end`);
      this.out.promised = Math.max(this.out.promised, from + count);
    }, (error: HostError) => assert.instance(error, HostError));
    this.writes.push(work);
  }

  async writeById(count: number): Promise<void> {
    const before = this.out.attempted;
    const bytes = this.out.next(count);
    const written = await this.node.streamWrite(this.id, bytes);
    if (written === null) return;
    this.out.attempted = before + written;
    if (written > 0) this.out.promised = before + written;
  }

  async read(count: number): Promise<number | null> {
    const buffer = new Uint8Array(count);
    const read = await this.stream.read(buffer, { timeoutMs: 300 });
    if (read !== null) this.in.check(buffer.subarray(0, read), this.what);
    return read;
  }

  readById(count: number | null): void {
    const bytes = this.node.streamRead(this.id, count);
    if (this.ended !== null) assert.is(bytes, null);
    else if (bytes !== null) this.in.check(bytes, this.what);
  }

  /** Returns whether the other side knows, if that can be said. */
  async close(byId: boolean): Promise<boolean | null> {
    this.ended ??= "close";
    if (byId) return await this.node.streamClose(this.id);
    await this.stream.close();
    return null;
  }

  abort(): void {
    this.ended ??= "abort";
    this.stream.abort();
  }

  /** Reads to the end, and says how it was. */
  async drain(): Promise<string> {
    while (true) {
      try {
        if (await this.read(50_000) === null) return "end";
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        if (error.code !== "timeout") return error.code;
        // The other side has given up, and the word of it was lost.
        await pause(this.#clock, 1000, new AbortController().signal);
      }
    }
  }
}

async function step(random: SeededRandom, end: End): Promise<void> {
  const size = () => Math.floor(random.next() ** 4 * (random.chance(0.1) ? 200_000 : 4000));
  const choice = random.next();
  if (end.ended !== null && choice < 0.8) return;
  if (choice < 0.35) end.write(size());
  else if (choice < 0.45) await end.writeById(size());
  else if (choice < 0.7) await end.read(1 + size()).catch((error) => assert.instance(error, HostError));
  else if (choice < 0.85) end.readById(random.chance(0.5) ? null : size());
}

/** A whole sequence. Returns whether the stream was opened. */
async function sequence(pair: Pair, number: number): Promise<boolean> {
  const random = new SeededRandom(seed, number);
  const { alice, bob } = pair;
  const what = `sequence ${number}, WARPWIRE_SEED=${seed}`;
  const { clock } = alice.host;
  const wait = (ms: number) => pause(clock, ms, new AbortController().signal);
  const id = await alice.node.streamOpen(bob.node.nodeId, { at: at(bob) });
  if (id === null) return false;
  const directions = [new Direction(number), new Direction(-number)];
  const near = new End(alice, id, directions, `${what}, near`);
  const far = new End(bob, id, [...directions].reverse(), `${what}, far`);
  for (let steps = Math.floor(random.next() * 12); steps > 0; steps--) {
    await step(random, random.chance(0.5) ? near : far);
    if (random.chance(0.3)) await wait(random.next() * 200);
  }
  const [first, second] = random.chance(0.5) ? [near, far] : [far, near];
  const kind = random.next();
  if (kind < 0.6) {
    const closed = first.close(random.chance(0.5));
    const { attempted } = first.out;
    assert.is(await second.drain(), "end", second.what);
    const [isKnown] = await Promise.all([closed, ...first.writes]);
    assert.is.not(isKnown, false, first.what);
    assert.is(
      second.in.received,
      Math.max(first.out.promised, attempted === first.out.promised ? attempted : 0),
      second.what,
    );
    second.readById(null);
  } else if (kind < 0.8) {
    first.abort();
    const outcome = await second.drain();
    assert.ok(outcome === "reset" || outcome === "end", `${second.what}: ${outcome}`);
  } else {
    await Promise.all([first.close(true), second.close(false)]);
  }
  if (second.ended === null) await second.close(true);
  await Promise.all([...near.writes, ...far.writes]);
  for (const { node } of [near, far]) assert.is(node.streamRead(id), null, what);
  return true;
}

test("nodes of ours, with loss, duplicates and reordering", async () => {
  console.log(`  streams: ${WINDOW_SEQUENCES} sequences, WARPWIRE_SEED=${seed}`);
  const pair = await pairOf({ loss: 0.05, duplicate: 0.05, reorder: 0.1 }, {}, seed);
  let opened = 0;
  for (let number = 0; number < WINDOW_SEQUENCES; number += TOGETHER) {
    const batch = Array.from({ length: TOGETHER }, (_, index) => sequence(pair, number + index));
    opened += (await pair.world.drive(Promise.all(batch))).filter((isOpen) => isOpen).length;
  }
  assert.ok(opened > 0.98 * WINDOW_SEQUENCES, `${opened} were opened`);
  // Those whose answer got lost go when they ask for what nobody knows.
  await pair.world.pass(120_000);
  for (const { node } of [pair.alice, pair.bob]) assert.equal(node.streams(), {});
  await pair.world.close();
});

test("old nodes", async () => {
  console.log(`  streams: ${OLD_SEQUENCES} sequences, WARPWIRE_SEED=${seed}`);
  const { world, alice } = await pairOf({ reorder: 0.1 }, {}, seed);
  const { node, address } = alice;
  const old = new OldStreamNode(world.network);
  for (let number = 0; number < OLD_SEQUENCES; number++) {
    const random = new SeededRandom(seed, number, 2);
    const what = `sequence ${number}, WARPWIRE_SEED=${seed}`;
    old.bufferBytes = random.chance(0.3) ? 10_000 : 1_000_000;
    const id = random.chance(0.5)
      ? (await world.drive(node.streamOpen(old.id, { at: at(old) })))!
      : formatHex((await world.drive(old.open(address, node.nodeId)))!);
    const [there, back] = [new Direction(number), new Direction(-number)];
    const end = new End(alice, id, [there, back], what);
    const args = { nodeId: old.id, streamId: parseHex(id) };
    for (let steps = Math.floor(random.next() * 10); steps > 0; steps--) {
      if (random.chance(0.6)) await world.drive(step(random, end));
      else if (random.chance(0.5)) there.check(old.read(id), what);
      else {
        const from = back.attempted;
        const data = back.next(Math.floor(random.next() * 8097));
        const written = await world.drive(old.request(address, "stream_write", { ...args, data }));
        back.attempted = from + (written ?? 0);
        assert.is(written, end.ended === null ? data.length : null, what);
      }
    }
    // The old node reads until everything has come that was begun.
    let isWritten = false;
    void Promise.all(end.writes).then(() => isWritten = true);
    while (!isWritten) {
      await world.pass(200);
      there.check(old.read(id), what);
    }
    there.check(old.read(id), what);
    assert.is(there.received, there.promised, what);
    if (random.chance(0.5)) {
      await world.drive(end.close(random.chance(0.5)));
      assert.not(old.buffers.has(id), what);
    } else {
      old.buffers.delete(id);
      assert.is(await world.drive(old.request(address, "stream_close", args)), true);
      assert.is(await world.drive(end.drain()), "end", what);
      assert.is(back.received, back.attempted, what);
    }
    assert.is(node.streamRead(id), null, what);
  }
  assert.equal(node.streams(), {});
  await world.close();
});

test.run();
