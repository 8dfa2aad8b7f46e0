/**
 * The doors of package.json and deno.json are the same, and a difference is found.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DenoManifest, doorName, findDoorFaults, type NpmManifest } from "../tasks/doors.ts";
import { readJson, readSources } from "../tasks/project.ts";

const test = suite("doors");

const FILES = ["mod.ts", "codec/mod.ts"];

function npm(): NpmManifest {
  return {
    name: "warpwire",
    version: "1.2.3",
    bin: { warpwire: "dist/src/cli/main.cjs" },
    exports: {
      ".": { types: "./dist/mod.d.ts", default: "./dist/mod.js" },
      "./codec": { types: "./dist/codec/mod.d.ts", default: "./dist/codec/mod.js" },
      "./package.json": "./package.json",
    },
    peerDependencies: { "fast-check": "^4.0.0" },
  };
}

function deno(): DenoManifest {
  return {
    version: "1.2.3",
    exports: { ".": "./mod.ts", "./codec": "./codec/mod.ts" },
    imports: { "warpwire": "./mod.ts", "warpwire/codec": "./codec/mod.ts", "fast-check": "npm:fast-check@^4.0.0" },
  };
}

type Change = (npm: NpmManifest, deno: DenoManifest, files: string[]) => void;

const BAD: [name: string, change: Change, fault: string][] = [
  [
    "two versions",
    (npm) => npm.version = "1.2.4",
    "The version is 1.2.4 in package.json and 1.2.3 in deno.json",
  ],
  [
    "a door only in deno.json",
    (npm) => delete npm.exports["./codec"],
    `The door "./codec" is not in the exports of package.json`,
  ],
  [
    "a door only in package.json",
    (_, deno) => {
      delete deno.exports["./codec"];
      delete deno.imports["warpwire/codec"];
    },
    `The door "./codec" is not in the exports of deno.json`,
  ],
  [
    "a door that leads elsewhere",
    (npm) => npm.exports["./codec"] = npm.exports["."],
    `The door "./codec" of package.json is not types and default of "./dist/codec/mod"`,
  ],
  [
    "a door without types",
    (npm) => npm.exports["."] = { default: "./dist/mod.js" },
    `The door "." of package.json is not types and default of "./dist/mod"`,
  ],
  [
    "types that come too late",
    (npm) => npm.exports["."] = { default: "./dist/mod.js", types: "./dist/mod.d.ts" },
    `The door "." of package.json is not types and default of "./dist/mod"`,
  ],
  [
    "a door without an import",
    (_, deno) => delete deno.imports["warpwire/codec"],
    `deno.json does not import "warpwire/codec" from "./codec/mod.ts"`,
  ],
  [
    "a door without a file",
    (_npm, _deno, files) => files.pop(),
    `The door "./codec" leads to "./codec/mod.ts", which is not a file`,
  ],
  [
    "an import that is no door",
    (_, deno) => deno.imports["warpwire/new"] = "./new.ts",
    `deno.json imports "warpwire/new", which is neither a door nor a package`,
  ],
  [
    "a package in two versions",
    (_, deno) => deno.imports["fast-check"] = "npm:fast-check@^3.0.0",
    "deno.json imports fast-check ^3.0.0, package.json has ^4.0.0",
  ],
  [
    "a package missing in package.json",
    (_, deno) => deno.imports["ws"] = "npm:ws@^8.0.0",
    "deno.json imports ws ^8.0.0, package.json has none",
  ],
  [
    "a package missing in deno.json",
    (npm) => npm.dependencies = { ws: "^8.0.0" },
    `deno.json does not import the package "ws"`,
  ],
  [
    "an optional package",
    (npm) => npm.optionalDependencies = { ws: "^8.0.0" },
    `The package "ws" is optional, so that npm may leave it out`,
  ],
  [
    "a pinned package",
    (npm, deno) => {
      npm.dependencies = { ws: "8.0.0" };
      deno.imports["ws"] = "npm:ws@8.0.0";
    },
    `The package "ws" is pinned to 8.0.0; a library takes ^ ranges`,
  ],
  [
    "a manifest that is not exported",
    (npm) => delete npm.exports["./package.json"],
    `package.json does not export "./package.json"`,
  ],
];

for (const [name, change, fault] of BAD) {
  test(`finds: ${name}`, () => {
    const [npmManifest, denoManifest, files] = [npm(), deno(), [...FILES]];
    change(npmManifest, denoManifest, files);
    assert.equal(findDoorFaults(npmManifest, denoManifest, files), [fault]);
  });
}

test("finds no fault where there is none", () => assert.equal(findDoorFaults(npm(), deno(), FILES), []));

test("names doors as users write them", () => {
  assert.is(doorName(npm(), "."), "warpwire");
  assert.is(doorName(npm(), "./codec"), "warpwire/codec");
});

test("the manifests have the same doors", () => {
  const manifests = [readJson<NpmManifest>("package.json"), readJson<DenoManifest>("deno.json")] as const;
  assert.ok(Object.keys(manifests[0].exports).length > 1);
  assert.equal(findDoorFaults(...manifests, readSources().keys()), []);
});

test.run();
