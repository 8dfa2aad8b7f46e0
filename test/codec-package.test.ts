/**
 * The manifest of `@warpwire/codec` opens the doors of `warpwire` that lead to `codec/` and what `src/` imports besides,
 * and a difference is found.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findCodecFaults } from "../tasks/codec-package.ts";
import type { NpmManifest } from "../tasks/doors.ts";
import { readJson, readSources } from "../tasks/project.ts";

const test = suite("codec package");

function built(path: string) {
  return { types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` };
}

function npm(): NpmManifest {
  return {
    name: "warpwire",
    version: "1.2.3",
    bin: {},
    exports: { ".": built("mod"), "./codec": built("codec/mod"), "./json": built("codec/json/mod") },
    dependencies: { "@noble/hashes": "^2.0.0", "ws": "^8.0.0" },
  };
}

function codec(): NpmManifest {
  return {
    name: "@warpwire/codec",
    version: "1.2.3",
    bin: {},
    exports: {
      ".": built("mod"),
      "./json": built("json/mod"),
      "./internal/values": built("values"),
      "./package.json": "./package.json",
    },
    dependencies: { "@noble/hashes": "^2.0.0" },
  };
}

function sources(): Map<string, string> {
  return new Map(Object.entries({
    "mod.ts": `export * from "./codec/mod.ts";`,
    "codec/mod.ts": `export { a } from "./a.ts";`,
    "codec/a.ts": `import { sha256 } from "@noble/hashes/sha2.js";`,
    "codec/json/mod.ts": "",
    "codec/values.ts": "",
    "src/cli/main.ts": `import "../../codec/values.ts";`,
    "test/a.test.ts": `import "../codec/a.ts";`,
  }));
}

type Change = (npm: NpmManifest, codec: NpmManifest, sources: Map<string, string>) => void;

const BAD: [name: string, change: Change, fault: string][] = [
  ["another version", (_, codec) => codec.version = "1.2.4", "The version of @warpwire/codec is 1.2.4, not 1.2.3"],
  [
    "a door that is missing",
    (_, codec) => delete codec.exports["./json"],
    `The door "warpwire/json" is not in the exports of @warpwire/codec`,
  ],
  [
    "a door under another name",
    (_, codec) => {
      codec.exports["./document"] = built("json/mod");
      delete codec.exports["./json"];
    },
    `"./document" of @warpwire/codec should be "./json"`,
  ],
  [
    "an internal file as a door",
    (_, codec) => {
      codec.exports["./values"] = built("values");
      delete codec.exports["./internal/values"];
    },
    `"./values" of @warpwire/codec should be "./internal/values"`,
  ],
  [
    "a file that is not there",
    (_, __, sources) => sources.delete("codec/json/mod.ts"),
    `"./json" of @warpwire/codec leads to "codec/json/mod.ts", which is not a file`,
  ],
  [
    "no types",
    (_, codec) => codec.exports["./json"] = { default: "./dist/json/mod.js" },
    `"./json" of @warpwire/codec is not types and default of "./dist/json/mod"`,
  ],
  [
    "an import past the doors",
    (_, __, sources) => sources.set("src/web/page.ts", `\nimport "../../codec/a.ts";`),
    `src/web/page.ts:2 imports "../../codec/a.ts", which @warpwire/codec does not export`,
  ],
  [
    "an internal file that nothing imports",
    (_, __, sources) => sources.delete("src/cli/main.ts"),
    `Nothing imports "@warpwire/codec/internal/values"`,
  ],
  [
    "a package that is not declared",
    (_, codec) => delete codec.dependencies,
    `@warpwire/codec lacks the package "@noble/hashes"`,
  ],
  [
    "a package that is not needed",
    (_, codec) => codec.dependencies!["ws"] = "^8.0.0",
    `@warpwire/codec does not import "ws"`,
  ],
  [
    "another range",
    (_, codec) => codec.dependencies!["@noble/hashes"] = "^2.1.0",
    "@warpwire/codec has @noble/hashes ^2.1.0, warpwire has ^2.0.0",
  ],
];

test("a good manifest has no faults", () => assert.equal(findCodecFaults(npm(), codec(), sources()), []));

for (const [name, change, fault] of BAD) {
  test(`${name} is found`, () => {
    const project = [npm(), codec(), sources()] as const;
    change(...project);
    assert.equal(findCodecFaults(...project), [fault]);
  });
}

test("the manifest of the project is good", () => {
  const [all, own] = [readJson<NpmManifest>("package.json"), readJson<NpmManifest>("packages/codec/package.json")];
  assert.equal(findCodecFaults(all, own, readSources()), []);
});

test.run();
