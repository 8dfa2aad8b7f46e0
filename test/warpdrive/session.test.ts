import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, struct } from "../../codec/mod.ts";
import { document } from "../../codec/json/mod.ts";
import { Files, type Port, unified } from "../../codec/protocols/warpdrive/mod.ts";
import { type Handlers, serveSession } from "../../src/warpdrive/session/session.ts";
import { IDS, Nodes } from "./nodes.ts";

const test = suite("warpdrive sessions");
const { A, B } = IDS;
const MIB = 2 ** 20;

/** A port with one command, of which the arguments have no bound of their own. */
const port: Port = {
  ...unified.ports[0],
  commands: [{
    ...{ name: "sendOffer", about: "takes a list of files", caller: "anyone", opcode: 1 },
    args: struct({ files: document(Files, { bytesMax: 1e12, countMax: 1e12 }) }),
  }],
};

/** Serves one session, to which so many bytes of arguments are sent; returns how it ended. */
async function ended(bytes: number, local: boolean): Promise<unknown> {
  await using nodes = new Nodes();
  const [a, b] = [await nodes.host(A), await nodes.host(B)];
  const protocol = b.mountStreams(port.name);
  const [stream, [session]] = await Promise.all([
    a.openStream({ peerId: B }, port.name),
    protocol[Symbol.asyncIterator]().next().then(async ({ value }) => [await value!.accept()]),
  ]);
  const handlers = { sendOffer: () => Promise.resolve("end") } as unknown as Handlers;
  const { signal } = new AbortController();
  const serving = serveSession({
    ...{ stream: session, clock: b.clock, port, handlers, local, signal },
    admits: () => true,
  })
    .then(() => "ended", (error) => error);
  const send = async () => {
    const spaces = new Uint8Array(MIB).fill(0x20);
    await stream.write(Uint8Array.of(1));
    for (let left = bytes - 2; left > 0; left -= MIB) await stream.write(spaces.subarray(0, Math.min(left, MIB)));
    await stream.write(new TextEncoder().encode("[]"));
    await stream.close();
  };
  await send().catch(() => {});
  return await serving;
}

for (const local of [true, false]) {
  test(`the arguments of a command have at most 33 MiB, those of ${local ? "programs" : "peers"}, too`, async () => {
    const whole = await ended(33 * MIB, local);
    assert.is(whole, "ended", String(whole));
    const error = await ended(33 * MIB + 1, local);
    assert.instance(error, CodecError, `${error}`);
    assert.is((error as CodecError).code, "limit");
  });
}

test.run();
