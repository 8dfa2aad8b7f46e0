import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, formatHex, parseHex } from "../../../codec/mod.ts";
import {
  decodeDatagram,
  encodeRequest,
  filterParams,
  filterPositions,
  FilterSum,
  type FiltersUpdate,
  type IncomingRequest,
  packPositions,
  unpackPositions,
} from "../../../codec/protocols/storj/mod.ts";
import { check } from "../../codec/seed.ts";

const test = suite("storj: changes of filters");

const BITS = 14_730;

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CodecError && error.code === code;
}

/** Positions as the description of the bytes says, written a second time with texts of bits. */
function byHand(positions: readonly number[], k: number): string {
  let bits = "";
  let next = 0;
  for (const position of positions) {
    const gap = position - next;
    bits += "0".repeat(Math.floor(gap / 2 ** k)) + "1";
    for (let bit = 0; bit < k; bit++) bits += String(Math.floor(gap / 2 ** bit) % 2);
    next = position + 1;
  }
  const bytes = (bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt([...byte.padEnd(8, "0")].reverse().join(""), 2));
  return formatHex(Uint8Array.of(k, ...bytes));
}

test("positions as the description has them, by hand", () => {
  assert.is(packPositions([]).length, 0);
  assert.is(formatHex(packPositions([0])), "0001");
  // k = 1: a zero for the first two of three, a one, a one for the third; then a one for no gap, and its bit 0.
  assert.is(formatHex(packPositions([3, 4])), "010e");
  // k = 0 is the bits of the filter.
  assert.is(formatHex(packPositions([0, 1, 3, 4])), "001b");
  const key = filterPositions({ sliceCount: 10, sliceBits: 1473 }, "hello").map((position, slice) =>
    slice * 1473 + position
  );
  const packed = packPositions(key);
  assert.is(formatHex(packed), byHand(key, packed[0]));
  assert.equal([packed[0], packed.length], [10, 16], "ten bits in 15 bytes, and k");
});

test("positions come back, in as few bytes as the bits of the filter or fewer", () => {
  const densities = fc.record({ seed: fc.integer(), density: fc.double({ min: 0, max: 1, noNaN: true }) });
  check("positions", densities, 300, ({ seed, density }) => {
    let state = seed | 1;
    const random = () => (state = Math.imul(state, 0x41c64e6d) + 12345 | 0) >>> 1;
    const positions = Array.from({ length: BITS }, (_, at) => at).filter(() =>
      (random() >>> 8) % 10_000 < density ** 3 * 10_000
    );
    const packed = packPositions(positions);
    assert.equal(unpackPositions(packed, BITS), positions);
    if (positions.length > 0) assert.is(formatHex(packed), byHand(positions, packed[0]));
    const bound = Math.ceil(BITS / 8) + 2;
    assert.ok(packed.length <= 1.01 * bound, `${packed.length} bytes for ${positions.length} positions`);
  });
});

test("what is no list of positions is refused, in the time of its bytes", () => {
  assert.throws(() => unpackPositions(Uint8Array.of(27, 1), BITS), isError("refused"));
  assert.throws(() => unpackPositions(Uint8Array.of(10, 0x80), BITS), isError("length"));
  assert.throws(() => unpackPositions(packPositions([BITS]), BITS), isError("range"));
  assert.throws(() => unpackPositions(new Uint8Array(BITS / 8 + 3).fill(255).with(0, 0), BITS), isError("range"));
  assert.equal(unpackPositions(packPositions([BITS - 1]), BITS), [BITS - 1]);
  // Zeros to the end are no position, however many they are.
  assert.equal(unpackPositions(new Uint8Array(8000).with(0, 26), BITS), []);
  check("any bytes", fc.uint8Array({ maxLength: 300 }), 3000, (bytes) => {
    try {
      const positions = unpackPositions(bytes, BITS);
      assert.ok(positions.every((position, index) => position < BITS && position > (positions[index - 1] ?? -1)));
    } catch (error) {
      assert.ok(error instanceof CodecError, String(error));
    }
  });
});

test("the checksum follows from the bits that are set, and not from the way there", () => {
  const bits = fc.array(fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: BITS - 1 })), {
    maxLength: 60,
  });
  check("checksums", fc.tuple(bits, bits), 500, ([first, second]) => {
    const [there, direct] = [new FilterSum(), new FilterSum()];
    const set = new Set<string>();
    for (const [level, position] of [...first, ...second, ...first]) {
      there.toggle(level, position);
      const name = `${level} ${position}`;
      if (!set.delete(name)) set.add(name);
    }
    for (const name of [...set].sort()) direct.toggle(...name.split(" ").map(Number) as [number, number]);
    assert.ok(there.is(direct.bytes()));
    const before = there.copy();
    there.toggle(1, 7);
    assert.not(there.is(before.bytes()));
    before.toggle(1, 7);
    assert.is(formatHex(there.bytes()), formatHex(before.bytes()));
  });
  // h(n ^ 9e3779b9) and h(n ^ 7f4a7c15) of n = 1·2^26 + 472, computed by a program in another language.
  const one = new FilterSum();
  one.toggle(1, 472);
  assert.is(formatHex(one.bytes()), "48640ff13b6834ed");
});

test("a subscription takes less than 200 bytes, and the update comes back as it was", () => {
  const { sliceBits, sliceCount } = filterParams();
  const positions = filterPositions({ sliceBits, sliceCount }, "news").map((at, slice) => slice * sliceBits + at);
  const nodeId = new Uint8Array(20).fill(0xaa);
  const args: FiltersUpdate = {
    nodeId,
    wanted: true,
    from: parseHex("0102030405060708"),
    to: parseHex("1112131415161718"),
    sizes: null,
    levels: [packPositions(positions), packPositions([]), packPositions([])],
  };
  const request = encodeRequest({ rpc: "warpwire_filters", args, messageId: nodeId });
  assert.ok(request.length < 120, `${request.length} bytes`);
  assert.equal((decodeDatagram(request) as IncomingRequest<"warpwire_filters">).args, args);
  const whole: FiltersUpdate = { ...args, from: null, sizes: filterParams() };
  const again = encodeRequest({ rpc: "warpwire_filters", args: whole, messageId: nodeId, era: "rpcudp" });
  assert.equal((decodeDatagram(again) as IncomingRequest<"warpwire_filters">).args, whole);
});

test.run();
