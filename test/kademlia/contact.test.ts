import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ContactCache, sameContact } from "../../src/kademlia/contact.ts";
import { EXEMPT, networkOf } from "../../src/kademlia/diversity.ts";
import { tripOf, withExtensions, withRpcudp, withStrikes, withTrip } from "../../src/kademlia/record.ts";
import { extensionsOf, isRpcudp, strikesOf } from "../../src/kademlia/record.ts";
import { check } from "../codec/seed.ts";
import { idOf } from "./make.ts";

const test = suite("contacts");

test("one object for one node at one address", () => {
  const cache = new ContactCache();
  const id = idOf([1, 2, 3]);
  const contact = cache.intern(id, "10.0.0.1", 4653)!;
  assert.is(contact.address, "udp:10.0.0.1:4653");
  assert.is(cache.intern(id.slice(), "10.0.0.1", 4653), contact);
  assert.is.not(cache.intern(id, "10.0.0.2", 4653), contact);
  assert.is.not(cache.intern(id, "10.0.0.1", 4654), contact);
  assert.is.not(cache.intern(idOf([1, 2, 4]), "10.0.0.1", 4653), contact);
  id.fill(0);
  assert.equal(contact.id, idOf([1, 2, 3]), "the contact has a copy");
  assert.is(cache.intern(idOf([9]), "2001:db8::1", 7)?.address, "udp:[2001:db8::1]:7");
});

test("a cache is as large as it is: others are overwritten, and contacts stay what they were", () => {
  const cache = new ContactCache(64);
  const first = cache.intern(idOf([0xff]), "10.9.9.9", 1)!;
  for (let number = 0; number < 10_000; number++) {
    cache.intern(idOf([number >> 8, number & 255, 7]), "10.0.0.1", 4653);
  }
  const again = cache.intern(idOf([0xff]), "10.9.9.9", 1)!;
  assert.ok(sameContact(first, again));
});

test("what cannot be a contact is none", () => {
  const cache = new ContactCache();
  const id = idOf([1]);
  const bad: [Uint8Array, string, number][] = [
    [id, "10.0.0.1", 0],
    [id, "10.0.0.1", 65536],
    [id, "10.0.0.1", 1.5],
    [id, "10.0.0.1", NaN],
    [id.subarray(1), "10.0.0.1", 4653],
    [new Uint8Array(21), "10.0.0.1", 4653],
    [new Uint8Array(0), "10.0.0.1", 4653],
  ];
  for (const text of ["", "localhost", "10.0.0", "10.0.0.1.2", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", "0x0a.0.0.1"]) {
    bad.push([id, text, 4653]);
  }
  for (const text of ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1"]) {
    bad.push([id, text, 4653]);
  }
  for (const text of ["::", ":::", "::2", "1::2::3", "fe80::1%eth0", "ff02::1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9"]) {
    bad.push([id, text, 4653]);
  }
  for (
    const text of [
      "::ffff:0.0.0.0",
      "::ffff:224.0.0.1",
      "1.2.3.4::",
      "g::1",
      "12345::1",
      "1".repeat(100),
      `${":".repeat(46)}`,
    ]
  ) {
    bad.push([id, text, 4653]);
  }
  for (const [bytes, ip, port] of bad) assert.is(cache.intern(bytes, ip, port), null, `${ip} ${port} ${bytes.length}`);
});

test("networks are /24 and /48, and exempt where they belong to one house", () => {
  for (
    const ip of ["127.0.0.1", "10.255.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255", "169.254.1.1", "::1"]
      .concat(["fe80::1", "fd00::1", "::ffff:127.0.0.1"])
  ) assert.is(networkOf(ip), EXEMPT, ip);
  const same = (a: string, b: string) => networkOf(a) === networkOf(b) && networkOf(a) !== EXEMPT;
  assert.ok(same("8.8.8.1", "8.8.8.255"));
  assert.not(same("8.8.8.1", "8.8.9.1"));
  assert.not(same("172.15.0.1", "172.32.0.1"));
  assert.ok(same("2001:db8:1::1", "2001:DB8:1:ffff:1::2"));
  assert.not(same("2001:db8:1::1", "2001:db8:2::1"));
  assert.ok(same("::ffff:8.8.8.8", "8.8.8.9"));
});

test("records keep each of their parts, round trips to a fiftieth", () => {
  const parts = fc.record({
    meanMs: fc.double({ min: 0.1, max: 16_000, noNaN: true }),
    deviationMs: fc.double({ min: 0.1, max: 8000, noNaN: true }),
    strikes: fc.integer({ min: 0, max: 3 }),
    rpcudp: fc.boolean(),
    extensions: fc.integer({ min: 0, max: 511 }),
  });
  check("records", parts, 2000, ({ meanMs, deviationMs, strikes, rpcudp, extensions }) => {
    let record = withRpcudp(withStrikes(withExtensions(0, extensions), strikes), rpcudp);
    assert.is(tripOf(record), null);
    record = withTrip(record >>> 0, { meanMs, deviationMs });
    const trip = tripOf(record)!;
    assert.ok(Math.abs(trip.meanMs - meanMs) <= 0.002 + meanMs / 50, `${trip.meanMs} ${meanMs}`);
    assert.ok(
      Math.abs(trip.deviationMs - deviationMs) <= 0.002 + deviationMs / 25,
      `${trip.deviationMs} ${deviationMs}`,
    );
    assert.equal([strikesOf(record), isRpcudp(record), extensionsOf(record)], [strikes, rpcudp, extensions]);
    assert.is(tripOf(withTrip(record, { meanMs: 0, deviationMs: 0 }))?.deviationMs, 0);
  });
});

test.run();
