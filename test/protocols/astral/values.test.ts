/**
 * Identities, nonces, zones, times and base64: the values that astral's messages are made of.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, type CodecErrorCode, decode, encode, formatHex, inspect, parseHex } from "../../../codec/mod.ts";
import { formatBase64, parseBase64 } from "../../../codec/protocols/astral/base64.ts";
import {
  formatNonce,
  formatTime,
  formatZone,
  identity,
  isIdentity,
  nonce64,
  parseIdentity,
  parseNonce,
  parseTime,
  parseZone,
  shortIdentity,
  strictIdentity,
  ZERO_IDENTITY,
  ZERO_NONCE,
} from "../../../codec/protocols/astral/mod.ts";

const test = suite("astral values");

const NODE = "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527";
const SEED = 0x5eed_a57a;

function fails(code: CodecErrorCode, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    assert.instance(error, CodecError);
    assert.is((error as CodecError).code, code, (error as CodecError).message);
    return;
  }
  assert.unreachable(`No error where "${code}" was expected`);
}

/** Numbers from 0 to 2^32-1, the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

test("an identity is 33 bytes and 66 digits", () => {
  assert.is(formatHex(encode(identity, NODE)), NODE);
  assert.is(decode(identity, parseHex(NODE)), NODE);
  assert.is(inspect(identity, parseHex(NODE)).value, NODE);
  assert.is(decode(identity, new Uint8Array(33)), ZERO_IDENTITY);
  assert.equal([...encode(identity, ZERO_IDENTITY)], Array(33).fill(0));
  for (let length = 0; length < 33; length++) fails("truncated", () => decode(identity, new Uint8Array(length)));
  for (const bad of [NODE.toUpperCase(), NODE.slice(2), `${NODE}00`, "anyone", "", "g".repeat(66)]) {
    fails("refused", () => encode(identity, bad));
  }
  fails("refused", () => encode(identity, null as unknown as string));
});

test("a strict identity is a compressed key or zero", () => {
  const odd = `04${NODE.slice(2)}`;
  const almostZero = `${"00".repeat(32)}01`;
  assert.is(decode(strictIdentity, parseHex(NODE)), NODE);
  assert.is(decode(strictIdentity, new Uint8Array(33)), ZERO_IDENTITY);
  assert.is(decode(identity, parseHex(odd)), odd);
  for (const bad of [odd, almostZero]) {
    fails("refused", () => decode(strictIdentity, parseHex(bad)));
    fails("refused", () => encode(strictIdentity, bad));
    assert.is(isIdentity(bad), false);
  }
  assert.is(isIdentity(NODE), true);
  assert.is(isIdentity(NODE.toUpperCase()), false);
});

test("an identity is read from text of either case and from anyone", () => {
  assert.is(parseIdentity(NODE.toUpperCase()), NODE);
  assert.is(parseIdentity("anyone"), ZERO_IDENTITY);
  assert.is(parseIdentity("anyone", { strict: true }), ZERO_IDENTITY);
  assert.is(parseIdentity(`04${NODE.slice(2)}`), `04${NODE.slice(2)}`);
  fails("syntax", () => parseIdentity(`04${NODE.slice(2)}`, { strict: true }));
  for (const bad of ["", "Anyone", "localnode", NODE.slice(1), ` ${NODE}`, `${NODE}\n`, "x".repeat(1_000_000)]) {
    fails("syntax", () => parseIdentity(bad));
  }
  assert.is(shortIdentity(NODE), "03e0cb78:9012e527");
});

test("a nonce has 16 digits, and fewer in JSON", () => {
  assert.is(decode(nonce64, parseHex("0123456789abcdef")), "0123456789abcdef");
  assert.is(formatHex(encode(nonce64, "0123456789abcdef")), "0123456789abcdef");
  assert.is(formatNonce("0123456789abcdef"), "123456789abcdef");
  assert.is(formatNonce(ZERO_NONCE), "0");
  assert.is(formatNonce("00000000000000ab"), "ab");
  assert.is(parseNonce("ab"), "00000000000000ab");
  assert.is(parseNonce("0123456789ABCDEF"), "0123456789abcdef");
  assert.is(parseNonce(formatNonce(ZERO_NONCE)), ZERO_NONCE);
  for (const bad of ["", "00123456789abcdef0", "-1", "0x1", "1\n", "g"]) fails("syntax", () => parseNonce(bad));
  for (const bad of ["123456789abcdef", "0123456789ABCDEF"]) fails("refused", () => encode(nonce64, bad));
});

test("every set of zones has its letters", () => {
  const letters = ["", "d", "v", "dv", "n", "dn", "vn", "dvn"];
  for (const [zone, text] of letters.entries()) {
    assert.is(formatZone(zone), text);
    assert.is(parseZone(text), zone);
  }
  assert.is(parseZone("nvdd"), 7);
  for (const bad of ["D", "x", "dvn "]) fails("syntax", () => parseZone(bad));
  for (const bad of [8, 255, -1, 1.5]) fails("range", () => formatZone(bad));
});

test("times are written as Go writes them", () => {
  const rows: [bigint, string][] = [
    [0n, "1970-01-01T00:00:00Z"],
    [0x17979cfe3d85cd15n, "2023-11-14T22:13:20.123456789Z"],
    [1_700_000_000_500_000_000n, "2023-11-14T22:13:20.5Z"],
    [-1n, "1969-12-31T23:59:59.999999999Z"],
    [-(2n ** 63n), "1677-09-21T00:12:43.145224192Z"],
    [2n ** 63n - 1n, "2262-04-11T23:47:16.854775807Z"],
    [951_782_400_000_000_000n, "2000-02-29T00:00:00Z"],
  ];
  for (const [ns, text] of rows) {
    assert.is(formatTime(ns), text);
    assert.is(parseTime(text), ns);
  }
  assert.is(parseTime("2023-11-15T00:13:20+02:00"), 1_700_000_000_000_000_000n);
  assert.is(parseTime("2023-11-14T16:43:20.000-05:30"), 1_700_000_000_000_000_000n);
});

test("a text that is no time is refused", () => {
  const bad = [
    "",
    "2023-11-14",
    "2023-11-14 22:13:20Z",
    "2023-11-14t22:13:20z",
    "2023-11-14T22:13:20",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2023-00-01T00:00:00Z",
    "2023-13-01T00:00:00Z",
    "2023-04-31T00:00:00Z",
    "2023-04-00T00:00:00Z",
    "2023-04-01T24:00:00Z",
    "2023-04-01T23:60:00Z",
    "2023-04-01T23:59:60Z",
    "2023-04-01T23:59:59.Z",
    "2023-04-01T23:59:59.1234567890Z",
    "2023-04-01T23:59:59,5Z",
    "2023-04-01T23:59:59+24:00",
    "2023-04-01T23:59:59+00:60",
    "9".repeat(100_000),
  ];
  for (const text of bad) fails("syntax", () => parseTime(text));
  for (const text of ["1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0001-01-01T00:00:00Z"]) {
    fails("range", () => parseTime(text));
  }
  for (const ns of [2n ** 63n, -(2n ** 63n) - 1n]) fails("range", () => formatTime(ns));
});

test("times agree with the platform's calendar", () => {
  const next = randomNumbers(SEED);
  for (let round = 0; round < 5_000; round++) {
    const ns = BigInt.asIntN(64, BigInt(next()) << 32n | BigInt(next()));
    // Whole milliseconds are what a Date can hold.
    const ms = ns / 1_000_000n;
    const date = new Date(Number(ms));
    const text = formatTime(ms * 1_000_000n);
    assert.is(Date.parse(text), Number(ms), `seed ${SEED}, round ${round}: ${text}`);
    assert.is(parseTime(date.toISOString()), ms * 1_000_000n, `seed ${SEED}, round ${round}`);
    assert.is(parseTime(formatTime(ns)), ns, `seed ${SEED}, round ${round}`);
  }
});

test("base64 has one text for every byte string", () => {
  // RFC 4648, section 10.
  const rows = [["", ""], ["f", "Zg=="], ["fo", "Zm8="], ["foo", "Zm9v"], ["foob", "Zm9vYg=="], ["fooba", "Zm9vYmE="]];
  for (const [text, base64] of rows) {
    const bytes = new TextEncoder().encode(text);
    assert.is(formatBase64(bytes), base64);
    assert.equal(parseBase64(base64), bytes);
  }
  const next = randomNumbers(SEED);
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, () => next());
    assert.is(formatBase64(bytes), btoa(String.fromCharCode(...bytes)), `seed ${SEED}, length ${length}`);
    assert.equal(parseBase64(formatBase64(bytes)), bytes, `seed ${SEED}, length ${length}`);
  }
  for (
    const bad of ["Z", "Zg", "Zg=", "Zg=a", "Z===", "====", "=", "Zh==", "Zm9=", "Zm9v\n", "Zm-_", "Zg==Zg==", "Zgé="]
  ) {
    fails("syntax", () => parseBase64(bad));
  }
});

test.run();
