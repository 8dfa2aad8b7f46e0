/**
 * Two services that are linked, and what the service itself answers: its state, its peers, pings, tokens.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeObject, encodeObjectJson, shortIdentity } from "../../codec/protocols/astral/mod.ts";
import { memoryHost, MemoryNetwork } from "../../src/host/mod.ts";
import type { Host } from "../../src/host/host.ts";
import { readBytes } from "../../src/host/streams/mod.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { astralService, LINK_PATH, type LocalService, PING_NAME, type ServiceEvent } from "../../src/astral/mod.ts";
import { parseDurationMs } from "../../src/astral/operations/apphost.ts";
import { fails, readAll, utf8 } from "../host/pair.ts";
import { Bench, echo, ID_ONE, ID_THREE, ID_TWO, ObjectGuest, take, takeAll } from "./guests.ts";

const test = suite("astral: linked services and control");

interface Scene {
  readonly one: LocalService;
  readonly two: LocalService;
  readonly bench: Bench;
}

const LINKS: Readonly<Record<string, () => Promise<readonly [Host, Host]>>> = {
  async memory() {
    const network = new MemoryNetwork();
    return [await memoryHost({ network, peerId: ID_ONE }), await memoryHost({ network, peerId: ID_TWO })];
  },
  async socket() {
    const listen = ["tcp:127.0.0.1:0"];
    const hosts = [await socketHost({ peerId: ID_ONE, listen }), await socketHost({ peerId: ID_TWO, listen })] as const;
    await hosts[0].connect({ peerId: ID_TWO, addresses: hosts[1].addresses() });
    await hosts[1].connect({ peerId: ID_ONE, addresses: hosts[0].addresses() });
    return hosts;
  },
};

/** Services of the identities 1, whose contact "friend" is the other one, and 2. */
function linked(title: string, body: (scene: Scene) => Promise<void>): void {
  for (const [kind, makeLinks] of Object.entries(LINKS)) {
    test(`${title} (${kind} host)`, async () => {
      const links = await makeLinks();
      {
        const listen = ["tcp:127.0.0.1:0"];
        await using one = await astralService({
          identity: ID_ONE,
          alias: "one",
          link: links[0],
          listen: [{ address: listen[0], protocol: "2026" }],
          contacts: { friend: ID_TWO },
          tokens: { own: "localnode", three: ID_THREE },
          allowAnonymous: true,
        });
        await using two = await astralService({ identity: ID_TWO, link: links[1], listen, tokens: { own: ID_TWO } });
        await using bench = new Bench();
        await body({ one, two, bench });
      }
      await Promise.all(links.map((link) => link.stop()));
    });
  }
}

linked("a query goes to the other node, whose programs see who asks", async ({ one, two, bench }) => {
  const protocol = two.host.mountStreams("shop");
  const guest = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  await guest.query("shop?a=b", { target: ID_TWO });
  const incoming = await protocol.nextIncoming();
  assert.is(incoming.peerInfo.peerId, ID_ONE);
  assert.is(incoming.path, "shop?a=b");
  const stream = await incoming.accept();
  await guest.expect("mod.apphost.query_accepted_msg");
  const large = new Uint8Array(3_000_000).map((_, index) => index * 7);
  const [back] = await Promise.all([
    readAll(stream),
    guest.connection.stream.write(large).then(() => guest.connection.close()),
  ]);
  assert.ok(back.length === large.length && back.every((byte, index) => byte === large[index]));

  await guest.connection.close();
  const other = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  await other.query("shop", { target: ID_TWO });
  (await protocol.nextIncoming()).reject(44);
  assert.equal(await other.expect("mod.apphost.query_rejected_msg"), { code: 44 });
  await other.query("nothing", { target: ID_TWO });
  await other.expectError("route_not_found");
  await other.query("shop", { target: ID_THREE });
  await other.expectError("route_not_found");
});

linked("only the node itself asks other nodes, where the zone allows it", async ({ one, two, bench }) => {
  void echo(two.host.mountStreams("echo"));
  const [address] = one.addresses();
  const own = await ObjectGuest.enter(bench, address, "own");
  await own.query("echo", { target: ID_TWO, zone: 3 });
  await own.expectError("route_not_found");
  await own.open("echo", { target: ID_TWO });
  const three = await ObjectGuest.enter(bench, address, "three");
  await three.query("echo", { target: ID_TWO });
  await three.expectError("target_not_allowed");
  const nobody = await ObjectGuest.enter(bench, address);
  await nobody.query("echo", { target: ID_TWO });
  await nobody.expectError("route_not_found");
});

linked("the node's own guests ask for its state and its peers", async ({ one, bench }) => {
  const guest = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  one.host.mountStreams("shop");
  await guest.open("warpwire.status");
  const status = JSON.parse(new TextDecoder().decode(await takeAll(guest.connection)));
  assert.equal(status, JSON.parse(JSON.stringify(one.status())));
  assert.is(status.identity, ID_ONE);
  assert.is(status.alias, "one");
  assert.equal(status.addresses, one.addresses());
  assert.equal(status.registrations, [{ kind: "mount", name: "shop", address: "" }]);
  const other = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  await other.open("warpwire.peers");
  const lines = new TextDecoder().decode(await takeAll(other.connection)).trimEnd().split("\n");
  assert.is(lines.length, 1);
  const peer = { identity: ID_TWO, name: "friend", queriesIn: 0, queriesOut: 0, streams: 0, seenMs: 0 };
  assert.equal(JSON.parse(lines[0]), peer);
});

linked("services ping each other", async ({ one, two, bench }) => {
  const guest = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  await guest.open("warpwire.ping?peer=friend&count=3");
  const text = new TextDecoder().decode(await takeAll(guest.connection));
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.map(({ peer, seq }) => [peer, seq]), [[ID_TWO, 1], [ID_TWO, 2], [ID_TWO, 3]]);
  for (const { rttMs } of lines) assert.ok(rttMs >= 0 && rttMs < 10_000);
  assert.is(typeof lines[0].openMs, "number");
  assert.is(one.status().peers[0].queriesOut, 1);
  const [seen] = two.status().peers;
  assert.is(seen.identity, ID_ONE);
  assert.is(seen.name, shortIdentity(ID_ONE));
  assert.is(seen.queriesIn, 1);

  const other = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  await other.open(`warpwire.ping?peer=${ID_THREE}&count=3`);
  const [line, end] = new TextDecoder().decode(await takeAll(other.connection)).split("\n");
  assert.equal(JSON.parse(line), { peer: ID_THREE, seq: 1, error: "unreachable" });
  assert.is(end, "");
  const wrong = await ObjectGuest.enter(bench, one.addresses()[0], "own");
  for (const query of ["warpwire.ping", "warpwire.ping?peer=friend&count=0", "warpwire.ping?peer=friend&count=1e9"]) {
    await wrong.query(query);
    await wrong.expect("mod.apphost.query_rejected_msg");
  }
});

test("a peer that sends other bytes back has not answered a ping", async () => {
  const network = new MemoryNetwork();
  const link = await memoryHost({ network, peerId: ID_ONE });
  const friend = await memoryHost({ network, peerId: ID_TWO });
  {
    const listen = [{ address: "tcp:127.0.0.1:0", protocol: "2026" as const }];
    await using service = await astralService({ identity: ID_ONE, link, listen, tokens: { own: "localnode" } });
    await using bench = new Bench();
    const guest = await ObjectGuest.enter(bench, service.addresses()[0], "own");
    const protocol = friend.mountStreams(LINK_PATH);
    const answering = (async () => {
      const stream = await protocol.acceptStream();
      const [high, low] = await readBytes(stream, 2);
      await readBytes(stream, high * 256 + low);
      await stream.write(Uint8Array.of(0));
      const sent = new Uint8Array(1000);
      const count = await stream.read(sent) ?? 0;
      await stream.write(sent.subarray(0, count).map((byte) => byte ^ 1));
    })();
    await guest.open(`warpwire.ping?peer=${ID_TWO}`);
    const line = new TextDecoder().decode(await takeAll(guest.connection));
    assert.equal(JSON.parse(line), { peer: ID_TWO, seq: 1, error: "protocol" });
    await answering;
  }
  await Promise.all([link, friend].map((host) => host.stop()));
});

linked("nobody else may look at the service, and everybody may ping it", async ({ one, two, bench }) => {
  for (const query of ["warpwire.status", "warpwire.peers", "warpwire.ping?peer=friend", "apphost.list_tokens"]) {
    for (const token of ["three", ""]) {
      const guest = await ObjectGuest.enter(bench, one.addresses()[0], token);
      await guest.query(query);
      await guest.expect("mod.apphost.query_rejected_msg");
    }
    await fails(two.host.openStream({ peerId: ID_ONE }, query), "rejected");
  }
  await fails(two.host.openStream({ peerId: ID_ONE }, "apphost.whoami"), "rejected");
  const guest = await ObjectGuest.enter(bench, one.addresses()[0], "three");
  await guest.open(PING_NAME);
  await guest.connection.stream.write(utf8("anyone?"));
  assert.equal(await take(guest.connection, 7), utf8("anyone?"));
});

linked("guests learn who they are, and the node makes tokens that open", async ({ one, bench }) => {
  const [address] = one.addresses();
  const answerOf = async (token: string, query: string) => {
    const guest = await ObjectGuest.enter(bench, address, token);
    await guest.open(query);
    return await takeAll(guest.connection);
  };
  const objectOf = async (token: string, query: string) => decodeObject(await answerOf(token, query)).object;
  assert.equal(await objectOf("three", "apphost.whoami"), { type: "identity", value: ID_THREE });
  const json = encodeObjectJson({ type: "identity", value: ID_ONE });
  assert.is(new TextDecoder().decode(await answerOf("own", "apphost.whoami?out=json")), `${json}\n`);

  assert.equal(await objectOf("three", "dir.resolve?name=friend"), { type: "identity", value: ID_TWO });
  const unknown = await objectOf("three", "dir.resolve?name=nobody");
  assert.equal(unknown, { type: "error_message", value: "unknown identity: nobody" });

  const made = await objectOf("own", "apphost.create_token?id=friend&duration=1h");
  assert.is(made.type, "apphost.access_token");
  const { identity, token, expiresAt } = made.value as { identity: string; token: string; expiresAt: bigint };
  assert.is(identity, ID_TWO);
  const leftMs = Number(expiresAt / 1_000_000n) - Date.now();
  assert.ok(leftMs > 3_500_000 && leftMs <= 3_600_001, `${leftMs}`);
  assert.equal(await objectOf(token, "apphost.whoami"), { type: "identity", value: ID_TWO });

  const expired = await objectOf("own", "apphost.create_token?id=friend&duration=0");
  const guest = await ObjectGuest.enter(bench, address);
  await guest.send("mod.apphost.auth_token_msg", { token: (expired.value as { token: string }).token });
  await guest.expectError("auth_failed");

  const fresh = await objectOf("", "apphost.register");
  const app = fresh.value as { identity: string; token: string };
  assert.match(app.identity, /^0[23][0-9a-f]{64}$/);
  assert.equal(await objectOf(app.token, "apphost.whoami"), { type: "identity", value: app.identity });

  const list = new TextDecoder().decode(await answerOf("own", "apphost.list_tokens?out=json")).trimEnd().split("\n");
  // The one that is over is not among them: clients take the first.
  assert.is(list.length, 5);
  assert.is(list[4], '{"Type":"eos","Object":{}}');
  assert.ok(list.some((line) => line.includes(app.token)));
  for (const id of ["friend", ID_TWO]) {
    const own = new TextDecoder().decode(await answerOf("own", `apphost.list_tokens?id=${id}&out=json`));
    assert.equal(own.split("\n").map((line) => line.includes(token)), [true, false, false], own);
  }
  assert.is((await objectOf("own", `apphost.list_tokens?id=03${"0".repeat(63)}1`)).type, "eos");
  const failed = await objectOf("own", "apphost.list_tokens?id=nobody");
  assert.equal(failed, { type: "error_message", value: "unknown identity: nobody" });
  for (const query of ["apphost.list_tokens?id=nobody&out=json", "apphost.list_tokens?id", "apphost.whoami?out=text"]) {
    const wrong = await ObjectGuest.enter(bench, address, "own");
    await wrong.query(query);
    await wrong.expect("mod.apphost.query_rejected_msg");
  }
});

linked("a service that stops ends the streams of other nodes", async ({ one, two }) => {
  const stream = await two.host.openStream({ peerId: ID_ONE }, PING_NAME);
  await stream.write(utf8("?"));
  assert.is(await stream.read(new Uint8Array(1)), 1);
  const ending = stream.read(new Uint8Array(1)).catch((error) => error.code);
  await one.stop();
  assert.ok([null, "reset"].includes(await ending));
  await fails(two.host.openStream({ peerId: ID_ONE }, PING_NAME), "unreachable");
});

test("one peer leaves streams for others", async () => {
  const network = new MemoryNetwork();
  const [link, greedy, modest] = await Promise.all(
    [ID_ONE, ID_TWO, ID_THREE].map((peerId) => memoryHost({ network, peerId })),
  );
  const refused: string[] = [];
  const onEvent = (event: ServiceEvent) => event.type === "peer-refused" && refused.push(event.peer);
  const service = await astralService({ identity: ID_ONE, link, listen: [], limits: { peerStreamsMax: 8 }, onEvent });
  for (let count = 0; count < 2; count++) await greedy.openStream({ peerId: ID_ONE }, LINK_PATH);
  await fails(greedy.openStream({ peerId: ID_ONE }, LINK_PATH), "rejected");
  assert.equal(refused, [ID_TWO]);
  await modest.openStream({ peerId: ID_ONE }, LINK_PATH);
  await service.stop();
  await Promise.all([link, greedy, modest].map((host) => host.stop()));
});

test("durations are read as Go writes them", () => {
  const rows: [string, number | null][] = [
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    ["250ms", 250],
    ["1000000", 1],
    ["", null],
    ["1", 1e-6],
    ["h", null],
    ["-1s", null],
    ["1d", null],
  ];
  for (const [text, expected] of rows) assert.is(parseDurationMs(text), expected, text);
});

test("what comes over the link and is no query ends alone", async () => {
  const network = new MemoryNetwork();
  const peers = [ID_ONE, ID_TWO, "somebody"];
  const [link, known, unknown] = await Promise.all(peers.map((peerId) => memoryHost({ network, peerId })));
  const service = await astralService({ identity: ID_ONE, link, listen: [] });
  void echo(service.host.mountStreams("echo"));
  // A peer without an identity has no name under which a program could know it.
  await fails(unknown.openStream({ peerId: ID_ONE }, LINK_PATH), "rejected");
  for (const hello of [[0, 0, 0x61], [0, 2, 0xff, 0xff], []]) {
    const stream = await known.openStream({ peerId: ID_ONE }, LINK_PATH);
    await stream.write(Uint8Array.from(hello));
    if (hello.length === 0) {
      await stream.close();
      continue;
    }
    const answer = await readAll(stream).catch(() => new Uint8Array(0));
    assert.ok(answer.length <= 1, `${hello}`);
  }
  const stream = await known.openStream({ peerId: ID_ONE }, LINK_PATH);
  await stream.write(Uint8Array.from([0, 4, ...utf8("echo"), ...utf8("still here")]));
  const answer = new Uint8Array(11);
  for (let filled = 0; filled < 11;) filled += await stream.read(answer.subarray(filled)) ?? 11;
  assert.equal(answer, Uint8Array.from([0, ...utf8("still here")]));
  await service.stop();
  await Promise.all([link, known, unknown].map((host) => host.stop()));
});

test.run();
