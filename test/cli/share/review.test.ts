/**
 * What somebody sees of a share before it is fetched, and the ways to say which share is meant.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isHidden } from "../../../src/cli/share/share-review.ts";
import { complete, type Program, start, stop } from "../program-process.ts";
import { fail, run } from "../program-run.ts";

const test = suite("program: what receive shows and asks");

const folder = mkdtempSync(join(tmpdir(), "warpwire-review-"));
const source = join(folder, "source");
const PATHS = [join(source, "photos"), join(source, ".profile"), join(source, ".config")];

let sharing: Program;
let address = "";
let target = "";

test.before(async () => {
  mkdirSync(join(source, "photos"), { recursive: true });
  mkdirSync(join(source, ".config/empty"), { recursive: true });
  writeFileSync(join(source, "photos/.album"), "hidden, but not at the first level");
  writeFileSync(join(source, "photos/1.jpg"), "picture");
  writeFileSync(join(source, ".profile"), "run this");
  writeFileSync(join(source, ".config/x"), "and this");
  sharing = start(["share", ...PATHS, "--keep", "--listen", "tcp:localhost:0"]);
  address = (await sharing.line(/^ {2}warpwire receive /)).trim().split(" ")[2]!;
});

test.before.each(() => {
  target = mkdtempSync(join(folder, "target-"));
});

test.after(async () => {
  await stop(sharing);
  rmSync(folder, { recursive: true, force: true });
});

function received(): string[] {
  return readdirSync(target).filter((name) => name !== ".warpwire").sort();
}

test("without a terminal hidden names of the first level stay away, which is said and is no plain success", async () => {
  const { status, out, err } = await run(["receive", address, "--downloads", target]);
  assert.is(status, 3, err);
  assert.match(err, /^left out: \.profile, \.config: /);
  assert.match(out, /^Receiving photos \(2 files, 41 bytes\) /m);
  assert.match(out, /^Received photos: 2 files, /m);
  assert.equal(received(), ["photos"]);
  assert.is(readFileSync(join(target, "photos/1.jpg"), "utf8"), "picture");
  assert.ok(existsSync(join(target, "photos/.album")));
  await sharing.line(/ is done, but left some out: /);
});

test("programs get an event of what was left out", async () => {
  const { status, out, err } = await run(["receive", address, "--downloads", target, "--json"], { interactive: true });
  assert.equal([status, err], [3, ""]);
  const events = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  const [left] = events.filter(({ type }) => type === "left-out");
  assert.equal([left.names, left.reason], [[".profile", ".config"], "hidden"]);
  assert.equal(received(), ["photos"]);
});

test("--hidden allows them", async () => {
  const { status, err } = await run(["receive", address, "--downloads", target, "--hidden"]);
  assert.equal([status, err], [0, ""]);
  assert.equal(received(), [".config", ".profile", "photos"]);
  assert.ok(existsSync(join(target, ".config/empty")));
});

test("at a terminal it shows final paths and sizes, hidden ones first, and asks", async () => {
  mkdirSync(join(target, "photos"));
  const given = { interactive: true, input: ["what?\n", "Yes\n"] };
  const { status, out, err } = await run(["receive", address, "--downloads", target], given);
  assert.equal([status, err], [0, ""], out);
  const lines = out.split("\n");
  assert.match(lines[0]!, /^0[23]\w{6}:\w{8} shares photos \(2\) and 2 more \(4 files, /);
  assert.match(out, /^ {2}\.profile \(8 bytes\)\n {2}\.config\/x \(8 bytes\)\n {2}photos \(2\)\/\.album \(34 bytes\)/m);
  assert.match(out, /^Hidden names, .*: \.profile, \.config$/m);
  assert.is(out.match(/Receive this\?/g)!.length, 2);
  assert.equal(received(), [".config", ".profile", "photos", "photos (2)"]);
});

test("who says no, or nothing, gets nothing", async () => {
  for (const input of [["n\n"], []]) {
    const given = { interactive: true, input };
    const { status, out } = await run(["receive", address, "--downloads", target], given);
    assert.is(status, 1);
    assert.match(out, /Nothing was received\n$/);
    assert.equal(received(), []);
  }
});

test("-y does not ask, and so nobody has looked at hidden names", async () => {
  const { status, out } = await run(["receive", address, "--downloads", target, "-y"], { interactive: true });
  assert.is(status, 3);
  assert.not.match(out, /Receive this/);
  assert.equal(received(), ["photos"]);
});

test("a long list is cut, and its hidden names are still there", async () => {
  const many = join(folder, "many");
  mkdirSync(many);
  for (let each = 0; each < 40; each++) writeFileSync(join(many, `${each}`), "");
  writeFileSync(join(folder, ".last"), "");
  const other = start(["share", many, join(folder, ".last"), "--keep", "--listen", "tcp:127.0.0.1:0"]);
  const where = (await other.line(/^ {2}warpwire receive /)).trim().split(" ")[2]!;
  const { out } = await run(["receive", where, "--downloads", target], { interactive: true, input: ["n\n"] });
  await stop(other);
  assert.match(out, /^ {2}\.last \(0 bytes\)$/m);
  assert.match(out, /^ {2}and 21 more files$/m);
});

test("the share is asked for at a terminal, read from the standard input, or from the environment", async () => {
  const options = ["--downloads", target, "--hidden"];
  const asked = await run(["receive", ...options], { interactive: true, input: [`${address}\n`, "y\n"] });
  assert.is(asked.status, 0, asked.err);
  // Whole commands are pasted, too.
  const read = await run(["receive", "-", ...options], { input: [`  warpwire receive ${address}\r\nmore`] });
  assert.is(read.status, 0, read.err);
  const { status, err } = await complete(["receive", ...options], { env: { WARPWIRE_SHARE: address } });
  assert.is(status, 0, err);
  assert.equal(received().filter((name) => name.startsWith("photos")), ["photos", "photos (2)", "photos (3)"]);
  assert.match(await fail(["receive"], 2), /<share> is missing/);
  assert.match(await fail(["receive", "-"], 2), /standard input contains no share/);
  assert.match(await fail(["receive", "-"], 2, { input: ["\n"] }), /not of the form/);
});

test("the help says who can read arguments", async () => {
  const { out } = await run(["receive", "--help"]);
  assert.match(out.replace(/\s+/g, " "), /Other users of this machine can read the arguments of programs/);
});

test("hidden names are known also with characters before the dot that file systems do not see", () => {
  for (const name of [".profile", "\u200c.profile", "\ufeff\u200d.x"]) assert.ok(isHidden(name));
  for (const name of ["a.b", "profile", "", "\u200ca"]) assert.not.ok(isHidden(name));
});

test("an empty path is none, nor is an empty option", async () => {
  assert.match(await fail(["share", ""], 2), /The path is empty/);
  assert.match(await fail(["share", source, "", source], 2), /Path 2 is empty/);
  assert.match(await fail(["send", ""], 2), /The path is empty/);
  assert.match(await fail(["receive", address, "--downloads", ""], 2), /--downloads has an empty value/);
  assert.match(await fail(["serve", "--data", ""], 2), /--data has an empty value/);
  assert.match(await fail(["serve", "--data", target, "--downloads="], 2), /--downloads has an empty value/);
  assert.match(await fail(["status", "--data", ""], 2), /--data has an empty value/);
  assert.match(await fail(["share", source, "--listen", ""], 2), /--listen has an empty value/);
});

test("what a share leaves out is told above the bar of a terminal, to programs, and by the status", async () => {
  const mixed = join(folder, "mixed");
  mkdirSync(mixed);
  writeFileSync(join(mixed, "a"), "a");
  symlinkSync("a", join(mixed, "link"));
  writeFileSync(join(mixed, "back\\slash"), "");
  const shown = await run(["share", mixed, "--listen", "tcp:192.0.2.1:0"], { terminal: true });
  // Nothing goes past the bar, which would be drawn over it.
  assert.match(shown.err, /^error: [^\n]+\n$/);
  assert.match(shown.out, /left out: \S+link is a symbolic link[^\n]*\n/);
  assert.match(shown.out, /left out: \S+slash has a backslash in its name\n/);
  assert.match(shown.out.slice(shown.out.lastIndexOf("left out")), /^[^\n]+\n$/);
  const program = start(["share", mixed, "--listen", "tcp:127.0.0.1:0", "--json"]);
  const left = JSON.parse(await program.line(/"left-out"/));
  assert.equal([left.path.endsWith("slash"), left.reason], [true, "separator"]);
  const { share } = JSON.parse(await program.line(/"type":"ready"/));
  assert.is((await run(["receive", share, "--downloads", target])).status, 0);
  assert.is((await program.ended).status, 3);
});

test.run();
