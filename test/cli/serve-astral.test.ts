/**
 * File sharing beside astral nodes, as people run it: two nodes with a link, a service that is the guest of each, and the
 * commands that talk to these services.
 *
 * @module
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { astralService, type LocalService, type ServiceEvent } from "../../src/astral/mod.ts";
import { type Host, memoryHost, MemoryNetwork } from "../../src/host/mod.ts";
import { Identity } from "../../src/identity/mod.ts";
import { Node2026 } from "../host/astral/node-2026.ts";
import { pattern } from "../host/pair.ts";
import { type Program, start, stop } from "./program-process.ts";
import { fail, print, type Result, run } from "./program-run.ts";

const test = suite("program: serve --astral");

const IDS = { anna: Identity.generate().astralIdentity, ben: Identity.generate().astralIdentity } as const;
type Name = keyof typeof IDS;
const BIG = pattern(30_000_000, 5);

/** An astral node that can be restarted, with a link that stays. */
class Node {
  readonly identity: string;
  onEvent: (event: ServiceEvent) => void = () => {};
  readonly #protocol: "2023" | "2026";
  readonly #link: Host;
  #service: LocalService | null = null;
  #listen = "tcp:127.0.0.1:0";

  constructor(name: Name, protocol: "2023" | "2026", link: Host) {
    this.identity = IDS[name];
    this.#protocol = protocol;
    this.#link = link;
  }

  get address(): string {
    return this.#listen;
  }

  async start(): Promise<void> {
    const { anna, ben } = IDS;
    this.#service = await astralService({
      identity: this.identity,
      link: this.#link,
      listen: [{ address: this.#listen, protocol: this.#protocol }],
      tokens: { [`token of ${this.identity}`]: "localnode" },
      contacts: { anna, ben },
      onEvent: (event) => this.onEvent(event),
    });
    [this.#listen] = this.#service.addresses();
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    this.#service = null;
  }
}

/** A service at a node, in a process of its own. */
interface Guest {
  readonly program: Program;
  readonly data: string;
  readonly ready: Record<string, unknown>;
}

/** Two nodes, and a folder for everything. */
class World implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "warpwire-serve-astral-"));
  readonly anna: Node;
  readonly ben: Node;
  readonly #guests: Guest[] = [];
  readonly #hosts: readonly Host[];

  private constructor(protocol: "2023" | "2026", hosts: readonly [Host, Host]) {
    this.#hosts = hosts;
    this.anna = new Node("anna", protocol, hosts[0]);
    this.ben = new Node("ben", protocol, hosts[1]);
  }

  static async begin(protocol: "2023" | "2026"): Promise<World> {
    const network = new MemoryNetwork();
    const [anna, ben] = Object.values(IDS);
    const world = new World(protocol, [
      await memoryHost({ network, peerId: anna }),
      await memoryHost({ network, peerId: ben }),
    ]);
    await world.anna.start();
    await world.ben.start();
    return world;
  }

  /** A guest of a node, which it finds by the option, or by the environment. */
  async guest(name: Name, node: Node, given: "option" | "environment", ...options: string[]): Promise<Guest> {
    const data = join(this.folder, name);
    const where = given === "option" ? ["--astral", node.address] : ["--astral"];
    const env = {
      ASTRALD_APPHOST_TOKEN: `token of ${node.identity}`,
      ...(given === "environment" && { ASTRALD_APPHOST_ADDR: `unix:/nowhere;${node.address}` }),
    };
    const program = start(["serve", "--data", data, "--log", "json", ...where, ...options], env);
    const guest = { program, data, ready: JSON.parse(await program.line(/"ready":true/)) };
    this.#guests.push(guest);
    return guest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { program } of this.#guests) await stop(program);
    for (const node of [this.anna, this.ben]) await node.stop();
    for (const host of this.#hosts) await host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function json({ data }: Guest, command: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const out = await print([command, ...args, "--json", "--data", data]);
  return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Runs a command to which variables lead the way. */
async function runWith(env: Readonly<Record<string, string>>, ...argv: string[]): Promise<Result> {
  Object.assign(process.env, env);
  try {
    return await run(argv);
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
}

/** Lines of a log with a text, without an earlier one. */
function another(line: string, text: string): RegExp {
  return new RegExp(`^(?!\\{"time":"${JSON.parse(line).time}).*${text}`);
}

for (const protocol of ["2023", "2026"] as const) {
  test(`a folder goes from guest to guest while a node restarts; nodes of ${protocol}`, async () => {
    await using world = await World.begin(protocol);
    const photos = join(world.folder, "photos");
    mkdirSync(photos);
    writeFileSync(join(photos, "a.txt"), "the first");
    writeFileSync(join(photos, "big"), BIG);
    const anna = await world.guest("anna", world.anna, "option");
    const ben = await world.guest("ben", world.ben, "environment", "--max-transfers", "1");
    assert.equal(anna.ready, {
      ...{ ready: true, identity: IDS.anna, node: IDS.anna, protocol },
      addresses: [world.anna.address],
    });
    assert.equal(ben.ready.addresses, ["unix:/nowhere", world.ben.address]);
    const [{ id, peer }] = await json(anna, "send", photos, "--to", "ben");
    assert.is(peer, IDS.ben);
    const [incoming] = await json(ben, "in");
    assert.equal([incoming.id, incoming.peer, incoming.name, incoming.entries], [id, IDS.anna, "photos", 3]);
    // Anna's node is gone as soon as the download has begun.
    const restarted = new Promise<void>((resolve, reject) => {
      world.anna.onEvent = ({ type, ...event }) => {
        if (type !== "query" || !("origin" in event) || event.origin !== "peer") return;
        world.anna.onEvent = () => {};
        world.anna.stop().then(() => anna.program.line(/"type":"node","outcome":"lost"/)).then(() => world.anna.start())
          .then(resolve, reject);
      };
    });
    const lines = await json(ben, "get", String(id).slice(0, 8), "--wait");
    await restarted;
    assert.equal(lines.at(-1)!.status, "completed");
    const downloads = join(ben.data, "downloads", "photos");
    assert.is(readFileSync(join(downloads, "a.txt"), "utf8"), "the first");
    assert.ok(readFileSync(join(downloads, "big")).equals(BIG));
    await anna.program.line(new RegExp(`"id":"${id}".*"stage":"completed"`));

    // The book of names is that of the service, also for what is shown about peers.
    assert.is(await print(["peers", "--data", ben.data]), "No known peers; add one with warpwire peer add\n");
    await json(ben, "peer", "add", "Ann", IDS.anna);
    assert.equal(await json(ben, "trust", "Ann"), [{ peer: IDS.anna, rule: "trust" }]);
    assert.equal(await json(ben, "peers"), [{ identity: IDS.anna, name: "Ann", rule: "trust" }]);
    assert.match(
      await print(["peers", "--data", ben.data]),
      new RegExp(`NAME +IDENTITY +RULE\n +Ann +${IDS.anna} +trust`),
    );
    assert.equal(await json(ben, "status"), [{
      ...{ warpwire: true, protocol, identity: IDS.ben, node: IDS.ben, addresses: ben.ready.addresses },
      peers: [{ identity: IDS.anna, name: "Ann", rule: "trust" }],
    }]);
    assert.match(
      await print(["status", "--data", ben.data]),
      new RegExp(`astral node +${IDS.ben} at unix:/nowhere tcp:`),
    );
    assert.is(await print(["peer", "show", "--data", ben.data]), `warpwire peer add NAME '${IDS.ben}'\n`);
    const sent = await print(["send", join(photos, "a.txt"), "--to", "ben", "--wait", "--data", anna.data]);
    assert.match(sent, /: accepted\n/);
    assert.match(sent, /completed\n$/);
    assert.match(await print(["ping", "ben", "--count", "1", "--data", anna.data]), /1 sent, 1 received/);

    // Without the node there is no way to the service; with it, there is again.
    await world.ben.stop();
    await ben.program.line(/"level":"warn","type":"node","outcome":"lost"/);
    await ben.program.line(
      /"level":"warn","type":"node","outcome":"failed","code":"unreachable","reason":".*cannot be used/,
    );
    assert.match(await fail(["in", "--data", ben.data], 1), /^error: unreachable: The astral node cannot be used at /);
    const held = await ben.program.line(/"outcome":"held"/);
    await world.ben.start();
    await ben.program.line(another(held, '"outcome":"held"'));
    assert.match(await print(["in", "--data", ben.data]), /completed/);
    const { status, err } = await stop(ben.program);
    assert.is(status, 0);
    const outcomes = err.split("\n").filter((line) => line.includes('"type":"node"')).map((line) => JSON.parse(line));
    assert.equal(outcomes.map(({ outcome }) => outcome), ["held", "lost", "failed", "held"]);
    assert.not.ok(existsSync(join(ben.data, "service.json")));
    assert.not.ok(existsSync(join(ben.data, "key")));
  });
}

/** Nodes of 2026 at which both have tokens: our service, and one that does what the node of 2026 was seen to do. */
const NODES_2026: Readonly<Record<string, (tokens: Record<string, string>) => Promise<OtherNode>>> = {
  "our service": async (tokens) => {
    const identity = Identity.generate();
    const listen = [{ address: "tcp:127.0.0.1:0", protocol: "2026" }] as const;
    const node = await astralService({ identity, listen, tokens });
    return { identity: node.identity, address: node.addresses()[0], [Symbol.asyncDispose]: () => node.stop() };
  },
  "a node over TCP": (tokens) => node2026("tcp", tokens),
  "a node over a unix socket": (tokens) => node2026("unix", tokens),
};

interface OtherNode extends AsyncDisposable {
  readonly identity: string;
  readonly address: string;
  /** Goes away and comes back. */
  readonly restart?: (meanwhile: () => Promise<void>) => Promise<void>;
}

async function node2026(where: "tcp" | "unix", tokens: Readonly<Record<string, string>>): Promise<OtherNode> {
  const parts = { identity: Identity.generate().astralIdentity, alias: "home", tokens };
  let node = await Node2026.start({ ...parts, where: [where] });
  const [address] = node.addresses;
  return {
    ...{ identity: parts.identity, address },
    restart: async (meanwhile) => {
      await node.stop();
      await meanwhile();
      node = await Node2026.start({ ...parts, where: [address] });
    },
    [Symbol.asyncDispose]: () => node.stop(),
  };
}

for (const [name, begin] of Object.entries(NODES_2026)) {
  test(`guests of one node have identities of their own: ${name}`, async () => {
    const [anna, ben] = Object.values(IDS);
    await using node = await begin({ annas: anna, bens: ben });
    const folder = mkdtempSync(join(tmpdir(), "warpwire-serve-astral-"));
    const guests: Guest[] = [];
    try {
      for (const token of ["annas", "bens"]) {
        const data = join(folder, token);
        const env = { ASTRALD_APPHOST_TOKEN: token, ASTRALD_APPHOST_ADDR: node.address };
        const program = start(["serve", "--astral", "--data", data, "--log", "json", "--accept", "all"], env);
        guests.push({ program, data, ready: JSON.parse(await program.line(/"ready":true/)) });
      }
      const found = guests.map(({ ready }) => [ready.identity, ready.node]);
      assert.equal(found, [[anna, node.identity], [ben, node.identity]]);
      const [annas, bens] = guests;
      if (node.restart !== undefined) {
        const held = await Promise.all(guests.map(({ program }) => program.line(/"outcome":"held"/)));
        await node.restart(async () => {
          for (const { program } of guests) await program.line(/"outcome":"failed"/);
        });
        for (const [n, { program }] of guests.entries()) await program.line(another(held[n], '"outcome":"held"'));
      }
      const file = join(folder, "file");
      writeFileSync(file, "for ben");
      assert.match(await print(["send", file, "--to", ben, "--wait", "--data", annas.data]), /completed\n$/);
      assert.is(readFileSync(join(bens.data, "downloads", "file"), "utf8"), "for ben");
      assert.equal((await json(bens, "in")).map(({ peer }) => peer), [anna]);
      const [{ identity, node: at }] = await json(annas, "status");
      assert.equal([identity, at], [anna, node.identity]);
      assert.is(await print(["peer", "show", "--data", annas.data]), `warpwire peer add NAME '${anna}'\n`);
      // The environment leads to the warpdrive with the identity of the token, too.
      const env = { ASTRALD_APPHOST_TOKEN: "bens", ASTRALD_APPHOST_ADDR: node.address };
      const { status, out, err } = await runWith(env, "in", "--json");
      assert.equal([status, err, JSON.parse(out).peer], [0, "", anna]);
      await print(["peer", "add", "Ann", anna, "--data", bens.data]);
      const peers = await runWith(env, "peers", "--json");
      assert.equal(JSON.parse(peers.out), { identity: anna, name: "Ann", rule: "ask" }, peers.err);
    } finally {
      for (const { program } of guests) {
        const { status, err } = await stop(program);
        assert.equal([status, /"type":"warning"/.test(err)], [0, false], err);
      }
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("a token with which commands are strangers is warned of", async () => {
  await using world = await World.begin("2023");
  const env = { ASTRALD_APPHOST_TOKEN: "of somebody else", ASTRALD_APPHOST_ADDR: "" };
  await using node = await astralService({
    identity: IDS.anna,
    listen: [{ address: "tcp:127.0.0.1:0", protocol: "2023" }],
    tokens: { [env.ASTRALD_APPHOST_TOKEN]: IDS.ben },
  });
  const where = ["--data", join(world.folder, "ben"), "--astral", node.addresses()[0]];
  const program = start(["serve", ...where, "--log", "json"], env);
  await program.line(/"type":"warning","message":"Commands may not reach this service: /);
  await program.line(/"ready":true/);
  await stop(program);
});

test("no node, a wrong token, no token, and names that somebody else has", async () => {
  await using world = await World.begin("2026");
  const data = ["--data", join(world.folder, "fails")];
  const serve = (address: string, token = "") =>
    runWith({ ASTRALD_APPHOST_TOKEN: token }, "serve", ...data, "--astral", address);
  const cases: [string, string | undefined, RegExp][] = [
    [
      "tcp:127.0.0.1:1",
      undefined,
      /^error: unreachable: The astral node cannot be used at "tcp:127\.0\.0\.1:1": connection refused at tcp:127\.0\.0\.1:1\n$/,
    ],
    ["unix:/nowhere/at-all", undefined, /^error: unreachable: .*"unix:\/nowhere\/at-all": .* \(ENOENT\)\n$/],
    ["somewhere", undefined, /^error: address: Cannot use "somewhere" as the address of an astral node\n$/],
    [
      world.anna.address,
      "wrong",
      /^error: unreachable: .*: The node does not accept the token: it answers "auth_failed"\n/,
    ],
    [world.anna.address, undefined, /^error: (unsupported: .*; ASTRALD_APPHOST_TOKEN is not set|unreachable: .*)\n$/],
  ];
  for (const [address, token, message] of cases) {
    const { status, out, err } = await serve(address, token);
    assert.equal([status, out], [1, ""]);
    assert.match(err, message);
    assert.not.ok(existsSync(join(world.folder, "fails", "service.json")));
  }
  await using old = await World.begin("2023");
  const taken: [World, RegExp][] = [
    [old, /^error: mounted: Cannot mount ".*": another program has registered it with the node\n$/m],
    [world, /^error: mounted: Cannot share files as "[0-9a-f]{66}": another program does so at the node\n$/m],
  ];
  for (const [at, message] of taken) {
    await at.guest("anna", at.anna, "option");
    const second = await serve(at.anna.address, `token of ${IDS.anna}`);
    assert.equal([second.status, second.out], [1, ""]);
    assert.match(second.err, message);
  }
});

test("what goes to a guest, and what does not go with it", async () => {
  const calls: [string[], RegExp][] = [
    [["--key", "file"], /Option --key does not go with --astral: the identity is that of the token/],
    [["--alias", "anna"], /Option --alias does not go with --astral: the node has a name of its own/],
    [["--listen", "tcp:0.0.0.0:0"], /Option --listen does not go with --astral: the node makes the links/],
    [["--apphost", "tcp:127.0.0.1:0"], /Option --apphost does not go with --astral: programs of this machine use/],
    [["--no-warpdrive"], /Option --no-warpdrive does not go with --astral: there would be nothing to run/],
    [["--rpc", "http://127.0.0.1:0"], /Option --rpc does not go with --astral: /],
    [["--storj-udp-port", "0"], /Option --storj-udp-port does not go with --astral: /],
    [["--peer", `anna=${IDS.anna}@tcp:127.0.0.1:1`], /Peer [0-9a-f]{66} has an address, but with --astral/],
    [["--peer", "anna"], /Peer "anna" has no valid identity/],
    [["--max-transfers", "0"], /Option --max-transfers must be /],
  ];
  for (const [options, message] of calls) {
    for (const astral of [["--astral"], ["--astral=tcp:127.0.0.1:1"]]) {
      assert.match(await fail(["serve", ...options, ...astral], 2), message);
    }
  }
  assert.match(await fail(["serve", "--astral="], 2), /Option --astral has an empty value/);
  assert.match(await fail(["serve", "--astral", ""], 2), /Option --astral has an empty value/);
  assert.match(await fail(["serve", "--astral", "tcp:127.0.0.1:1", "more"], 2), /Unexpected argument "more"/);
  assert.match(await fail(["serve", "--astral", "--listn"], 2), /Unknown option --listn/);
  assert.match(await print(["help", "serve"]), /^ {2}--astral \[ADDR\] /m);
});

test.run();
