import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../codec/msgpack/mod.ts";
import { decodeDatagram, encodeResponse } from "../../codec/protocols/storj/mod.ts";
import type { Host } from "../../src/host/host.ts";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { type CallOptions, rpcEndpoint, RpcError, type RpcErrorCode } from "../../src/rpc/mod.ts";
import { ALICE, BOB, KEY, only, recorder, scene } from "./pair.ts";

const test = suite("rpc: calls");

async function rejects(work: Promise<unknown>, code: RpcErrorCode): Promise<RpcError> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, RpcError);
    assert.is((error as RpcError).code, code);
    return error as RpcError;
  }
  throw new Error(`Expected ${code}, but it resolved`);
}

test("a call is answered, and settles after it has returned", async () => {
  const { network, node } = scene();
  const [alice, bob] = [node(), node({ answer: { ping: ({ nodeId }) => nodeId[0] === 0xaa ? BOB : undefined } })];
  const { outcomes, settle } = recorder(network);
  alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle);
  assert.is(outcomes.length, 0);
  await network.run();
  const { outcome, atMs } = only(outcomes);
  assert.equal(outcome.reply, BOB);
  assert.is(atMs, 40);
  assert.ok(outcome.error === undefined && Math.abs(outcome.roundTripMs - 40) < 0.01);
});

test("who calls is known by address and era, and proven once it has answered", async () => {
  const { network, node } = scene();
  const callers: unknown[] = [];
  const alice = node({ answer: { ping: () => ALICE } });
  const bob = node({
    answer: {
      stun: (_args, from) => {
        callers.push(from);
        return { ip: "1.2.3.4", port: 5 };
      },
    },
  });
  const stun = (era: "rpcudp" | "storjrpcudp") => alice.endpoint.request(bob.address, "stun", {}, { era });
  assert.equal(await network.drive(stun("rpcudp")), { ip: "1.2.3.4", port: 5 });
  await network.drive(bob.endpoint.request(alice.address, "ping", { nodeId: BOB }));
  await network.drive(stun("storjrpcudp"));
  assert.equal(callers, [
    { address: alice.address, era: "rpcudp", verified: false },
    { address: alice.address, era: "storjrpcudp", verified: true },
  ]);
  assert.is(bob.endpoint.stats().verified, 1);
});

test("a call goes out in the era of the endpoint if it exists there, and is answered in its own", () => {
  const { network, node, stranger } = scene();
  const [modern, old, eve] = [node(), node({ era: "rpcudp" }), stranger()];
  const nothing = () => {};
  modern.endpoint.call(eve.address, "ping", { nodeId: ALICE }, nothing);
  old.endpoint.call(eve.address, "ping", { nodeId: ALICE }, nothing);
  old.endpoint.call(eve.address, "stream_open", { nodeId: ALICE }, nothing);
  modern.endpoint.call(eve.address, "ping", { nodeId: ALICE }, nothing, { era: "rpcudp" });
  const relayed = { nodeId: ALICE, destination: BOB, hopLimit: 3, message: pack(null) };
  modern.endpoint.call(eve.address, "relay_message", relayed, nothing, { wireName: "msg" });
  network.runSync({ untilMs: 30 });
  assert.equal(eve.received.map(({ bytes }) => bytes[0]), [2, 0, 2, 0, 0]);
  const last = decodeDatagram(eve.received[4].bytes);
  assert.ok(last.kind === "request" && last.wireName === "msg");
});

test("answers are matched by message id and address; others change nothing and are counted", () => {
  const { network, node, stranger } = scene();
  const [alice, target, eve] = [node(), stranger(), stranger()];
  const { outcomes, settle, codes } = recorder(network);
  alice.endpoint.call(target.address, "ping", { nodeId: ALICE }, settle);
  network.runSync({ untilMs: 25 });
  const { messageId } = decodeDatagram(only(target.received).bytes);
  const answer = (id: Uint8Array, era: "rpcudp" | "storjrpcudp" = "storjrpcudp") =>
    encodeResponse({ rpc: "ping", reply: BOB, messageId: id, era });
  eve.send(answer(messageId), alice);
  target.send(answer(messageId, "rpcudp"), alice);
  for (let index = 0; index < 20; index++) {
    const wrong = messageId.slice();
    wrong[index] ^= 0x80;
    target.send(answer(wrong), alice);
  }
  network.runSync({ untilMs: 50 });
  assert.equal([outcomes.length, alice.endpoint.stats().foreign, alice.endpoint.stats().unexpected], [0, 2, 20]);
  target.send(answer(messageId), alice);
  target.send(answer(messageId), alice);
  network.runSync({ untilMs: 100 });
  assert.equal(codes(), ["ok"]);
  assert.is(alice.endpoint.stats().unexpected, 21);
});

test("message ids are drawn from the host, and no two are equal", () => {
  const ids = (seed: number) => {
    const { network, node, stranger } = scene({}, seed);
    const [alice, bob] = [node(), stranger()];
    for (let count = 0; count < 16; count++) {
      alice.endpoint.call(bob.address, "message_notify", { nodeId: ALICE, message: pack("x") }, () => {});
    }
    network.runSync({ untilMs: 30 });
    return bob.received.map(({ bytes }) => [...bytes.subarray(1, 21)].join());
  };
  const [first, again, other] = [ids(1), ids(1), ids(2)];
  assert.is(new Set(first).size, 16);
  assert.equal(first, again);
  assert.ok(first.every((id) => !other.includes(id)));
});

test("a silent peer times out: three requests, one notice, and 5 s at most", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { outcomes, settle, codes } = recorder(network);
  const late: number[] = [];
  const onLate = () => void late.push(network.nowMs);
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, { onLate });
  network.runSync();
  assert.equal([codes(), late], [["timeout"], [600]]);
  assert.equal(new Set(silent.received.map(({ bytes }) => bytes.join())).size, 1);
  assert.is(silent.received.length, 3);
  assert.ok(outcomes[0].atMs > 3000 && outcomes[0].atMs <= 5000, `${outcomes[0].atMs} ms`);
  assert.equal(only(alice.events), { type: "timeout", rpc: "ping", to: silent.address });
});

test("a known peer is asked again after about three of its usual trips", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { outcomes, settle } = recorder(network);
  const late: number[] = [];
  const onLate = () => void late.push(network.nowMs);
  const roundTrip = { meanMs: 60, deviationMs: 30 };
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, { onLate, roundTrip });
  network.runSync();
  assert.equal(late, [180]);
  assert.is(outcomes[0].atMs, 7 * 180);
  // Sent at once, after 180 ms, and after twice as long.
  assert.equal(silent.times, [20, 200, 560]);
});

test("where trips are short, somebody else is asked after the usual one, and the same one again after ten", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { codes, settle } = recorder(network);
  const late: number[] = [];
  const roundTrip = { meanMs: 0.25, deviationMs: 0.2 };
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, {
    onLate: () => void late.push(network.nowMs),
    roundTrip,
  });
  network.runSync();
  assert.equal([codes(), late], [["timeout"], [0.25]]);
  // All of them 20 ms on their way.
  assert.equal(silent.times, [20, 30, 50]);
});

test("strangers are given what others took lately", async () => {
  const { network, node, stranger } = scene();
  const [alice, bob, silent] = [node(), node({ answer: { ping: () => BOB } }), stranger()];
  for (let count = 0; count < 50; count++) {
    await network.drive(alice.endpoint.request(bob.address, "ping", { nodeId: ALICE }));
  }
  const begin = network.nowMs;
  const { settle } = recorder(network);
  const late: number[] = [];
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, {
    onLate: () => void late.push(network.nowMs - begin),
  });
  network.runSync();
  assert.ok(late[0] >= 60 && late[0] <= 72, `${late[0]} ms`);
});

test("a lost request or answer costs a retransmission, and the answer still counts once", () => {
  const { network, node } = scene({ loss: 0.3 }, 7);
  const [alice, bob] = [node(), node({ answer: { ping: () => BOB } })];
  const { settle, codes } = recorder(network);
  for (let count = 0; count < 200; count++) {
    network.at(count * 1000, () => void alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle));
  }
  network.runSync();
  const { answered, timedOut, retransmitted, unexpected } = alice.endpoint.stats();
  // Both ways get through with 0.49; three times none does with 0.13.
  assert.is(codes().length, 200);
  assert.ok(answered >= 150 && answered + timedOut === 200, `seed 7: ${answered} answered`);
  assert.ok(retransmitted >= 100, `seed 7: ${retransmitted} sent again`);
  assert.ok(bob.endpoint.stats().asked <= 200 && unexpected >= 0);
});

test("a call that insists is sent again until its time is over, and not more often than it helps", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { settle, codes, outcomes } = recorder(network);
  const call = (options: CallOptions) => {
    silent.received.length = silent.times.length = 0;
    alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, options);
    network.runSync();
    return silent.times.map((time) => Math.round(time - silent.times[0]));
  };
  const roundTrip = { meanMs: 50, deviationMs: 0 };
  const [first, second, third, ...others] = call({ insists: true, roundTrip });
  assert.equal([first, second, third], [0, 100, 300]);
  assert.equal(others, Array.from({ length: 15 }, (_, index) => 600 + 300 * index));
  assert.equal([codes(), outcomes[0].atMs], [["timeout"], 5000]);
  const slow = call({ insists: true, roundTrip: { meanMs: 1000, deviationMs: 0 } });
  assert.equal(slow, Array.from({ length: 8 }, (_, index) => 700 * index));
  assert.equal(call({ insists: true, roundTrip, timeoutMs: 650 }), [0, 100, 300, 600]);
  // Who does not recognise repeats gets one, however much the caller insists.
  silent.received.length = 0;
  alice.endpoint.call(silent.address, "stream_open", { nodeId: ALICE }, settle as never, { insists: true });
  network.runSync();
  assert.is(silent.received.length, 1);
});

test("a peer that may be busy for a while is left alone for as long, whatever it took before", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const sentMs = (retryMsMin?: number) => {
    const startMs = network.nowMs;
    silent.times.length = 0;
    const late: number[] = [];
    const options = { roundTrip: { meanMs: 1, deviationMs: 0 }, onLate: () => void late.push(network.nowMs - startMs) };
    alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, () => {}, {
      ...options,
      ...(retryMsMin !== undefined && { retryMsMin }),
    });
    network.runSync();
    return [late, silent.times.map((time) => Math.round(time - silent.times[0]))];
  };
  assert.equal(sentMs(), [[2], [0, 10, 30]]);
  assert.equal(sentMs(100), [[100], [0, 100, 300]]);
  assert.equal(sentMs(5), [[5], [0, 10, 30]]);
  // Three times have to fit into the time for a call.
  assert.equal(sentMs(10_000), [[700], [0, 700, 2100]]);
});

test("calls that must not arrive twice are sent once, unless the peer recognises repeats", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { settle, codes, outcomes } = recorder(network);
  let late = 0;
  const onLate = () => void late++;
  const message = { nodeId: ALICE } as never;
  alice.endpoint.call(silent.address, "stream_open", message, settle as never, { onLate });
  network.runSync();
  assert.equal([silent.received.length, late, codes()], [1, 1, ["timeout"]]);
  assert.is(outcomes[0].atMs, 5000);
  alice.endpoint.call(silent.address, "stream_open", message, settle as never, { repeats: true });
  network.runSync();
  assert.is(silent.received.length, 4);
});

test("timeoutMs ends a call earlier, and not later", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { settle, outcomes } = recorder(network);
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, { timeoutMs: 250 });
  alice.endpoint.call(silent.address, "stream_open", { nodeId: ALICE }, settle as never, { timeoutMs: 60_000 });
  network.runSync();
  assert.equal(outcomes.map(({ atMs }) => atMs), [250, 5000]);
});

test("request resolves with the answer and rejects with the error of its code", async () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const bob = node({ answer: { find_node: () => [{ id: KEY, ip: "10.0.0.9", port: 7 }] } });
  const { endpoint } = alice;
  const args = { nodeId: ALICE, key: KEY };
  const found = await network.drive(endpoint.request(bob.address, "find_node", args));
  assert.equal(found, [{ id: KEY, ip: "10.0.0.9", port: 7 }]);
  const timeout = await rejects(network.drive(endpoint.request(silent.address, "find_node", args)), "timeout");
  assert.is(timeout.message, `Calling "find_node" of "${silent.address}" got no answer`);
  const signal = AbortSignal.abort(new Error("enough"));
  const aborted = await rejects(endpoint.request(bob.address, "find_node", args, { signal }), "aborted");
  assert.is((aborted.cause as Error).message, "enough");
  const controller = new AbortController();
  const waiting = endpoint.request(silent.address, "ping", { nodeId: ALICE }, { signal: controller.signal });
  controller.abort();
  await rejects(waiting, "aborted");
  assert.is(endpoint.stats().inFlight, 0);
  await endpoint.close();
  await rejects(network.drive(endpoint.request(bob.address, "find_node", args)), "closed");
});

test("what is not an answer to the call is an invalid reply", async () => {
  const { network, node, stranger } = scene();
  const [alice, bob] = [node(), stranger()];
  const asking = alice.endpoint.request(bob.address, "ping", { nodeId: ALICE });
  network.runSync({ untilMs: 20 });
  const { messageId } = decodeDatagram(only(bob.received).bytes);
  bob.send(encodeResponse({ rpc: "store", reply: true, messageId }), alice);
  const error = await rejects(network.drive(asking), "invalid-reply");
  assert.is((error.cause as Error).name, "CodecError");
  assert.equal([alice.endpoint.stats().failed, alice.endpoint.stats().answered], [1, 0]);
});

test("arguments that do not fit are errors of the caller; a request that is too large is an outcome", async () => {
  const { network, node } = scene();
  const [alice, bob] = [node(), node()];
  assert.throws(() => alice.endpoint.call(bob.address, "ping", { nodeId: ALICE.subarray(1) }, () => {}), /nodeId/);
  const data = new Uint8Array(8200);
  const args = { nodeId: ALICE, streamId: new Uint8Array(32), data };
  await rejects(network.drive(alice.endpoint.request(bob.address, "stream_write", args)), "too-large");
  assert.is(alice.endpoint.stats().sent, 0);
});

test("what the network refuses to send fails at once", async () => {
  const { network, node } = scene();
  const [alice, bob] = [node(), node()];
  void alice.host.stop();
  await rejects(network.drive(alice.endpoint.request(bob.address, "ping", { nodeId: ALICE })), "closed");
  assert.ok(network.nowMs < 1);
});

test("a thousand calls that were given up leave no timer, no entry and no datagram", () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { settle, outcomes } = recorder(network);
  const cancels = Array.from(
    { length: 1000 },
    () => alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle),
  );
  assert.equal([alice.endpoint.stats().inFlight, alice.endpoint.stats().waiting], [16, 984]);
  for (const cancel of cancels.reverse()) cancel();
  assert.equal([alice.endpoint.stats().inFlight, alice.endpoint.stats().waiting], [0, 0]);
  network.runSync();
  // Only the 16 that were on their way already.
  assert.equal([outcomes.length, silent.received.length, network.nowMs], [0, 16, 20]);
  assert.is(alice.endpoint.stats().cancelled, 16);
  for (const cancel of cancels) cancel();
  assert.is(alice.endpoint.stats().cancelled, 16);
});

test("closing ends every call once, also those that wait, and takes no more", async () => {
  const { network, node, stranger } = scene();
  const [alice, silent] = [node(), stranger()];
  const { settle, codes } = recorder(network);
  for (let count = 0; count < 40; count++) alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle);
  await alice.endpoint.close();
  await alice.endpoint.close();
  assert.equal(new Set(codes()), new Set(["closed"]));
  assert.is(codes().length, 40);
  network.runSync();
  assert.equal([codes().length, network.nowMs], [40, 20]);
  alice.host.mountDatagrams("storj");
});

test("time in which the program stood still does not count, within the 5 s of a call", () => {
  const timers: (() => void)[] = [];
  let [nowMs, sends] = [1_700_000_000_000, 0];
  const clock = {
    now: () => nowMs,
    setTimer: (_delayMs: number, run: () => void) => {
      timers.push(run);
      return { clear: () => void timers.splice(timers.indexOf(run), 1) };
    },
  };
  const sendDatagram = () => {
    sends++;
    return Promise.resolve();
  };
  const host = { clock, random: new SeededRandom(1), mountDatagrams: () => ({ sendDatagram, unmount: () => {} }) };
  const endpoint = rpcEndpoint({ host: host as unknown as Host });
  const codes: string[] = [];
  let late = 0;
  endpoint.call("udp:10.0.0.1:1", "ping", { nodeId: ALICE }, ({ error }) => void codes.push(error!.code), {
    onLate: () => void late++,
    timeoutMs: 60_000,
    roundTrip: { meanMs: 10, deviationMs: 2 },
  });
  const wakeAfter = (ms: number) => {
    nowMs += ms;
    timers.shift()!();
    return [sends, late, codes.length];
  };
  // Everything would be over by now; but answers may have come while nobody looked.
  assert.equal(wakeAfter(2000), [1, 0, 0]);
  assert.equal(wakeAfter(21), [2, 1, 0]);
  assert.equal(wakeAfter(2000), [2, 1, 0]);
  assert.equal(wakeAfter(2000), [2, 1, 1]);
  assert.equal([codes, timers.length], [["timeout"], 0]);
});

test("a call from within an outcome, a notice or an event works", () => {
  const { network, node, stranger } = scene();
  const [alice, bob, silent] = [node(), node({ answer: { ping: () => BOB } }), stranger()];
  const { settle, codes } = recorder(network);
  const again = () => void alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, settle);
  alice.endpoint.call(bob.address, "ping", { nodeId: ALICE }, again);
  alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, again, { onLate: again });
  const cancel = alice.endpoint.call(silent.address, "ping", { nodeId: ALICE }, settle, { onLate: () => cancel() });
  network.runSync();
  assert.equal(codes(), ["ok", "ok", "ok"]);
});

test.run();
