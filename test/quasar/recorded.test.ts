import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatHex, parseHex } from "../../codec/mod.ts";
import { HEADER_BYTES } from "../../codec/protocols/storj/mod.ts";
import { fixture } from "../fixture.ts";
import { Lone } from "./lone.ts";
import { addressOf, idOf } from "./wire-node.ts";

const test = suite("quasar: recorded datagrams");

/** What an original was sent, what it answered, and what it sent to others. */
interface Recorded {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly extra: readonly string[];
}

const { cases } = fixture("storj-datagrams-and-filters.json") as { readonly cases: readonly Recorded[] };
const recorded = cases.find(({ name }) => name === "quasar_notify")!;
const body = (hex: string) => hex.slice(2 * HEADER_BYTES);

test("an event gets the recorded answer, and goes on in the recorded bytes", () => {
  const node = new Lone();
  node.add(0xaa, [], false);
  node.add(0xcc, [], false);
  node.host.deliver(parseHex(recorded.request), addressOf(0xaa));
  const [first, second, ...more] = node.host.take();
  assert.is(more.length, 0);
  const [answer, forward] = formatHex(first.bytes).startsWith("03") ? [first, second] : [second, first];
  assert.is(formatHex(answer.bytes), recorded.response);
  assert.is(answer.to, addressOf(0xaa));
  assert.is(body(formatHex(forward.bytes)), body(recorded.extra[0]));
  // The original sends it back to the one who has it.
  assert.is(forward.to, addressOf(0xcc));
});

test("the same datagram once more, and the same event from somebody else, go no further", () => {
  const node = new Lone().subscribe("topic");
  node.add(0xcc, [], false);
  node.host.deliver(parseHex(recorded.request), addressOf(0xaa));
  assert.is(node.host.take().length, 2);
  node.host.deliver(parseHex(recorded.request), addressOf(0xaa));
  const other = parseHex(recorded.request);
  other[5] ^= 1;
  node.host.deliver(other, addressOf(0xdd));
  const answers = node.host.take().map(({ bytes, to }) => [body(formatHex(bytes)), to]);
  assert.equal(answers, [["c0", addressOf(0xaa)], ["c0", addressOf(0xdd)]]);
  assert.equal(node.got, [["topic", "event"]]);
  assert.equal(node.routing.stats().duplicates, 1);
});

test("a subscriber names itself among the publishers, before what it sends on", () => {
  const node = new Lone().subscribe("topic");
  node.add(0xcc, [["topic"]], false);
  node.host.deliver(parseHex(recorded.request), addressOf(0xaa));
  const [{ args }] = node.sent();
  assert.equal((args as { publishers: Uint8Array[] }).publishers, [idOf(0xaa), idOf(0xbb), idOf(0xcc)]);
});

test.run();
