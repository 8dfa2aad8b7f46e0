/**
 * How built files become two npm packages: what imports the codec gets it from its package.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codecDoors, doorFiles } from "../tasks/codec-package.ts";
import type { NpmManifest } from "../tasks/doors.ts";
import { reachable, withDoors, withPackage } from "../tasks/npm-packages.ts";
import { doorsProgram } from "../tasks/pack-doors.ts";
import { newestEven } from "../tasks/pack-runtimes.ts";
import { readJson } from "../tasks/project.ts";

const test = suite("npm packages");

const NAMES = new Map([
  ["codec/mod", "@warpwire/codec"],
  ["codec/json/mod", "@warpwire/codec/json"],
  ["codec/values", "@warpwire/codec/internal/values"],
]);

test("code imports the codec from its package, and everything else as before", () => {
  const text = [
    `import { a } from "../../codec/mod.js";`,
    `import { b } from "../../codec/values.js"; // from "../../codec/mod.js"`,
    `import { c } from "./other.js";`,
    `const d = await import("../../codec/json/mod.js");`,
    `const e = 'import "../../codec/mod.js"';`,
  ].join("\n");
  assert.equal(withPackage("src/cli/main.js", text, NAMES).split("\n"), [
    `import { a } from "@warpwire/codec";`,
    `import { b } from "@warpwire/codec/internal/values"; // from "../../codec/mod.js"`,
    `import { c } from "./other.js";`,
    `const d = await import("@warpwire/codec/json");`,
    `const e = 'import "../../codec/mod.js"';`,
  ]);
});

test("declarations name types by the door of the folder they are written in", () => {
  const text = `export declare const a: import("../codec/json/shape.ts").JsonShape;\nexport * from "../codec/mod.ts";`;
  assert.is(
    withPackage("src/a.d.ts", text, NAMES),
    `export declare const a: import("@warpwire/codec/json").JsonShape;\nexport * from "@warpwire/codec";`,
  );
});

test("what the package does not export is not packed", () => {
  assert.throws(
    () => withPackage("src/a.js", `import "../codec/json/shape.js";`, NAMES),
    `Cannot pack "src/a.js": the codec's package does not export "codec/json/shape"`,
  );
});

test("a package consists of what its doors reach", () => {
  const files: Record<string, string> = {
    "codec/mod.js": `export * from "./a.js"; import "@noble/hashes/sha2.js";`,
    "codec/a.js": `import "./json/mod.js";`,
    "codec/json/mod.js": `import "../mod.js";`,
    "codec/unused.js": "",
  };
  assert.equal([...reachable(["codec/mod"], ".js", (file) => files[file])], [
    "codec/mod.js",
    "codec/a.js",
    "codec/json/mod.js",
  ]);
});

test("texts of the codec name the doors of its own package", () => {
  const doors = new Map([["warpwire/codec", "@warpwire/codec"], ["warpwire/json", "@warpwire/codec/json"]]);
  assert.is(
    withDoors('import "warpwire/codec"; `warpwire/json` \'warpwire/host\' "warpwire/codec/other"', doors),
    'import "@warpwire/codec"; `@warpwire/codec/json` \'warpwire/host\' "warpwire/codec/other"',
  );
});

test("every door of the codec is used when the packages are checked", () => {
  const codec = readJson<NpmManifest>("packages/codec/package.json");
  const opened = doorFiles(codec);
  for (const file of codecDoors(readJson<NpmManifest>("package.json")).keys()) {
    const name = opened.get(file)!;
    const door = name.replace(codec.name, ".");
    const program = doorsProgram(new Map([[".", codec.name], [door, name]]));
    assert.ok(program.includes(`await use("${name}", async (door) => {`), name);
  }
  assert.throws(() => doorsProgram(new Map([["./new", "@warpwire/codec/new"]])), /no use of the door "\.\/new"/);
});

test("the newest Node with long-term support has an even major version", () => {
  assert.is(newestEven(["9.0.0", "24.9.0", "24.10.1", "25.1.0", "26.0.0-rc.1"]), "24.10.1");
  assert.throws(() => newestEven(["25.1.0"]), /even major/);
});

test.run();
