/**
 * The network as the program maps and watches it.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type StorjNode, storjNode } from "../../../src/storj/mod.ts";
import { kill } from "../program-process.ts";
import { run } from "../program-run.ts";
import { Places, type Running, storjnode } from "./storj-programs.ts";

const test = suite("storj program: map");

const NODES = 6;
const places = new Places();
const nodes: StorjNode[] = [];
let running: Running;
let bootstrap = "";
/** In the folder of the node that runs, or in another one. */
const inFolder = (name: string, ...argv: string[]) => run(["storj", "--data", places.path(name), ...argv]);

test.before(async () => {
  for (let count = 0; count < NODES; count++) {
    const places = nodes.slice(0, 1).map(({ port }) => `127.0.0.1:${port}`);
    const node = await storjNode({ bootstrap: places, answerRequests: true });
    if (places.length > 0) await node.ready();
    nodes.push(node);
  }
  bootstrap = `--bootstrap=127.0.0.1:${nodes[0].port}`;
  running = await places.run("running", [bootstrap, "--answer_requests"]);
});

test.after(async () => {
  await places.end();
  for (const node of nodes) await node.close();
});

const ids = () => [...nodes.map(({ nodeIdHex }) => nodeIdHex), running.id].sort();

test("a line of JSON for each node, and a summary; the same through the node that runs", async () => {
  for (const argv of [["running"], ["other", bootstrap]]) {
    const { status, out, err } = await inFolder(argv[0], ...argv.slice(1), "map", "--json");
    assert.equal([status, err], [0, ""]);
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    const { summary } = lines.pop();
    const named = lines.map(({ nodeId }) => nodeId).filter((id) => id !== summary.self || id === running.id);
    assert.equal(named.sort(), ids());
    assert.equal([summary.complete, summary.answered, summary.files], [true, summary.nodes, []]);
    assert.ok(lines.every(({ address, peers, seen }) => /^127\.0\.0\.1:\d+$/.test(address) && peers && seen > 0));
  }
});

test("pictures, and what is in them", async () => {
  const files = ["dot", "svg", "png"].map((format) => places.path(`map.${format}`));
  const options = files.flatMap((file) => [`--${file.split(".").at(-1)}`, file]);
  const { status, out, err } = await inFolder("running", "map", ...options);
  assert.equal([status, err], [0, ""]);
  // Nodes that were there for a moment only may be known still.
  const counts = files.map((file) => `${file}: N nodes, 7 of which answered\n`).join("");
  assert.is(out.replace(/: \d+ nodes/g, ": N nodes"), counts);
  const [dot, svg] = files.map((file) => readFileSync(file, "utf8"));
  for (const id of ids()) assert.ok(dot.includes(id.slice(0, 8)) && svg.includes(id.slice(0, 8)), id);
  assert.is(readFileSync(files[2]).subarray(1, 4).toString(), "PNG");
});

test("by default a PNG in the data folder, and no more nodes than are wanted", async () => {
  const { status, out, err } = await inFolder("running", "map", "--nodes_max=3");
  assert.equal([status, err], [0, ""]);
  const [file] = readdirSync(`${places.path("running")}/graphs`);
  assert.match(file, /^network map \d{4}-\d\d-\d\d [\d.]+\.png$/);
  assert.is(out, `${places.path("running")}/graphs/${file}: 3 nodes, 3 of which answered; there are more\n`);
});

test("wrong places and numbers", async () => {
  const wrong = await inFolder("running", "map", "--svg", places.path("nowhere/map.svg"));
  assert.equal([wrong.status, wrong.out], [1, ""]);
  assert.match(wrong.err, /^error: ENOENT: [^\n]+\n$/);
  for (
    const argv of [["map", "--nodes-max=0"], ["monitor", "--limit=0"], ["monitor", "--interval=a"], ["map", "file"]]
  ) {
    const { status, err } = await inFolder("running", ...argv);
    assert.is(status, 2);
    assert.match(err, /^error: usage: [^\n]+\n$/);
  }
});

test("monitor prints a line for each dataset, which is a file whose hash is stored, until it is interrupted", async () => {
  for (const [name, ...argv] of [["running", "--json"], ["watching", bootstrap]]) {
    const program = storjnode.start(["monitor", "--interval=1", "--limit=2", ...argv], places.env(name));
    const line = await program.line(/^\{|^Dataset /);
    kill(program, "SIGINT");
    const { status, err } = await program.ended;
    assert.equal([status, err], [0, ""]);
    const [file] = readdirSync(`${places.path(name)}/datasets`);
    const dataset = JSON.parse(readFileSync(`${places.path(name)}/datasets/${file}`, "utf8"));
    const key = `monitor_dataset_${dataset.node}_0`;
    const count = Object.keys(dataset.processed).length;
    assert.ok(count >= 1 && count <= 2, String(count));
    if (name === "watching") {
      const path = `${places.path(name)}/datasets/${file}`;
      assert.is(
        line,
        `Dataset 0: ${count} ${count === 1 ? "node" : "nodes"} in ${path}; its hash is stored under ${key}`,
      );
    } else {
      const notice = JSON.parse(line);
      assert.equal([notice.num, notice.nodes, notice.key, notice.stored], [0, count, key, true]);
      assert.is(await nodes[1].dhtGet(key), notice.hash);
    }
  }
});

test.run();
