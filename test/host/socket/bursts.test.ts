import { suite } from "uvu";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stream } from "../../../src/host/host.ts";
import { socketHost } from "../../../src/host/socket/host.ts";
import { nextMacrotask, systemRandom } from "../../../src/host/timing/system.ts";
import { infoOf, MIB, pattern, sameBytes } from "../pair.ts";

const test = suite("sockets whose readers take bytes in bursts");

/** Pseudo-random numbers from 0 up to, but not including, 1. */
function numbers(seed: number): () => number {
  let word = seed | 1;
  return () => (word = (Math.imul(word, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Writes pieces of all sizes from one memory, which is overwritten as soon as each write allows it. */
async function send(stream: Stream, bytes: Uint8Array, random: () => number): Promise<void> {
  const memory = new Uint8Array(262_144);
  for (let sent = 0; sent < bytes.length;) {
    const part = bytes.subarray(sent, sent + 1 + Math.floor((random() < 0.5 ? 262_143 : 4096) * random()));
    memory.set(part);
    await stream.write(memory.subarray(0, part.length));
    memory.fill(0xee, 0, part.length);
    sent += part.length;
  }
}

/** Reads as fast as it can, but for pauses, in which everything fills up. */
async function receive(stream: Stream, count: number, random: () => number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let got = 0; got < count;) {
    if (random() < 0.02) { for (let turns = 100 * random(); turns > 0; turns--) await nextMacrotask(); }
    const read = await stream.read(bytes.subarray(got, got + 1 + Math.floor(131_072 * random())));
    if (read === null) throw new Error(`The stream ended after ${got} of ${count} bytes`);
    got += read;
  }
  return bytes;
}

for (const kind of ["tcp", "unix"]) {
  test(`everything arrives in both directions over ${kind}`, async () => {
    const seed = new DataView(systemRandom.bytes(4).buffer).getUint32(0);
    const folder = mkdtempSync(join(tmpdir(), "warpwire-bursts-"));
    const listen = [kind === "tcp" ? "tcp:127.0.0.1:0" : `unix:${join(folder, "socket")}`];
    const [a, b] = [await socketHost({ peerId: "a", listen: [] }), await socketHost({ peerId: "b", listen })];
    try {
      const protocol = b.mountStreams("bursts");
      const [here, there] = await Promise.all([a.openStream(infoOf(b), "bursts"), protocol.acceptStream()]);
      const random = numbers(seed);
      const [out, back] = [pattern(16 * MIB, 1), pattern(16 * MIB, 2)];
      const [came, wentBack] = await Promise.all([
        receive(there, out.length, random),
        receive(here, back.length, random),
        send(here, out, random),
        send(there, back, random),
      ]);
      sameBytes(came, out);
      sameBytes(wentBack, back);
    } catch (error) {
      console.log(`The seed was ${seed}`);
      throw error;
    } finally {
      await Promise.all([a.stop(), b.stop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test.run();
