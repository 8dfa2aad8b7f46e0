import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { addressOf, RPC_ERROR_CODES, wireAddress } from "../../src/rpc/mod.ts";
import { root } from "../../tasks/project.ts";
import { seed } from "../codec/seed.ts";

const test = suite("rpc: addresses and errors");

test("an IP and a port are the address of a host, and back", () => {
  const rows: [ip: string, port: number, address: string][] = [
    ["10.0.0.1", 4653, "udp:10.0.0.1:4653"],
    ["255.255.255.255", 65535, "udp:255.255.255.255:65535"],
    ["0.0.0.0", 1, "udp:0.0.0.0:1"],
    ["::1", 5, "udp:[::1]:5"],
    ["2001:db8::8:800:200c:417a", 80, "udp:[2001:db8::8:800:200c:417a]:80"],
    ["::ffff:1.2.3.4", 80, "udp:[::ffff:1.2.3.4]:80"],
  ];
  for (const [ip, port, address] of rows) {
    assert.is(addressOf(ip, port), address);
    assert.equal(wireAddress(address), { ip, port });
  }
});

test("IPv6 is written in one way", () => {
  for (
    const [ip, written] of [
      ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
      ["0001:02::", "1:2::"],
      ["::ffff:0102:0304", "::ffff:1.2.3.4"],
      ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ]
  ) assert.is(addressOf(ip, 9), `udp:[${written}]:9`, ip);
});

test("what is not an IP address with a port is none", () => {
  for (
    const ip of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.256",
      "01.2.3.4",
      "1..2.3",
      "1.2.3.",
      ".1.2.3",
      "1.2.3.4 ",
      "localhost",
    ]
  ) assert.is(addressOf(ip, 1), null, ip);
  for (
    const ip of [":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1.2.3.4::", "fe80::1%eth0"]
  ) {
    assert.is(addressOf(ip, 1), null, ip);
  }
  for (const port of [0, -1, 65536, 1.5, NaN]) assert.is(addressOf("1.2.3.4", port), null);
  for (const address of ["tcp:1.2.3.4:5", "unix:/run/x", "alice", "udp:", "udp:1.2.3.4", "udp:1.2.3.4:0"]) {
    assert.equal(wireAddress(address), { ip: "", port: 0 }, address);
  }
});

test("random texts are addresses exactly when Node thinks so", () => {
  const random = new SeededRandom(seed);
  let found = 0;
  for (let count = 0; count < 20_000; count++) {
    const alphabet = count % 2 === 0 ? "0129.." : "01f:::.";
    const length = 1 + Math.floor(random.next() * 16);
    const text = Array.from({ length }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join("");
    const isIP = isIPv4(text) || isIPv6(text);
    assert.is(addressOf(text, 1) !== null, isIP, `WARPWIRE_SEED=${seed}: ${text}`);
    if (isIP) found++;
  }
  assert.ok(found > 50, `${found} addresses`);
});

test("the codes of errors are those of docs/errors.md", () => {
  const text = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const part = text.slice(text.indexOf("\n## Calls of storj nodes"), text.indexOf("\n## truncated"));
  const rows = [...part.matchAll(/^\| `([a-z-]+)` *\| (.+?) *\|$/gm)];
  assert.equal(rows.map(([, code]) => code), Object.keys(RPC_ERROR_CODES));
  for (const [, code, meaning] of rows) {
    assert.ok(meaning.startsWith(RPC_ERROR_CODES[code as keyof typeof RPC_ERROR_CODES]), meaning);
  }
});

test.run();
