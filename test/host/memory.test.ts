import { suite } from "uvu";
import * as assert from "uvu/assert";
import { memoryHost, MemoryNetwork } from "../../src/host/local/memory.ts";
import { conformance } from "./conformance/conformance.ts";
import { activeHandles } from "./handles.ts";
import { fails } from "./pair.ts";

conformance("memory host", async () => {
  const before = await activeHandles();
  const network = new MemoryNetwork();
  return {
    a: await memoryHost({ network, peerId: "alice" }),
    b: await memoryHost({ network, peerId: "bob" }),
    nobody: { peerId: "nobody" },
    handles: async () => await activeHandles() - before,
  };
});

const test = suite("memory network");

test("an id stands for one started host", async () => {
  const network = new MemoryNetwork();
  const first = await memoryHost({ network, peerId: "same" });
  await fails(memoryHost({ network, peerId: "same" }), "address");
  await first.stop();
  const second = await memoryHost({ network, peerId: "same" });
  assert.is(network.find({ peerId: "same" }), second);
});

test("hosts of different networks do not see each other", async () => {
  const here = await memoryHost({ network: new MemoryNetwork(), peerId: "here" });
  await memoryHost({ network: new MemoryNetwork(), peerId: "there" });
  await fails(here.connect({ peerId: "there" }), "unreachable");
});

test("streams that have ended are let go of", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [await memoryHost({ network, peerId: "a" }), await memoryHost({ network, peerId: "b" })];
  const protocol = b.mountStreams("test");
  for (let round = 0; round < 10; round++) {
    const [stream, other] = await Promise.all([a.openStream(b.info, "test"), protocol.acceptStream()]);
    if (round % 2 === 0) await stream.close();
    else other.abort();
  }
  assert.is(a.openStreams, 0);
  assert.is(b.openStreams, 0);
});

test("a peer id has 1 to 255 bytes", async () => {
  for (const peerId of ["", "x".repeat(256)]) {
    const error = await memoryHost({ network: new MemoryNetwork(), peerId }).catch((error) => error);
    assert.instance(error, RangeError);
  }
});

test.run();
