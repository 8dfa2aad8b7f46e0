import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SeededRandom } from "../../src/host/sim/mod.ts";
import { compareDistances, IdIndex } from "./id-index.ts";

const test = suite("nearest ids of a simulation");
const SEED = 7;

test("the nearest are those that a comparison with all ids finds", () => {
  const random = new SeededRandom(SEED);
  const index = new IdIndex<{ id: Uint8Array }>();
  const items: { id: Uint8Array }[] = [];
  for (let turn = 0; turn < 400; turn++) {
    const id = random.bytes(20);
    // Many with a common beginning, as around a key that is attacked.
    if (turn % 3 === 0) id.fill(0x5a, 0, 19);
    if (items.some((item) => item.id.every((byte, at) => byte === id[at]))) continue;
    items.push({ id });
    index.add(items.at(-1)!);
    if (turn % 7 === 0) index.remove(items.splice(Math.floor(random.next() * items.length), 1)[0]);
    assert.is(index.size, items.length);
    const key = turn % 2 === 0 ? random.bytes(20) : items[0].id;
    const count = 1 + Math.floor(30 * random.next());
    const nearest = [...items].sort((a, b) => compareDistances(a.id, b.id, key)).slice(0, count);
    assert.equal(index.closest(key, count), nearest, `seed ${SEED}, turn ${turn}`);
  }
});

test.run();
