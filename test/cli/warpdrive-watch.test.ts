/**
 * Watching offers and being asked about them at a terminal, and what original nodes can do, between services in memory.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { offerKeyOf, warpdriveNode } from "../../src/cli/warpdrive/warpdrive-node.ts";
import { findOffer, PeerNames, shortened } from "../../src/cli/warpdrive/peer-names.ts";
import { askUntil, LineInput } from "../../src/cli/terminal/line-input.ts";
import { TransferReport } from "../../src/cli/terminal/transfer-report.ts";
import { followOffers, OfferReport, watchOffers } from "../../src/cli/warpdrive/watch-offers.ts";
import { warpdriveClient } from "../../src/warpdrive/mod.ts";
import { codeOf, IDS, type Node, Nodes, read, stage, write } from "../warpdrive/nodes.ts";

const test = suite("program: watch");
const { A, B } = IDS;

/** A terminal with somebody who types. */
class FakeTerminal {
  out = "";
  #typed: string[] = [];
  #wake = () => {};
  #waiting: { readonly pattern: RegExp; readonly seen: () => void }[] = [];
  #from = 0;

  readonly streams = {
    out: (text: string) => this.#print(text),
    err: (text: string) => this.#print(text),
    write: () => Promise.resolve(),
    input: this.#input(),
    terminal: true,
    interactive: true,
    columns: 100,
  };

  type(line: string): void {
    this.#typed.push(`${line}\n`);
    this.#wake();
  }

  /** Waits until something is printed behind what was waited for before. */
  async sees(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} is not in ${this.out.slice(this.#from)}`)), 10_000);
      this.#waiting.push({ pattern, seen: () => (clearTimeout(timer), resolve()) });
      this.#look();
    });
  }

  #print(text: string): void {
    this.out += text;
    this.#look();
  }

  #look(): void {
    for (const one of [...this.#waiting]) {
      const found = one.pattern.exec(this.out.slice(this.#from));
      if (found === null) continue;
      this.#from += found.index + found[0].length;
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.seen();
    }
  }

  async *#input(): AsyncGenerator<string> {
    for (;;) {
      while (this.#typed.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
      yield this.#typed.shift()!;
    }
  }
}

/** Anna watches at a terminal while something happens. */
async function watching(anna: Node, work: (terminal: FakeTerminal) => Promise<void>): Promise<string> {
  const terminal = new FakeTerminal();
  const { streams } = terminal;
  const node = await warpdriveNode(anna.client);
  const names = new PeerNames(anna.host, node);
  await names.load();
  const ending = new AbortController();
  const { signal } = ending;
  using report = new TransferReport({ streams, clock: anna.host.clock, json: false });
  const offers = new OfferReport({ report, names, json: false });
  const prompt = { node, names, signal, out: streams.out, input: new LineInput(streams.input) };
  const watched = watchOffers({ node, offers, report, signal, prompt });
  try {
    await work(terminal);
  } finally {
    ending.abort();
    await watched;
  }
  return terminal.out;
}

test("somebody is asked: who, what, how much, under which names; yes, no, later, always", async () => {
  await using nodes = new Nodes();
  const [anna, ben] = [await nodes.node(A), await nodes.node(B)];
  write(ben.sources, { "photos/a.txt": "aaa", "photos/b.txt": "bb", "no\u202e.txt": "n", "later.txt": "l" });
  write(anna.downloads, { "photos/taken.txt": "" });
  await anna.service.peers.setAlias(B, "ben\x1b[2J");
  const send = async (name: string) => (await ben.service.offers.send(A, [`${ben.sources}/${name}`])).offerId;
  const out = await watching(anna, async (terminal) => {
    const first = await send("photos");
    await terminal.sees(/\nben\\u001b\[2J offers photos \(2\) \(3 entries\), 5 bytes\ninto \S+:\n {2}photos \(2\)\n/);
    await terminal.sees(/Accept\? \[y\]es, \[n\]o, \[a\]lways from ben\\u001b\[2J, Enter for later: $/);
    terminal.type("perhaps");
    await terminal.sees(/Accept\? .*: $/);
    // Meanwhile another offer comes: it is asked about afterwards.
    const second = await send("no\u202e.txt");
    await stage(anna, "incoming", second, "awaiting");
    terminal.type("Yes");
    await stage(anna, "incoming", first, "completed");
    await terminal.sees(/offers no\\u202e\.txt, 1 byte\n[^?]*Accept\? .*: $/);
    terminal.type("n");
    await stage(ben, "outgoing", second, "rejected");
    const third = await send("later.txt");
    await terminal.sees(/offers later\.txt[^?]*Accept\? .*: $/);
    terminal.type("");
    const fourth = await send("photos/a.txt");
    await terminal.sees(/offers a\.txt[^?]*Accept\? .*: $/);
    assert.is(anna.service.offers.find("incoming", third).stage, "awaiting");
    terminal.type("a");
    await stage(anna, "incoming", fourth, "completed");
    await terminal.sees(/accepted, and so will be all that comes from there\n/);
    assert.is(anna.service.peers.rule(B), "trust");
  });
  assert.not.ok(out.includes("\u202e"));
  assert.equal(read(anna.downloads), {
    ...{ "a.txt": "aaa", "photos (2)/a.txt": "aaa", "photos (2)/b.txt": "bb", "photos/taken.txt": "" },
  });
});

test("a question ends with the watch", async () => {
  await using nodes = new Nodes();
  const [anna, ben] = [await nodes.node(A), await nodes.node(B)];
  write(ben.sources, { "a.txt": "aaa" });
  await ben.service.offers.send(A, [`${ben.sources}/a.txt`]);
  await watching(anna, (terminal) => terminal.sees(/Accept\? .*: $/));
  assert.is(anna.service.offers.list("incoming")[0].stage, "awaiting");
});

test("an original node: listed, sent, accepted, watched; what it has no command for is told", async () => {
  await using nodes = new Nodes();
  const [anna, ben] = [await nodes.node(A), await nodes.node(B)];
  write(ben.sources, { "a.txt": "aaa", "b.txt": "bb" });
  const [annas, bens] = await Promise.all(
    [anna, ben].map(({ host }) => warpdriveNode(warpdriveClient({ host, dialect: "draft" }))),
  );
  assert.equal([annas.extended, bens.extended, (await warpdriveNode(anna.client)).extended], [false, false, true]);
  const created = await bens.send(A, ["a.txt", "b.txt"].map((name) => `${ben.sources}/${name}`));
  assert.is(created.length, 2);
  const [first] = await annas.offers("incoming");
  assert.equal([first.Peer, first.Name, first.Count, first.Bytes, first.Done], [B, "a.txt", 1, 3, 0]);
  assert.equal(await annas.targets(first), null);
  assert.is(await codeOf(annas.stop(first)), "unsupported");
  const terminal = new FakeTerminal();
  const names = new PeerNames(anna.host, annas);
  await names.load();
  using report = new TransferReport({
    streams: { ...terminal.streams, terminal: false },
    clock: anna.host.clock,
    json: false,
  });
  const offers = new OfferReport({ report, names, json: false });
  const { signal } = new AbortController();
  const followed = followOffers(new Set([offerKeyOf(first)]), { node: annas, offers, signal });
  await terminal.sees(/a\.txt, 3 bytes: awaiting\n/);
  assert.is(await annas.accept(first), false);
  assert.is(await followed, true);
  await terminal.sees(/a\.txt, 3 bytes: completed\n/);
  const now = (await annas.offers("incoming")).find(({ Id }) => Id === first.Id)!;
  assert.equal([now.Status, now.Done], ["completed", 3]);
});

test("the end of an offer that somebody waits for is told, also if it was over before it was seen", async () => {
  await using nodes = new Nodes();
  const [anna, ben] = [await nodes.node(A), await nodes.node(B)];
  write(ben.sources, { "a.txt": "aaa", "b.txt": "bb", "c.txt": "c" });
  const send = async (name: string) => (await ben.service.offers.send(A, [`${ben.sources}/${name}`])).offerId;
  const [done, rejected, other] = [await send("a.txt"), await send("b.txt"), await send("c.txt")];
  const all = await anna.client.listSummaries("incoming");
  await anna.service.offers.accept(anna.service.offers.find("incoming", done).key);
  for (const id of [rejected, other]) await anna.service.offers.stop(anna.service.offers.find("incoming", id).key);
  await stage(anna, "incoming", done, "completed");
  const node = await warpdriveNode(anna.client);
  const names = new PeerNames(anna.host, node);
  await names.load();
  const { signal } = new AbortController();
  for (const [ids, complete] of [[[done], true], [[done, rejected], false]] as const) {
    for (const json of [false, true]) {
      let out = "";
      const plain = { ...new FakeTerminal().streams, terminal: false, out: (text: string) => void (out += text) };
      using report = new TransferReport({ streams: plain, clock: anna.host.clock, json });
      const offers = new OfferReport({ report, names, json });
      const keys = new Set(all.filter(({ Id }) => (ids as readonly string[]).includes(Id)).map(offerKeyOf));
      assert.is(await followOffers(keys, { node, offers, signal }), complete);
      const lines = out.trimEnd().split("\n");
      assert.is(lines.length, ids.length, out);
      for (const [name, end] of [["a.txt", "completed"], ["b.txt", "rejected"]].slice(0, ids.length)) {
        assert.ok(lines.some((line) => line.includes(name) && line.includes(end)), out);
      }
    }
  }
});

test("lines, however they come", async () => {
  const { signal } = new AbortController();
  const bytes = new TextEncoder().encode("ü\nend");
  const input = new LineInput((async function* () {
    yield* ["on", "e\r\ntwo\n\nthr", bytes.subarray(0, 1), bytes.subarray(1)];
  })());
  const lines = [];
  for (let line; (line = await input.line(signal)) !== null;) lines.push(line);
  assert.equal(lines, ["one", "two", "", "thrü", "end"]);
  const endless = new LineInput((async function* () {
    for (let n = 0; n < 1000; n++) yield "x".repeat(1000);
    yield "\n";
  })());
  assert.is((await endless.line(signal))!.length, 4096);
  const ending = new AbortController();
  const silent = new LineInput((async function* () {
    await new Promise(() => {});
    yield "";
  })());
  const line = silent.line(ending.signal);
  ending.abort();
  assert.is(await line, null);
});

test("a question is asked until a line is one of its answers", async () => {
  const { signal } = new AbortController();
  const input = new LineInput((async function* () {
    yield "maybe\nconstructor\n YES \n";
  })());
  const asked: string[] = [];
  const parts = { input, signal, out: (text: string) => void asked.push(text) };
  assert.is(await askUntil("Well? ", { yes: 1, no: 2 }, parts), 1);
  assert.equal(asked, ["Well? ", "Well? ", "Well? "]);
  assert.is(await askUntil("Well? ", { yes: 1 }, parts), null);
});

test("ids are as long as they must be", () => {
  assert.is(shortened("abcdefghij", []), "abcdefgh");
  assert.is(shortened("abcdefghij", ["abcdefghxx", "b", "abcdefghij"]), "abcdefghi");
  assert.is(shortened("abc", ["abcdef"]), "abc");
  const offers = ["abc", "abcd", "x"].map((Id) => ({ Id }));
  assert.is(findOffer(offers, "abc").Id, "abc");
  for (const [text, code] of [["ab", "ambiguous"], ["", "unknown-offer"], ["y", "unknown-offer"]]) {
    assert.throws(() => findOffer(offers, text), (error: { code: string }) => error.code === code);
  }
});

test.run();
