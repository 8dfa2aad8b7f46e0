/**
 * The options of the build by `@deno/dnt`: what users import, what is started as a thread, and the program.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { dntOptions } from "../tasks/dnt.ts";
import { type DenoManifest, npmDoors, type NpmManifest } from "../tasks/doors.ts";
import { readJson, readSources, root } from "../tasks/project.ts";

const test = suite("dnt");

const npm = readJson<NpmManifest & Record<string, unknown>>("package.json");
const options = dntOptions(npm, readJson<DenoManifest>("deno.json"));

function entries(kind: string) {
  return options.entryPoints.filter((entry) => entry.kind === kind);
}

test("the entry points are files, each under one name", () => {
  for (const { path } of options.entryPoints) assert.ok(existsSync(join(root, path)), path);
  const names = options.entryPoints.map(({ kind, name }) => `${kind} ${name}`);
  assert.equal([...new Set(names)], names);
});

test("every door of package.json is one, and leads to the source of what package.json exports", () => {
  const paths = new Map(entries("export").map(({ name, path }) => [name, path]));
  assert.is(options.entryPoints[0].name, ".");
  for (const door of npmDoors(npm)) {
    const { default: built } = npm.exports[door] as { default: string };
    assert.is(paths.get(door), built.replace("./dist/", "./").replace(/\.js$/, ".ts"), door);
  }
});

test("every file that is started as a thread is one, and nothing else besides the doors", () => {
  const threads = [...readSources()].filter(([file, source]) =>
    file.startsWith("src/") && /\bparentPort\b/.test(source)
  );
  const others = entries("export").filter(({ name }) => npm.exports[name] === undefined);
  assert.ok(threads.length > 0);
  assert.equal(others.map(({ path }) => path).toSorted(), threads.map(([file]) => `./${file}`).toSorted());
  // The sources start them by the place of the importing file: the name must not move them.
  for (const { name, path } of others) assert.is(name, path.replace(/\.ts$/, ".js"));
});

test("the programs are the same", () => {
  assert.equal(entries("bin"), [
    { kind: "bin", name: "warpwire", path: "./src/cli/main.ts" },
    { kind: "bin", name: "storjnode", path: "./src/cli/storjnode-main.ts" },
  ]);
  assert.equal(Object.keys(npm.bin), ["warpwire", "storjnode"]);
});

test("the package needs what warpwire needs, and leaves to its users what warpwire leaves to them", () => {
  const { dependencies, ...about } = options.package as { dependencies: Record<string, string> };
  const { "@warpwire/codec": _, ...own } = npm.dependencies!;
  assert.equal(dependencies, own);
  for (const [key, value] of Object.entries(about)) assert.equal(value, npm[key], key);
  for (const [name, version] of Object.entries(npm.peerDependencies!)) {
    assert.equal(options.mappings[name], { name, version, peerDependency: true });
  }
  assert.is(Object.keys(options.mappings).length, Object.keys(npm.peerDependencies!).length);
});

test.run();
