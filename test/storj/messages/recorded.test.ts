/**
 * Recorded messages of the original programs, and what they were answered.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import { pack } from "../../../codec/msgpack/mod.ts";
import { decodeDatagram, encodeResponse, type RpcArgs } from "../../../codec/protocols/storj/mod.ts";
import { type SimHost, SimNetwork } from "../../../src/host/sim/mod.ts";
import { storjNode } from "../../../src/storj/mod.ts";
import { recordedCases, recordedRelay } from "../../protocols/storj/recorded.ts";

const test = suite("storj: recorded messages");

const CALLER = new Uint8Array(20).fill(0xaa);
const CALLER_HEX = formatHex(CALLER);

/** A node, and somebody who sends it datagrams and keeps what comes back. */
async function scene() {
  const network = new SimNetwork({ seed: 2016 });
  const [host, other] = [network.addHost(), network.addHost()];
  const node = await network.drive(storjNode({ host }));
  await other.start();
  const came: Uint8Array[] = [];
  const mount = other.mountDatagrams("storj", { raw: true, receive: ({ bytes }) => void came.push(bytes) });
  /** The answers to a datagram; the node's own questions are none. */
  const answersTo = async (request: Uint8Array): Promise<string[]> => {
    came.length = 0;
    void mount.sendDatagram(request, host.info);
    await network.run({ untilMs: network.nowMs + 100 });
    return came.filter((bytes) => decodeDatagram(bytes).kind === "response").map((bytes) => formatHex(bytes));
  };
  return { network, node, host, other, came, mount, answersTo };
}

function recorded(name: string): { readonly request: Uint8Array; readonly response: string } {
  const { request, response } = recordedCases.find((one) => one.name === name)!;
  return { request: parseHex(request!), response: response! };
}

test("message_notify is answered as by storjnet: true, and false when the queue is full", async () => {
  const { node, answersTo } = await scene();
  const first = recorded("message_notify unicode");
  assert.equal(await answersTo(first.request), [first.response]);
  // Sent again by somebody who has not got the answer.
  assert.equal(await answersTo(first.request), [first.response]);
  assert.equal(node.messageList(), { [CALLER_HEX]: ["hello"] });
  const full = recorded("message_notify full");
  for (let count = 0; count < 1024; count++) {
    const request = first.request.slice();
    request.set([count & 255, count >> 8], 1);
    assert.is((await answersTo(request))[0].slice(-2), "c3", `message ${count}`);
  }
  assert.equal(await answersTo(full.request), [full.response]);
  assert.is(node.messageList()[CALLER_HEX].length, 1024);
  await node.close();
});

test("direct_message of storjnode is answered with the caller's address, in its era", async () => {
  const { node, other, answersTo } = await scene();
  const { bytes } = recordedRelay.find(({ name }) => name.startsWith("direct_message"))!;
  const request = parseHex(bytes);
  const messageId = request.slice(1, 21);
  const [ip] = other.addresses()[0].slice(4).split(":");
  const reply = { ip, port: 4653 };
  const expected = encodeResponse({ rpc: "direct_message", reply, messageId, era: "rpcudp" });
  assert.equal(await answersTo(request), [formatHex(expected)]);
  assert.equal(node.messageList(), { [CALLER_HEX]: ["hi"] });
  await node.close();
});

/** The bytes of the message that a node sends, with the message id and own id of the recording. */
async function sentBy(network: "storjnet" | "storjnode", message: string, like: Uint8Array): Promise<string> {
  const sim = new SimNetwork({ seed: 2016 });
  const [host, other]: SimHost[] = [sim.addHost(), sim.addHost()];
  const node = await sim.drive(storjNode({ host, network }));
  await other.start();
  let sent: Uint8Array | null = null;
  const mount = other.mountDatagrams("storj", {
    raw: true,
    receive: ({ bytes, peerInfo }) => {
      const datagram = decodeDatagram(bytes);
      if (datagram.kind !== "request" || (datagram.rpc !== "message_notify" && datagram.rpc !== "direct_message")) {
        return;
      }
      sent = bytes.slice();
      const { rpc, messageId, era } = datagram;
      assert.equal((datagram.args as RpcArgs<"message_notify">).message, pack(message));
      const reply = rpc === "message_notify" ? true : { ip: "10.0.0.1", port: 4653 };
      void mount.sendDatagram(encodeResponse({ rpc, reply, messageId, era }), peerInfo);
    },
  });
  const [ip, port] = other.addresses()[0].slice(4).split(":");
  const at = { ip, port: Number(port) };
  assert.ok(await sim.drive(node.messageSend("bb".repeat(20), message, { at })));
  const hex = formatHex(sent!).replace(node.nodeIdHex, CALLER_HEX);
  await sim.drive(node.close());
  return hex.slice(0, 2) + formatHex(like.subarray(1, 21)) + hex.slice(42);
}

test("what is sent has the recorded bytes, in both eras", async () => {
  const { request } = recorded("message_notify unicode");
  assert.is(await sentBy("storjnet", "hello", request), formatHex(request));
  const direct = parseHex(recordedRelay.find(({ name }) => name.startsWith("direct_message"))!.bytes);
  assert.is(await sentBy("storjnode", "hi", direct), formatHex(direct));
});

test("hostile messages get no answer, and the node goes on", async () => {
  const { node, answersTo } = await scene();
  const { request } = recorded("message_notify unicode");
  const head = formatHex(request.subarray(0, request.length - 6));
  const nested = "91".repeat(1000) + "c0";
  const hostile = { nested, "a map with the key 1": "810102", "a map with a key twice": "82a16101a16102", nothing: "" };
  for (const [name, message] of Object.entries(hostile)) {
    assert.equal(await answersTo(parseHex(head + message)), [], name);
  }
  for (const id of ["c400", `c413${"aa".repeat(19)}`, `c415${"aa".repeat(21)}`, "c0"]) {
    const other = formatHex(request).replace(`c414${CALLER_HEX}`, id);
    assert.equal(await answersTo(parseHex(other)), [], id);
  }
  assert.equal(node.messageList(), {});
  const { response } = recorded("message_notify unicode");
  assert.equal(await answersTo(request), [response]);
  await node.close();
});

test.run();
