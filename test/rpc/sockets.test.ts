import { createSocket } from "node:dgram";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { memoryHost, MemoryNetwork } from "../../src/host/mod.ts";
import { type SocketHost, socketHost } from "../../src/host/socket/host.ts";
import { webSocketHost } from "../../src/host/websocket/mod.ts";
import { rpcEndpoint, RpcError, wireAddress } from "../../src/rpc/mod.ts";
import { ALICE, BOB } from "./pair.ts";

const test = suite("rpc: hosts");

function udpOf(host: SocketHost): string {
  return host.addresses().find((address) => address.startsWith("udp:"))!;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    assert.instance(error, RpcError);
    return (error as RpcError).code;
  }
}

test("endpoints talk over sockets, WebSockets and in memory, and know where a call came from", async () => {
  const network = new MemoryNetwork();
  const kinds = {
    memory: () => Promise.all([memoryHost({ network, peerId: "a" }), memoryHost({ network, peerId: "b" })]),
    websocket: () => {
      const listen = ["ws://127.0.0.1:0/"];
      return Promise.all([webSocketHost({ peerId: "a", listen }), webSocketHost({ peerId: "b", listen })]);
    },
    socket: () => Promise.all([socketHost({ peerId: "a" }), socketHost({ peerId: "b" })]),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    const [a, b] = await make();
    const [from, to] = [a, b].map((host) => host.addresses().at(-1)!);
    const alice = rpcEndpoint({ host: a });
    const bob = rpcEndpoint({
      host: b,
      answer: { stun: (_args, { address }) => ({ ip: address, port: 1 }), ping: () => BOB },
    });
    for (let count = 0; count < 20; count++) {
      const replies = await Promise.all([
        alice.request(to, "stun", {}),
        alice.request(to, "ping", { nodeId: ALICE }),
      ]);
      assert.equal(replies, [{ ip: from, port: 1 }, BOB], kind);
    }
    await Promise.all([alice.close(), bob.close()]);
    await Promise.all([a.stop(), b.stop()]);
  }
});

test("what a socket does not send to fails as such, at once, and disturbs nobody", async () => {
  await using host = await socketHost({ peerId: "a", listen: ["udp:127.0.0.1:0"] });
  await using other = await socketHost({ peerId: "b", listen: ["udp:127.0.0.1:0"] });
  await using alice = rpcEndpoint({ host });
  await using _bob = rpcEndpoint({ host: other, answer: { ping: () => BOB } });
  const ping = (to: string) => codeOf(alice.request(to, "ping", { nodeId: ALICE }));
  for (const to of ["udp:127.0.0.1:0", "udp:localhost:5", "udp:[::1]:5", "tcp:127.0.0.1:5", "nonsense", ""]) {
    assert.is(await ping(to), "refused", to);
  }
  // The system refuses this one: EINVAL, or EACCES for broadcasts.
  for (const to of ["udp:240.0.0.0:1337", "udp:255.255.255.255:1"]) assert.is(await ping(to), "refused", to);
  assert.is(await ping(udpOf(other)), "ok");
  const { failed, inFlight, waiting } = alice.stats();
  assert.equal([failed, inFlight, waiting], [8, 0, 0]);
});

test("requests from an address that cannot be answered disturb nobody", async () => {
  await using host = await socketHost({ peerId: "a", listen: ["udp:127.0.0.1:0"] });
  let asked = 0;
  await using bob = rpcEndpoint({ host, answer: { ping: () => (asked++, BOB) } });
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { ip, port } = wireAddress(udpOf(host));
  const request = Uint8Array.of(2, ...new Uint8Array(20), 0x92, 0xa4, 0x70, 0x69, 0x6e, 0x67, 0x91, 0xc4, 20, ...ALICE);
  await new Promise((resolve) => socket.send(request, port, ip, resolve));
  await new Promise((resolve) => socket.close(() => resolve(null)));
  await using other = await socketHost({ peerId: "b", listen: ["udp:127.0.0.1:0"] });
  await using alice = rpcEndpoint({ host: other });
  for (let count = 0; count < 5; count++) await alice.request(udpOf(host), "ping", { nodeId: ALICE });
  assert.is(asked, 6);
  assert.is(bob.stats().asked, 6);
});

test("a call that is under way when its host stops ends with closed or refused", async () => {
  const host = await socketHost({ peerId: "a", listen: ["udp:127.0.0.1:0"] });
  const alice = rpcEndpoint({ host });
  await host.stop();
  assert.is(await codeOf(alice.request("udp:127.0.0.1:9", "ping", { nodeId: ALICE })), "closed");
  await alice.close();
});

test.run();
