/**
 * How the commands of the storj node are spelt: options before or behind the command, `-` and `_`, other names, help,
 * and what is wrong usage.
 *
 * @module
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { orderedWords } from "../../../src/cli/word-order.ts";
import { STORJNODE } from "../../../src/cli/storj/mod.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { fail, print, run, withFiles } from "../program-run.ts";
import { ALICE, ALICE_ID, BOB, BOB_ID } from "./storj-programs.ts";

const test = suite("storj program: words");

const storj = (...argv: string[]) => print(["storj", ...argv]);
const refused = async (...argv: string[]) => await fail(["storj", ...argv], 2);

// Whatever goes wrong, nothing of it goes into the user's own folder.
const { STORJ_HOME: usual } = process.env;
const home = mkdtempSync(join(tmpdir(), "warpwire-storj-"));
test.before(() => {
  process.env.STORJ_HOME = join(home, "storj");
});
test.after(() => {
  if (usual === undefined) delete process.env.STORJ_HOME;
  else process.env.STORJ_HOME = usual;
  rmSync(home, { recursive: true });
});

test("options stand before or behind the command, with - or _", async () => {
  for (
    const argv of [
      [`--node_key=${BOB}`, "showid"],
      [`--node-key=${BOB}`, "showid"],
      ["--node_key", BOB, "showid"],
      ["showid", "--node_key", BOB],
      ["showid", `--node-key=${BOB}`],
      ["--quiet", "--udp_port=4653", "--udp-port", "0", "showid", "--skip_dht_bootstrap", `--node_key=${BOB}`],
    ]
  ) assert.is(await storj(...argv), `Node id: ${BOB_ID}\n`, argv.join(" "));
  assert.is(
    await storj("showid", "--node_key", ALICE, `--node-key=${BOB}`),
    `Node id: ${BOB_ID}\n`,
    "the last one counts",
  );
});

test("one - or _ is the other in names, and nowhere else", () => {
  const ordered = (...argv: string[]) => orderedWords(argv, STORJNODE);
  for (const name of ["direct_message", "direct-message", "send"]) {
    assert.equal(ordered("--udp_port=1", name, "a_b-c", "--data", "x_y"), [
      "direct_message",
      "--udp-port=1",
      "a_b-c",
      "--data",
      "x_y",
    ]);
  }
  for (const name of ["relay_message", "relay-message", "relay"]) assert.equal(ordered(name), ["relay_message"]);
  assert.equal(ordered("put", "k", "--", "--a_b"), ["put", "k", "--", "--a_b"], "what follows -- is no option");
  assert.equal(ordered("--data=/a_b", "run"), ["run", "--data=/a_b"]);
  assert.equal(ordered("--log", "json", "run"), ["run", "--log", "json"], "options of one command, too");
  assert.equal(ordered("--key", "run", "run"), ["run", "--key", "run"], "a value is no command");
});

test("help, of the program and of each command, wins over everything else", async () => {
  const help = await storj("--help");
  assert.match(help, /^Usage: warpwire storj \[options\] <command> \[arguments\]\n/);
  for (
    const option of ["node-key", "key", "udp-port", "listen", "bootstrap", "skip-dht-bootstrap", "network", "data"]
  ) {
    assert.match(help, new RegExp(`^  --${option}\\b`, "m"));
  }
  for (const { name } of Object.values(STORJNODE.groups).flat()) {
    assert.match(help, new RegExp(`^  ${name}\\b`, "m"));
    const own = await storj(name, "--help");
    assert.match(own, new RegExp(`^Usage: warpwire storj ${name}\\b`));
    assert.match(own, /\nOptions of all commands:\n {2}--node-key KEY /);
    for (
      const argv of [["help", name], ["--help", name], [name, "-h"], [name, "--nothing", "-h"], [
        "--nothing",
        name,
        "-h",
      ]]
    ) assert.is(await storj(...argv), own, argv.join(" "));
  }
  assert.is(await print(["help", "storj", "send"]), await storj("direct-message", "--help"));
  for (const argv of [["-h"], ["help"], ["nothing", "--help"]]) assert.is(await storj(...argv), help);
});

test("wrong usage is one line, with the status 2 and what may have been meant", async () => {
  const rows: readonly (readonly [argv: readonly string[], line: RegExp])[] = [
    [[], /A command is missing \(see warpwire storj --help\)$/],
    [["--quiet"], /A command is missing/],
    [["pt", "a", "b"], /Unknown command "pt"; did you mean put\?/],
    [["direct_mesage", "a", "b"], /Unknown command "direct_mesage"; did you mean direct_message\?/],
    [["--udp_prt", "1", "run"], /Unknown option --udp-prt; did you mean --udp-port\?/],
    [["run", "--bootsrap=a:1"], /Unknown option --bootsrap; did you mean --bootstrap\?/],
    [["get", "k", "--keep"], /Unknown option --keep\b/],
    [["put", "k"], /Argument <value> is missing \(see warpwire storj put --help\)$/],
    [["get", "k", "v"], /Unexpected argument "v"/],
    [["run", "now"], /Unexpected argument "now"/],
    [["version", "1"], /Unexpected argument "1"/],
    [["--quiet=1", "version"], /Option --quiet takes no value/],
    [["run", "--udp_port"], /Option --udp-port has no value/],
    [["run", "--udp-port", "--json"], /Option --udp-port has no value; for the value "--json" write/],
    [["run", "--udp-port=65536"], /Option --udp-port must be a whole number from 0 to 65535, not "65536"/],
    [["run", "--udp-port=1.5"], /must be a whole number/],
    [["run", "--listen=localhost"], /Option --listen must be an IP address, not "localhost"/],
    [["run", "--network=bitcoin"], /Option --network is one of storjnet, storjnode, kademlia, not "bitcoin"/],
    [["run", "--log=xml"], /Option --log is one of text, json/],
    [["run", "--data="], /Option --data has an empty value/],
    [["send", "abc", "hi"], /A node id has 40 hex digits, unlike "abc"/],
    [["find", `${BOB_ID}00`], /A node id has 40 hex digits/],
    [["relay", BOB_ID.replace("2", "g"), "hi"], /A node id has 40 hex digits/],
    ...["here", ":1", "here:", "here:0", "here:65536", "a b:1", "[::1]", "[here]:1", "::1:1", "http://a:1"].map((
      text,
    ) => [["peers", `--bootstrap=${text}`], /Option --bootstrap must be HOST:PORT or \[IPV6\]:PORT, not "/] as const),
  ];
  for (const [argv, line] of rows) assert.match(await refused(...argv), line, argv.join(" "));
});

test("what is no key is not repeated", async () => {
  for (const text of ["secret", `${BOB.slice(0, -1)}k`, "ab".repeat(31), "cNotOfThisNetwork"]) {
    const line = await refused("showid", `--node-key=${text}`);
    assert.match(line, /^error: usage: Option --node-key: [^\n]+ \(see warpwire storj showid --help\)$/);
    assert.not.ok(line.includes(text), line);
  }
  assert.match(await refused("showid", "--key=a", `--node-key=${BOB}`), /--key and --node-key are both given/);
});

test("the key: of an option, of a file, or of the data folder, where it is made", () =>
  withFiles({ "other.key": `${ALICE}\n` }, async (path) => {
    const data = ["--data", path("data")];
    const made = await storj("showid", ...data);
    assert.is(await storj("showid", ...data), made, "it stays");
    const identity = Identity.parse(readFileSync(path("data/key"), "utf8").trim());
    assert.is(made, `Node id: ${identity.nodeIdHex}\n`);
    if (process.platform !== "win32") {
      assert.equal([path("data"), path("data/key")].map((file) => statSync(file).mode & 0o777), [0o700, 0o600]);
    }
    const json = JSON.parse(await storj("showid", "--json", ...data));
    assert.equal(json, { nodeId: identity.nodeIdHex, address: identity.address });
    assert.is(await storj("showid", `--node_key=${ALICE}`, ...data), `Node id: ${ALICE_ID}\n`);
    const { status, err } = await run(["storj", "showid", "--key", path("other.key"), ...data]);
    assert.equal([status, err.replace(/"[^"]*"/, "FILE")], [
      1,
      "error: permissions: Cannot load a key from FILE: its mode is 644 instead of 600\n",
    ]);
    const { nodeIdHex } = Identity.parse(ALICE);
    assert.is(nodeIdHex, ALICE_ID);
    const first = await storj("showid", "--key", path("new.key"), ...data);
    assert.is(await storj("showid", "--key", path("new.key"), "--data", path("unused")), first, "a key file is made");
    assert.not.ok(existsSync(path("unused")), "and nothing else");
    writeFileSync(path("data/key"), "nothing\n");
    assert.match(await fail(["storj", "showid", ...data], 1), /^error: syntax: .*\(in the file /);
  }));

test("the key of the environment, unless an option has one", async () => {
  try {
    process.env.STORJ_NODE_KEY = BOB;
    assert.is(await storj("showid"), `Node id: ${BOB_ID}\n`);
    assert.is(await storj("showid", `--node-key=${ALICE}`), `Node id: ${ALICE_ID}\n`);
    process.env.STORJ_NODE_KEY = "secret";
    const line = await refused("showid");
    assert.match(line, /^error: usage: Variable STORJ_NODE_KEY: /);
    assert.not.ok(line.includes("secret"));
  } finally {
    delete process.env.STORJ_NODE_KEY;
  }
});

test("the version, in the words of the original program", async () => {
  for (const argv of [["version"], ["--version"], ["-V"], ["--json", "--version"]]) {
    assert.match(await storj(...argv), /^v\d+\.\d+\.\d+\n$/, argv.join(" "));
  }
  assert.match(await storj("version", "--json"), /^\{"version":"\d+\.\d+\.\d+"\}\n$/);
});

test.run();
