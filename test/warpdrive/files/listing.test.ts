/**
 * Lists of offers arrive whole, whatever is in them: item by item, on both sides.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { document, jsonObject, jsonString } from "../../../codec/json/mod.ts";
import { type Info, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import type { Stream } from "../../../src/host/host.ts";
import { systemClock } from "../../../src/host/mod.ts";
import { memoryStore } from "../../../src/store/mod.ts";
import { offerKey } from "../../../src/warpdrive/offers/offer.ts";
import { SessionReader } from "../../../src/warpdrive/client/session-reader.ts";
import { warpdriveClient } from "../../../src/warpdrive/mod.ts";
import { codeOf, IDS, Nodes } from "../nodes.ts";

const test = suite("warpdrive: lists");
const { A, B } = IDS;
const [{ name: PORT }] = unified.ports;

function file(name: string, more: Partial<Info> = {}): Info {
  return { Uri: name, Path: name, Size: 1, IsDir: false, Perm: 0o644, Mime: "text/plain", Name: name, ...more };
}

/** A stream on which these pieces come. */
function streamOf(pieces: readonly string[]): Stream {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  const read = (buf: Uint8Array) => {
    const next = left.shift();
    if (next === undefined) return Promise.resolve(null);
    buf.set(next);
    return Promise.resolve(next.length);
  };
  return { read } as unknown as Stream;
}

async function itemsOf(pieces: readonly string[]): Promise<string[]> {
  const reader = new SessionReader(streamOf(pieces), systemClock);
  const items: string[] = [];
  for await (const { a } of reader.items(document(jsonObject({ a: jsonString })))) items.push(a);
  return items;
}

test("items of a list are read one by one, wherever its bytes are cut", async () => {
  const rows: [string, string[]][] = [
    ["null\n", []],
    ["[]\n", []],
    ['[{"a":"x"}]\n', ["x"]],
    [' [ {"a":"[1,2]"} ,\r\n {"a":""},{"a":"]"} ]\n', ["[1,2]", "", "]"]],
  ];
  for (const [text, expected] of rows) {
    assert.equal(await itemsOf([text]), expected);
    assert.equal(await itemsOf([...text]), expected);
    for (let cut = 1; cut < text.length; cut++) {
      assert.equal(await itemsOf([text.slice(0, cut), text.slice(cut)]), expected, `${text} cut at ${cut}`);
    }
  }
});

test("what is no list, or ends before its end, is an error", async () => {
  const rows: [string, string][] = [
    ["", "refused"],
    ["nul", "refused"],
    ["nxll\n", "protocol"],
    ["{}\n", "protocol"],
    ['[{"a":"x"}', "refused"],
    ['[{"a":"x"},', "refused"],
    ['[{"a":"x"} {"a":"y"}]\n', "protocol"],
    ['[{"a":"x"}]', "refused"],
    ['[{"a":"x"}]x', "protocol"],
    ['[{"a":"x"},]\n', "json"],
    [`[${" ".repeat(100_000)}`, "protocol"],
    ['[{"a":1}]\n', "json"],
  ];
  for (const [text, code] of rows) assert.is(await codeOf(itemsOf([...text])), code, text.slice(0, 40));
});

test("the largest offers, with names that people see in place of the sender's, arrive whole in lists and news", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const host = await nodes.host(A);
  // Nearly as many bytes as an offer may have; with the names that the disk gets they are half as many again.
  const name = "n".repeat(249);
  const files = Array.from(
    { length: 70_000 },
    (_, n) => file(`${n}`.padStart(5, "0") + name, { Path: "", Name: "", Mime: "" }),
  );
  const news = b.client.listenOffers("incoming");
  const first = news.next();
  await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("large", files, { timeoutMs: 60_000 });
  await warpdriveClient({ host, peer: { peerId: B } }).sendOffer("small", [file("a")]);
  const told = await first;
  assert.is(told.value?.Files?.length, 70_000);
  await news.return();
  const listed = await b.client.listOffers("incoming");
  assert.equal(listed.map(({ Id, Files }) => [Id, Files?.length]), [["large", 70_000], ["small", 1]]);
  assert.is(listed[0].Files?.[69_999].Name, `69999${name}`);
  assert.equal((await b.client.listSummaries()).map(({ Id }) => Id), ["large", "small"]);
  assert.equal(await b.client.listOffers("outgoing"), []);
});

test("offers are read one by one, and who has seen enough leaves", async () => {
  await using nodes = new Nodes();
  const b = await nodes.node(B);
  const { client } = await nodes.node(A);
  assert.equal(await client.listOffers(), []);
  const host = await nodes.host("02".padEnd(66, "3"));
  for (let n = 0; n < 50; n++) {
    const files = Array.from({ length: 100 }, (_, index) => file(`${n}-${index}`));
    await warpdriveClient({ host, peer: { peerId: B } }).sendOffer(`o${n}`, files);
  }
  for await (const { Id } of b.client.offers("incoming")) {
    assert.is(Id, "o0");
    break;
  }
  assert.is((await b.client.listOffers("incoming")).length, 50);
  // An old client reads the whole list as one document, as ever.
  const stream = await b.host.openStream({ peerId: B }, PORT);
  await stream.write(Uint8Array.of(4, 1));
  let text = "";
  const buf = new Uint8Array(64 * 1024);
  while (!text.endsWith("\n")) text += new TextDecoder().decode(buf.subarray(0, await stream.read(buf) ?? 0));
  assert.is(JSON.parse(text).length, 50);
  await stream.close();
});

test("an offer whose entries cannot be read any more does not keep the others from being listed", async () => {
  await using nodes = new Nodes();
  const store = await memoryStore();
  const b = await nodes.node(B, { store });
  const host = await nodes.host(A);
  for (const id of ["one", "two", "three"]) {
    await warpdriveClient({ host, peer: { peerId: B } }).sendOffer(id, [file(id)]);
  }
  await store.write([{ type: "put", key: `offer-files:${offerKey(true, A, "two")}`, value: "1 [{" }]);
  const listed = await b.client.listOffers();
  assert.equal(listed.map(({ Id, Files, Reason }) => [Id, Files?.length, Reason]), [
    ["one", 1, undefined],
    ["two", undefined, "damaged"],
    ["three", 1, undefined],
  ]);
});

test.run();
