/**
 * Key files: saved for the owner only and never over anything, loaded from nothing that others may use.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Identity } from "../../src/identity/identity.ts";
import { KEY_FILE_BYTES_MAX, loadKey, saveKey } from "../../src/identity/key-file.ts";
import { expectCodeAsync } from "./expect-code.ts";
import { ALICE } from "./vectors.ts";

const HAS_MODES = process.platform !== "win32";

const test = suite<{ folder: string; path: string }>("identity: key files");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "warpwire-key-"));
  context.path = join(context.folder, "node.key");
});

test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Writes a file that only its owner may use. */
function write(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600 });
}

test("saves a key for the owner only, and loads it", async ({ path, folder }) => {
  for (const compressed of [true, false]) {
    const identity = Identity.generate({ compressed });
    const file = `${path}-${compressed}`;
    await saveKey(file, identity);
    if (HAS_MODES) assert.is(statSync(file).mode & 0o777, 0o600);
    assert.is(readFileSync(file, "utf8"), `${identity.toWif()}\n`);
    assert.is((await loadKey(file)).toWif(), identity.toWif());
  }
  assert.equal(readdirSync(folder).sort(), ["node.key-false", "node.key-true"]);
});

test("never overwrites anything", async ({ path, folder }) => {
  const identity = Identity.generate();
  write(path, "something");
  await expectCodeAsync("exists", () => saveKey(path, identity));
  assert.is(readFileSync(path, "utf8"), "something");
  const sub = join(folder, "sub");
  mkdirSync(sub);
  await expectCodeAsync("exists", () => saveKey(sub, identity));
  assert.equal(readdirSync(folder).sort(), ["node.key", "sub"]);
});

test("does not save through a symbolic link", async ({ path, folder }) => {
  if (!HAS_MODES) return;
  const target = join(folder, "target");
  symlinkSync(target, path);
  await expectCodeAsync("exists", () => saveKey(path, Identity.generate()));
  assert.not.ok(existsSync(target));
});

test("of many that save at once, one succeeds, and its key is whole", async ({ path, folder }) => {
  const identities = Array.from({ length: 8 }, () => Identity.generate());
  const results = await Promise.allSettled(identities.map((identity) => saveKey(path, identity)));
  const winners = identities.filter((_, index) => results[index].status === "fulfilled");
  assert.is(winners.length, 1);
  assert.is((await loadKey(path)).toWif(), winners[0].toWif());
  assert.equal(readdirSync(folder), ["node.key"]);
});

test("does not save into a folder that is not there", async ({ folder }) => {
  const error = await expectCodeAsync("file", () => saveKey(join(folder, "none", "key"), Identity.generate()));
  assert.match(error.message, "ENOENT");
});

for (const [name, mode] of [["owner's only", 0o600], ["read-only", 0o400]] as const) {
  test(`loads a file that is ${name}`, async ({ path }) => {
    write(path, ALICE);
    chmodSync(path, mode);
    assert.is((await loadKey(path)).toWif(), ALICE);
  });
}

for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o777]) {
  test(`refuses a file of mode ${mode.toString(8)}`, async ({ path }) => {
    if (!HAS_MODES) return;
    write(path, ALICE);
    chmodSync(path, mode);
    const error = await expectCodeAsync("permissions", () => loadKey(path));
    assert.match(error.message, mode.toString(8));
  });
}

test("refuses a file of another user, whoever runs the program", async ({ path }) => {
  // Only root can give files away.
  if (process.getuid?.() !== 0) return;
  write(path, ALICE);
  chownSync(path, 65534, 65534);
  const error = await expectCodeAsync("permissions", () => loadKey(path));
  assert.match(error.message, /: it belongs to the user 65534, not to 0$/);
});

const CONTENTS: [name: string, content: string][] = [
  ["without a line end", ALICE],
  ["with Windows' line end", `${ALICE}\r\n`],
  ["with space around", `\n  ${ALICE}  \n`],
  ["as hex", Identity.parse(ALICE).toSecret().reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "")],
];

for (const [name, content] of CONTENTS) {
  test(`loads a key ${name}`, async ({ path }) => {
    write(path, content);
    assert.is((await loadKey(path)).toWif(), ALICE);
  });
}

test("refuses what is no key, with the code of the text and the name of the file", async ({ path }) => {
  write(path, "notakey");
  assert.match((await expectCodeAsync("syntax", () => loadKey(path))).message, "node.key");
  write(path, "cSuT2J14dYbe1zvB5z5WTXeRcMbj4tnoKssAK1ZQbnX5HtHfW3bi");
  await expectCodeAsync("network", () => loadKey(path));
  write(path, "");
  await expectCodeAsync("syntax", () => loadKey(path));
  write(path, `${ALICE}\n${ALICE}`);
  await expectCodeAsync("syntax", () => loadKey(path));
  write(path, new Uint8Array(64).fill(255));
  const error = await expectCodeAsync("syntax", () => loadKey(path));
  assert.not.match(error.message, "\ufffd");
});

test("refuses a file that is too long", async ({ path }) => {
  write(path, ALICE.padEnd(KEY_FILE_BYTES_MAX));
  assert.is((await loadKey(path)).toWif(), ALICE);
  write(path, ALICE.padEnd(KEY_FILE_BYTES_MAX + 1));
  await expectCodeAsync("file", () => loadKey(path));
  write(path, new Uint8Array(10_000_000));
  await expectCodeAsync("file", () => loadKey(path));
});

test("refuses what is no file", async ({ path, folder }) => {
  await expectCodeAsync("missing", () => loadKey(path));
  await expectCodeAsync("file", () => loadKey(folder));
  await expectCodeAsync("file", () => loadKey(join(folder, "no\0name")));
});

test("does not wait for a named pipe", async ({ path }) => {
  if (!HAS_MODES) return;
  execFileSync("mkfifo", ["-m", "600", path]);
  await expectCodeAsync("file", () => loadKey(path));
});

test("follows a symbolic link, and checks the file that it leads to", async ({ path, folder }) => {
  if (!HAS_MODES) return;
  const target = join(folder, "target");
  write(target, ALICE);
  symlinkSync(target, path);
  assert.is((await loadKey(path)).toWif(), ALICE);
  chmodSync(target, 0o644);
  await expectCodeAsync("permissions", () => loadKey(path));
  rmSync(target);
  await expectCodeAsync("missing", () => loadKey(path));
  symlinkSync("/dev/null", target);
  await expectCodeAsync("file", () => loadKey(path));
  rmSync(target);
  symlinkSync(path, target);
  await expectCodeAsync("file", () => loadKey(path));
});

test("loads a file that has another name, too", async ({ path, folder }) => {
  write(path, ALICE);
  linkSync(path, join(folder, "other"));
  assert.is((await loadKey(join(folder, "other"))).toWif(), ALICE);
});

test.run();
