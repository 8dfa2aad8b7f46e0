/**
 * Requests that are none, in ten thousand ways.
 *
 * @module
 */

import { fromSeed, pick } from "../../codec/arbitrary/mod.ts";
import { CALLS } from "../../src/user-api/calls/mod.ts";

/** What is sent: text, or bytes that may not be UTF-8. */
export type Malformed = string | Uint8Array;

type Random = (max: number) => number;

/** Names that objects have without anybody having given them. */
const INHERITED = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "then", "toJSON"];
const NAMES = new Set(CALLS.flatMap(({ name, otherNames }) => [name, ...otherNames]));
const utf8 = new TextEncoder();

/** So many malformed requests of a seed. */
export function* malformed(seed: number, count: number): Generator<Malformed> {
  const random = fromSeed(seed);
  for (let made = 0; made < count;) {
    const isDamaged = random(2) === 0;
    const request = pick(random, isDamaged ? DAMAGES : BUILT)(random, validText(random));
    // Damage may leave something that is a call, or becomes a notification.
    if (isDamaged && mayBeCalled(request)) continue;
    made++;
    yield request;
  }
}

/** A request of the table's examples. */
function validText(random: Random): string {
  const { name, example: { params } } = pick(random, CALLS);
  return JSON.stringify({ jsonrpc: "2.0", id: random(1000), method: name, params });
}

type Way = (random: Random, valid: string) => Malformed;

/** What is cut, or has something in it that does not belong there. */
const DAMAGES: readonly Way[] = [
  (random, valid) => valid.slice(0, random(valid.length - 1)),
  (random, valid) =>
    spliced(
      valid,
      random(valid.length),
      random(3),
      pick(random, ["", "}", "]", '"', ",", "\\", "\0", "é", "1", "-", "e", "{", "["]),
    ),
  (random, valid) => {
    const bytes = utf8.encode(valid);
    for (let left = random(3); left >= 0; left--) bytes[random(bytes.length - 1)] ^= 1 << random(7);
    return bytes;
  },
  (random, valid) => {
    const bytes = utf8.encode(valid);
    bytes[random(bytes.length - 1)] = 0x80 + random(0x7f);
    return bytes;
  },
];

const BUILT: readonly Way[] = [
  (random) => Uint8Array.from({ length: random(100) }, () => random(255)),
  (_, valid) => `${valid}${valid}`,
  (random, valid) =>
    valid.replace('"method"', pick(random, ['"\\ud800":1,"method"', '"method":"dht_id","method"', '"id":1,"method"'])),
  // What is deep, or huge.
  (random) => nested(random(5000) + 101, pick(random, ["[", '{"a":']), "1"),
  (random) => withParams(`["key",${nested(random(40) + 65, pick(random, ["[", '{"a":']), "1")}]`, "dht_put"),
  (random) => withParams(`["key",${pick(random, ["-", ""])}1${"0".repeat(20 + random(2000))}]`, "dht_put"),
  (random) => withParams(`["key",[1,2,${pick(random, ["", "-"])}1e${400 + random(1000)}]]`, "dht_put"),
  (random) =>
    withParams(
      `[${pick(random, ["NaN", "Infinity", "-Infinity", "undefined", "01", "+1", ".5", "'a'"])},1]`,
      "dht_put",
    ),
  (random) =>
    `[${Array.from({ length: 101 + random(200) }, () => '{"jsonrpc":"2.0","id":1,"method":"dht_id"}').join(",")}]`,
  // What is of another kind.
  (random) => JSON.stringify(pick(random, [null, true, 1, "text", [], {}, [[]], [1], [null], { method: "dht_id" }])),
  (random) =>
    JSON.stringify({ jsonrpc: pick(random, ["1.0", 2, 2.0, null, "2.0 ", ["2.0"], {}]), id: 1, method: "dht_id" }),
  (random) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: pick(random, [null, 1, true, {}, [], ["dht_id"]]) }),
  (random) => JSON.stringify({ jsonrpc: "2.0", id: pick(random, [true, {}, [], [1]]), method: "dht_id" }),
  (random) => withParams(pick(random, ["null", "1", "true", '"a"', '"[]"']), "dht_id"),
  (random) =>
    withParams(
      JSON.stringify([pick<unknown>(random, [[], {}, true, 1.5])]),
      pick(random, ["dht_get", "pubsub_events"]),
    ),
  (random) =>
    withParams(
      JSON.stringify([pick<unknown>(random, [5, true, {}, []])]),
      pick(random, ["dht_find", "stream_open", "stream_close"]),
    ),
  (random) => withParams(`[${"1,".repeat(7 + random(50))}1]`, pick(random, [...NAMES])),
  (random) => withParams('{"key":"a","__args":["a"]}', pick(random, ["dht_get", "dht_put"])),
  (random) => withParams(`{"__args":${pick(random, ["1", "{}", "null", '"a"', '["a","b","c","d"]'])}}`, "dht_get"),
  // Names that nobody has given.
  (random) => withParams("[]", pick(random, INHERITED)),
  (random) =>
    withParams(
      `{${JSON.stringify(pick(random, INHERITED))}:${pick(random, ["1", "{}", '{"key":"a"}'])}}`,
      pick(random, ["dht_get", "dht_id"]),
    ),
  (random) => withParams(`{"key":"a",${JSON.stringify(pick(random, INHERITED))}:{"packed":true}}`, "dht_get"),
  (random) => `{${JSON.stringify(pick(random, INHERITED))}:{"jsonrpc":"2.0","method":"dht_id"},"id":1}`,
  (random, valid) =>
    valid.replace(
      /"method":"[^"]+"/,
      `"method":"${pick(random, [...NAMES])}${pick(random, [" ", "\\u0000", "x", "."])}"`,
    ),
];

function withParams(params: string, method: string): string {
  return `{"jsonrpc":"2.0","id":1,"method":${JSON.stringify(method)},"params":${params}}`;
}

function nested(levels: number, opening: string, inside: string): string {
  return `${opening.repeat(levels)}${inside}${(opening === "[" ? "]" : "}").repeat(levels)}`;
}

function spliced(text: string, at: number, count: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + count);
}

/** Whether a text is, as far as JSON.parse knows, a request of a call that exists, or of which nobody gets an answer. */
function mayBeCalled(request: Malformed): boolean {
  try {
    const text = typeof request === "string" ? request : new TextDecoder("utf-8", { fatal: true }).decode(request);
    const value = JSON.parse(text);
    if (typeof value !== "object" || value === null || value.jsonrpc !== "2.0") return false;
    return !Object.hasOwn(value, "id") || NAMES.has(value.method);
  } catch {
    return false;
  }
}
