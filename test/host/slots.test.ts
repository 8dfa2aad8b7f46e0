import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Libp2pSlots } from "../../src/host/libp2p/slots.ts";
import { machineGroup, type SlotHolder, SlotTable } from "../../src/host/connect/slots.ts";

const test = suite("slots");

interface Named extends SlotHolder {
  readonly name: string;
  known: boolean;
  used: boolean;
}

/** Slots whose holders note their names when they give way. */
function table(slotsMax: number, groupSlotsMax?: number) {
  const gone: string[] = [];
  const slots = new SlotTable<Named>(slotsMax, groupSlotsMax);
  const take = (name: string, group: string | null, is: { known?: boolean; used?: boolean } = {}) => {
    const holder = {
      name,
      group,
      known: is.known ?? false,
      used: is.used ?? false,
      evict: () => void gone.push(name),
    };
    return { taken: slots.take(holder), holder };
  };
  return { slots, gone, take };
}

test("the oldest idle stranger gives way, those in use and those known do not", () => {
  const { gone, take, slots } = table(4, 4);
  take("known", "k", { known: true });
  take("used", "a", { used: true });
  take("old", "b");
  take("young", "c");
  assert.ok(take("new", "d").taken);
  assert.equal(gone, ["old"]);
  assert.ok(take("newer", "e").taken);
  assert.equal(gone, ["old", "young"]);
  assert.is(slots.size, 4);
});

test("strangers in use give way to known peers only", () => {
  const { gone, take } = table(2, 2);
  take("a", "a", { used: true });
  take("b", "b", { used: true });
  assert.not.ok(take("stranger", "c").taken);
  assert.ok(take("friend", "f", { known: true }).taken);
  assert.equal(gone, ["a"]);
  assert.ok(take("other", "g", { known: true, used: true }).taken);
  assert.equal(gone, ["a", "b"]);
  assert.not.ok(take("stranger", "c").taken);
  // Of known peers, too, those that do nothing give way to others.
  assert.ok(take("third", "h", { known: true, used: true }).taken);
  assert.equal(gone, ["a", "b", "friend"]);
  assert.not.ok(take("fourth", "i", { known: true }).taken);
});

test("a machine that has its share displaces only itself", () => {
  const { gone, take } = table(8);
  take("other", "o");
  for (let count = 0; count < 4; count++) take(`m${count}`, "m", { used: count === 0 });
  assert.ok(take("m4", "m").taken);
  assert.equal(gone, ["m1"]);
  for (const name of ["m5", "m6", "m7"]) take(name, "m", { used: true });
  assert.not.ok(take("m8", "m").taken, "all of its share are in use");
  assert.equal(gone, ["m1", "m2", "m3", "m4"]);
  assert.ok(take("friend", "m", { known: true }).taken, "a known peer of the same machine is not counted among them");
});

test("a flood of many machines displaces the one that has the most", () => {
  const { gone, take } = table(4, 3);
  take("one", "x");
  for (const name of ["y1", "y2", "y3"]) take(name, "y");
  assert.ok(take("new", "z").taken);
  assert.equal(gone, ["y1"]);
});

test("who becomes known or used keeps the place, and who has left it leaves room", () => {
  const { gone, take, slots } = table(2, 2);
  const first = take("first", "a").holder;
  const second = take("second", "b").holder;
  first.known = true;
  second.used = true;
  assert.not.ok(take("third", "c").taken);
  slots.leave(second);
  slots.leave(second);
  assert.ok(take("third", "c").taken);
  assert.equal(gone, []);
});

test("without a group there is no share", () => {
  const { take } = table(3);
  for (const name of ["a", "b", "c"]) assert.ok(take(name, null, { used: true }).taken);
  assert.not.ok(take("d", null).taken);
});

test("a machine is its address, with IPv6 its network", () => {
  const rows: [string | undefined, string | null][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:1:0002::1", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
    [undefined, null],
    ["", null],
  ];
  for (const [address, group] of rows) assert.is(machineGroup(address), group, String(address));
});

test("connections that have not proven who they are have a number, in all and of one machine", () => {
  const cut: string[] = [];
  const plan = { connectionsMax: 1000, isKnown: () => false, isUsed: () => false, whenRefused() {} };
  const { gater } = new Libp2pSlots(plan);
  const begin = (ip: string) =>
    gater.denyInboundConnection!({
      remoteAddr: { toString: () => `/ip4/${ip}/tcp/1` },
      abort: () => cut.push(ip),
      addEventListener() {},
    } as never);
  const numbers = Array.from({ length: 128 }, (_, number) => number);
  for (const number of numbers) assert.is(begin(`10.0.0.${number}`), false);
  assert.equal(cut, []);
  for (const number of numbers) begin(`10.0.1.${number}`);
  assert.is(cut.length, 128);
  cut.length = 0;
  for (const _ of numbers) begin("10.0.2.1");
  assert.ok(cut.filter((ip) => ip !== "10.0.2.1").length <= 64, "one machine displaces itself at last");
});

test.run();
