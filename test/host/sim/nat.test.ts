import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DatagramProtocol, PeerInfo } from "../../../src/host/host.ts";
import { type NatOptions, type SimHost, type SimNat, SimNetwork } from "../../../src/host/sim/mod.ts";

const test = suite("simulated NATs");

/** A host with what it has got: the first byte of each datagram, and from where. */
interface Member {
  readonly host: SimHost;
  readonly got: { readonly byte: number; readonly from: string; readonly peerId: string }[];
  send(byte: number, to: PeerInfo | string): void;
}

function scene() {
  const network = new SimNetwork({ seed: 1, link: { latencyMs: 10 } });
  const add = (nat?: SimNat, address?: string): Member => {
    const host = network.addHost({ ...(nat && { nat }), ...(address !== undefined && { address }) });
    void host.start();
    const got: Member["got"] = [];
    const mount: DatagramProtocol = host.mountDatagrams("storj", {
      raw: true,
      receive: ({ bytes, peerInfo: { peerId, addresses } }) =>
        void got.push({ byte: bytes[0], from: addresses![0], peerId }),
    });
    const send = (byte: number, to: PeerInfo | string) => {
      const peer = typeof to === "string" ? { peerId: "", addresses: [to] } : to;
      void mount.sendDatagram(Uint8Array.of(byte), peer);
    };
    return { host, got, send };
  };
  const pass = (ms: number) => network.runSync({ untilMs: network.nowMs + ms });
  return { network, add, pass };
}

function addressOf({ host }: Member): string {
  return host.info.addresses![0];
}

test("hosts behind a NAT have inner addresses, and share one outside", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat();
  const [inner, other, outer] = [add(nat), add(nat), add()];
  assert.equal([inner, other].map(addressOf), ["udp:192.168.0.1:4653", "udp:192.168.0.2:4653"]);
  assert.is(nat.ip, "172.16.0.1");
  assert.is(network.addNat().ip, "172.16.0.2");
  inner.send(1, addressOf(outer));
  other.send(2, outer.host.info);
  pass(20);
  assert.equal(outer.got, [
    { byte: 1, from: "udp:172.16.0.1:1024", peerId: "" },
    { byte: 2, from: "udp:172.16.0.1:1025", peerId: "" },
  ]);
  for (const [index, { from }] of outer.got.entries()) outer.send(3 + index, from);
  pass(20);
  assert.equal(inner.got, [{ byte: 3, from: addressOf(outer), peerId: outer.host.peerId }]);
  assert.is(other.got[0].byte, 4);
});

test("a house has its own addresses: others don't know them, and another house has the same ones", () => {
  const { network, add, pass } = scene();
  const [nat, second] = [network.addNat(), network.addNat()];
  const [inner, neighbour, stranger, outer] = [add(nat), add(nat), add(second), add()];
  assert.is(addressOf(stranger), addressOf(inner));
  neighbour.send(1, addressOf(inner));
  neighbour.send(2, inner.host.info);
  outer.send(3, addressOf(inner));
  pass(20);
  assert.equal(inner.got.map(({ byte, from }) => [byte, from]), [[1, addressOf(neighbour)], [2, addressOf(neighbour)]]);
  assert.equal([stranger.got, nat.lost], [[], 0]);
  // Ids are known everywhere, but lead nowhere.
  outer.send(4, inner.host.info);
  stranger.send(5, inner.host.info);
  pass(20);
  assert.equal([inner.got.length, nat.lost, second.lost], [2, 2, 0]);
  assert.throws(
    () => network.addHost({ nat, address: addressOf(inner) }),
    (error: Error & { code?: string }) => error.code === "address",
  );
});

/** Which of these get through to a host that has sent to one address: that one, another port there, another host. */
function whoGetsIn(options: NatOptions): { readonly gotIn: number[]; readonly lost: number } {
  const { network, add, pass } = scene();
  const nat = network.addNat(options);
  const [inner, asked, elsewhere] = [add(nat), add(), add()];
  const otherPort = add(undefined, addressOf(asked).replace(":4653", ":4654"));
  inner.send(1, addressOf(asked));
  pass(20);
  const [{ from }] = asked.got;
  for (const [byte, member] of [asked, otherPort, elsewhere].entries()) member.send(byte, from);
  pass(20);
  return { gotIn: inner.got.map(({ byte }) => byte), lost: nat.lost };
}

test("filters let in everybody, an address, or an address and port", () => {
  for (const mapping of ["socket", "destination"] as const) {
    assert.equal(whoGetsIn({ mapping, filter: "none" }), { gotIn: [0, 1, 2], lost: 0 });
    assert.equal(whoGetsIn({ mapping, filter: "address" }), { gotIn: [0, 1], lost: 1 });
    assert.equal(whoGetsIn({ mapping, filter: "port" }), { gotIn: [0], lost: 2 });
  }
  assert.equal(whoGetsIn({}), { gotIn: [0], lost: 2 }, "the strictest by default");
});

test("a cone has one port for all, a symmetric one has one for each destination", () => {
  for (const [mapping, ports] of [["socket", [1024, 1024, 1024]], ["destination", [1024, 1025, 1024]]] as const) {
    const { network, add, pass } = scene();
    const nat = network.addNat({ mapping });
    const [inner, one, two] = [add(nat), add(), add()];
    for (const to of [one, two, one]) inner.send(0, addressOf(to));
    pass(20);
    const from = [one.got[0], two.got[0], one.got[1]].map(({ from }) => from);
    assert.equal(from, ports.map((port) => `udp:172.16.0.1:${port}`), mapping);
  }
});

test("a port closes 30 s after the last datagram out, whatever comes in, and another one opens", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat({ filter: "none" });
  const [inner, outer] = [add(nat), add()];
  inner.send(1, addressOf(outer));
  pass(10);
  const [{ from }] = outer.got;
  pass(19_980);
  outer.send(2, from);
  pass(9_000);
  inner.send(3, addressOf(outer));
  pass(29_000);
  outer.send(4, from);
  pass(995);
  outer.send(5, from);
  pass(10);
  // The last one came a moment too late, though it was sent in time.
  assert.equal([inner.got.map(({ byte }) => byte), nat.lost], [[2, 4], 1]);
  inner.send(6, addressOf(outer));
  pass(20);
  assert.equal(outer.got.map(({ from }) => from), [from, from, from.replace(":1024", ":1025")]);
  outer.send(7, from);
  pass(20);
  assert.is(nat.lost, 2);
});

test("who was sent to is let in for 30 s each", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat({ filter: "address", idleMs: 1000 });
  const [inner, one, two] = [add(nat), add(), add()];
  inner.send(0, addressOf(one));
  pass(600);
  inner.send(0, addressOf(two));
  pass(600);
  const from = `udp:${nat.ip}:1024`;
  one.send(1, from);
  two.send(2, from);
  pass(20);
  assert.equal(inner.got.map(({ byte }) => byte), [2]);
});

test("hosts of one house reach each other by their outer addresses, where the filter lets them", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat();
  const [one, two, outer] = [add(nat), add(nat), add()];
  for (const member of [one, two]) member.send(0, addressOf(outer));
  pass(20);
  const [ofOne, ofTwo] = outer.got.map(({ from }) => from);
  one.send(1, ofTwo);
  pass(20);
  assert.equal([two.got, nat.lost], [[], 1]);
  two.send(2, ofOne);
  one.send(3, ofTwo);
  pass(20);
  assert.equal(one.got, [{ byte: 2, from: ofTwo, peerId: "" }]);
  assert.equal(two.got, [{ byte: 3, from: ofOne, peerId: "" }]);
});

test("two hosts behind different NATs open the way by sending at the same time; a symmetric one stays closed", () => {
  for (const [mapping, gotIn] of [["socket", 1], ["destination", 0]] as const) {
    const { network, add, pass } = scene();
    const [one, two, outer] = [add(network.addNat()), add(network.addNat({ mapping })), add()];
    for (const member of [one, two]) member.send(0, addressOf(outer));
    pass(20);
    const [ofOne, ofTwo] = outer.got.map(({ from }) => from);
    one.send(1, ofTwo);
    two.send(2, ofOne);
    pass(20);
    assert.equal([one.got.length, two.got.length], [gotIn, gotIn], mapping);
  }
});

test("what nobody has is lost: a port that is not open, an address outside that is no NAT", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat();
  const [inner, outer] = [add(nat), add()];
  for (const to of [`udp:${nat.ip}:1024`, `udp:${nat.ip}:`, "udp:172.16.9.9:1024", "nonsense", ""]) outer.send(1, to);
  inner.send(1, "udp:172.16.9.9:1024");
  inner.send(1, "");
  pass(100);
  assert.equal([inner.got, outer.got, nat.lost], [[], [], 2]);
});

test("tables stay small, and all ports can be used", () => {
  const { network, add, pass } = scene();
  const nat = network.addNat({ mapping: "destination", idleMs: 1000 });
  const [inner, outer] = [add(nat), add()];
  for (let round = 0; round < 3; round++) {
    for (let port = 1; port < 30_000; port++) inner.send(0, `udp:10.9.9.9:${port}`);
    pass(1000);
  }
  inner.send(7, addressOf(outer));
  pass(20);
  assert.is(outer.got[0].from, `udp:${nat.ip}:${1024 + 3 * 29_999 - 64_512}`);
  for (let port = 1; port <= 65_535; port++) inner.send(0, `udp:10.9.9.9:${port}`);
  assert.is(nat.lost, 65_536 - 64_512, "one for each that was left, beside the one that is open");
  pass(1000);
  inner.send(8, addressOf(outer));
  pass(20);
  assert.is(outer.got[1].byte, 8, "they are free again");
});

test("loss, partitions and crashes hold behind NATs as elsewhere", async () => {
  const { network, add, pass } = scene();
  const nat = network.addNat();
  const [inner, outer] = [add(nat), add()];
  network.setLink(inner.host, outer.host, { down: true });
  inner.send(1, addressOf(outer));
  network.setLink(inner.host, outer.host, { down: false });
  network.partition([inner.host]);
  inner.send(2, addressOf(outer));
  network.heal();
  inner.send(3, addressOf(outer));
  pass(20);
  assert.equal(outer.got.map(({ byte }) => byte), [3]);
  inner.host.crash();
  outer.send(4, outer.got[0].from);
  pass(20);
  assert.equal([inner.got, nat.lost], [[], 0]);
  await inner.host.start();
});

test("a run with NATs is the same each time", () => {
  const run = (seed: number) => {
    const network = new SimNetwork({ seed, link: { latencyMs: 20, jitterMs: 10, loss: 0.1, duplicate: 0.1 } });
    const nats = [network.addNat(), network.addNat({ mapping: "destination" }), network.addNat({ filter: "none" })];
    const hosts = Array.from(
      { length: 60 },
      (_, index) => network.addHost(index % 5 < 3 ? {} : { nat: nats[index % 3] }),
    );
    const known = hosts.map(() => hosts.filter(({ index }) => index % 5 < 3).map(({ info }) => info));
    for (const [index, host] of hosts.entries()) {
      void host.start();
      const mount = host.mountDatagrams("x", { receive: ({ peerInfo }) => void known[index].push(peerInfo) });
      const beat = () => {
        void mount.sendDatagram(
          host.random.bytes(8),
          known[index][Math.floor(host.random.next() * known[index].length)],
        );
        host.clock.setTimer(1000 * host.random.next(), beat);
      };
      beat();
    }
    network.runSync({ untilMs: 120_000 });
    return `${network.digest()} ${nats.map(({ lost }) => lost)}`;
  };
  assert.is(run(1), run(1));
  assert.is.not(run(1), run(2));
  assert.not.match(run(1), / 0,0,0/);
});

test.run();
