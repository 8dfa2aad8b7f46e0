import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SHELL_PORT } from "../../codec/protocols/warpdrive/mod.ts";
import type { Host } from "../../src/host/mod.ts";
import { SessionReader } from "../../src/warpdrive/client/session-reader.ts";
import { RECORDINGS } from "../protocols/warpdrive/recordings.ts";
import { codeOf, IDS, type Node, Nodes, stage, write } from "./nodes.ts";

const test = suite("warpdrive shell");
const { A, B } = IDS;

/** A person at the port. */
class Person {
  readonly #reader: SessionReader;
  readonly #write: (text: string) => Promise<unknown>;

  private constructor(reader: SessionReader, write: (text: string) => Promise<unknown>) {
    this.#reader = reader;
    this.#write = write;
  }

  static async at(host: Host, peerId: string): Promise<Person> {
    const stream = await host.openStream({ peerId }, SHELL_PORT);
    return new Person(
      new SessionReader(stream, host.clock),
      (text) => stream.write(new TextEncoder().encode(text)),
    );
  }

  async type(text: string): Promise<void> {
    await this.#write(text);
  }

  /** What is printed up to a text, or up to the end. */
  async see(end: string | null): Promise<string> {
    let text = "";
    for (;;) {
      const byte = await this.#reader.byte({ timeoutMs: 5000 });
      if (byte === null) {
        if (end === null) return text;
        throw new Error(`The session ended after ${JSON.stringify(text)}`);
      }
      text += String.fromCharCode(byte);
      if (end !== null && text.endsWith(end)) return text;
    }
  }

  /** What a line prints, without the prompt. */
  async ask(line: string): Promise<string> {
    await this.type(`${line}\n`);
    return (await this.see("\x06warp> ")).slice(0, -7);
  }
}

async function world(nodes: Nodes): Promise<{ a: Node; b: Node; person: Person; path: string }> {
  const [a, b] = [await nodes.node(A), await nodes.node(B)];
  write(a.sources, { "hello.txt": "hello warpdrive\n" });
  const person = await Person.at(a.host, A);
  assert.is(await person.see("warp> "), "warp> ");
  return { a, b, person, path: `${a.sources}/hello.txt` };
}

/** What the recorded shell printed for each line, in the form that does not depend on time and chance. */
const PRINTED: readonly (readonly [line: string, printed: RegExp])[] = [
  ["peers", /^$/],
  ["in", /^$/],
  ["nosuch", /^$/],
  ["send", /^<filePath> <peerId>\?\n$/],
  ["get", /^<offerId>\n$/],
  ["update", /^<peerId> <attr> <value>\n$/],
  ["sub bogus", /^Invalid filter: {2}bogus\n$/],
  [`update ${B} alias bob`, /^updated\n$/],
  ["peers", new RegExp(`^${B} bob \n$`)],
];

test("lines are answered as the recorded shells did", async () => {
  await using nodes = new Nodes();
  const { person } = await world(nodes);
  const recorded = new Map<string, string>();
  for (const { sessions } of RECORDINGS) {
    const session = sessions.find(({ name, port }) => port === SHELL_PORT && name === "cli")!;
    let line = "";
    for (const { dir, bytes } of session.events) {
      const text = new TextDecoder().decode(bytes);
      if (dir === "C>S") line = text.trimEnd();
      else if (line !== "") recorded.set(line, (recorded.get(line) ?? "") + text.replace("\x06warp> ", ""));
    }
  }
  for (const [line, printed] of PRINTED) {
    assert.match(recorded.get(line)!, line === "peers" ? /bob|^$/ : printed, `recorded ${line}`);
    assert.match(await person.ask(line), printed, line);
  }
  const help = (text: string) => text.split("\n").sort().join(" ");
  assert.is(help(await person.ask("help")), help(recorded.get("help")!));
  assert.is(help(await person.ask("")), help(recorded.get("help")!));
});

test("offers are sent, listed and fetched", async () => {
  await using nodes = new Nodes();
  const { a, b, person, path } = await world(nodes);
  const [offerId, delivered] = (await person.ask(`send ${path} ${B}`)).trim().split(" ");
  assert.is(delivered, "delivered");
  const block = (printed: string) => printed.replace(/\d{13}/g, "0").replaceAll(offerId, "ID");
  const offer = (incoming: boolean, peer: string, rest: string) =>
    `incoming: ${incoming}\npeer: ${peer}\noffer id: ID\ncreated at: 0\nstatus: ${rest}files:\n0. hello.txt (16B)\n${
      "-".repeat(35)
    }\n`;
  assert.is(block(await person.ask("out")), offer(false, B, "awaiting\n"));
  const other = await Person.at(b.host, B);
  await other.see("warp> ");
  assert.is(block(await other.ask("in")), offer(true, A, "awaiting\n"));
  assert.is(await other.ask(`get ${offerId}`), "accepted\n");
  await stage(a, "outgoing", offerId, "completed");
  assert.is(
    block(await person.ask("out")),
    offer(false, B, "completed\n  file index: 1\n  progress: 0\n  update at: 0\n"),
  );
});

test("a recorded session without prompts is the same byte for byte", async () => {
  for (const { dialect, sessions } of RECORDINGS) {
    await using nodes = new Nodes();
    const { a, person } = await world(nodes);
    // Only the node of the unified recording had a peer with a name.
    if (dialect.name === "unified") await a.client.updatePeer(B, "alias", "bob");
    const session = sessions.find(({ name, port }) => port === SHELL_PORT && name === "cli-prompt-off")!;
    const text = (dir: string) =>
      session.events.filter((event) => event.dir === dir).map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
    await person.type(text("C>S"));
    assert.is("warp> " + await person.see(null), text("S>C"), dialect.name);
  }
});

test("new offers are told until something is typed, which closes", async () => {
  await using nodes = new Nodes();
  const { b, a, path } = await world(nodes);
  const person = await Person.at(b.host, B);
  await person.see("warp> ");
  await person.type("sub in\n");
  // The subscription has begun once this is answered, because lines are read one after another.
  await a.client.createOffer(B, path);
  const printed = await person.see("-".repeat(35) + "\n");
  assert.match(printed, /^incoming: true\npeer: 0279.*\noffer id: .{36}\ncreated at: \d+\nstatus: awaiting\nfiles:\n/);
  await person.type("x");
  assert.is(await person.see(null), "");
});

test("a command that fails closes the session; a stranger gets none", async () => {
  await using nodes = new Nodes();
  const { b, person } = await world(nodes);
  await person.type("get nope\n");
  assert.is(await person.see(null), "");
  assert.is(await codeOf(b.host.openStream({ peerId: A }, SHELL_PORT)), "rejected");
});

test("a line without an end is cut off", async () => {
  await using nodes = new Nodes();
  const { person } = await world(nodes);
  await person.type("x".repeat(5000));
  assert.is(await person.see(null), "");
});

test.run();
