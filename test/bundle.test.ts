/**
 * The bundles of the programs: what is loaded at the start is counted, and licenses come along.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesAtStart, hideLaterImports, licenseOf, licensesText, type Metafile, packagesOf } from "../tasks/bundle.ts";

const test = suite("bundles");

test("what a program loads at once counts, each file one time; what it loads later does not", () => {
  const statically = (path: string) => ({ path, kind: "import-statement" });
  const metafile: Metafile = {
    inputs: {},
    outputs: {
      "main.js": {
        bytes: 1,
        imports: [statically("a.js"), { path: "later.js", kind: "dynamic-import" }, {
          path: "node:fs",
          kind: "import-statement",
          external: true,
        }],
      },
      "a.js": { bytes: 20, imports: [statically("b.js")] },
      "b.js": { bytes: 300, imports: [statically("a.js")] },
      "later.js": { bytes: 4000, imports: [] },
    },
  };
  assert.is(bytesAtStart(metafile, "main.js"), 321);
});

test("the names of files that are imported later cannot be read, and nothing in a line moves", () => {
  const code = `import{a}from"./chunk-A.js";var later=()=>import("./chunk-B1.js"),fs=()=>import("node:fs");`;
  const hidden = `import{a}from"./chunk-A.js";var later=()=>import(chunks+"B1.js" ),fs=()=>import("node:fs");`;
  assert.is(hideLaterImports(code), hidden);
  assert.is(hidden.length, code.length);
});

test("packages are found by the files that are from them, those inside of others too", () => {
  const files = [
    "src/cli/main.ts",
    "node_modules/ws/lib/websocket.js",
    "node_modules/@noble/hashes/sha2.js",
    "node_modules/@noble/hashes/utils.js",
    "node_modules/libp2p/node_modules/it-pipe/src/index.js",
  ];
  assert.equal(packagesOf(files), [
    "node_modules/@noble/hashes",
    "node_modules/libp2p/node_modules/it-pipe",
    "node_modules/ws",
  ]);
});

test("the texts of licenses come along, equal ones once; a package without a license is not bundled", () => {
  const folder = mkdtempSync(join(tmpdir(), "warpwire-licenses-"));
  const write = (name: string, manifest: object, files: Readonly<Record<string, string>> = {}) => {
    mkdirSync(join(folder, name));
    const all = { ...files, "package.json": JSON.stringify({ name, version: "1.2.3", ...manifest }) };
    for (const [file, text] of Object.entries(all)) writeFileSync(join(folder, name, file), text);
    return join(folder, name);
  };
  try {
    const one = write("one", { license: "MIT" }, { LICENSE: "Do as you like\n", "README.md": "One" });
    const two = write("two", { license: "MIT", homepage: "https://two.example" }, { "license.md": "Do as you like" });
    const three = write("three", { license: "ISC" }, { "LICENSE-ISC": "Be nice\r\n", NOTICE: "By three" });
    assert.equal(licensesText([one, two, three].map(licenseOf)).split("\n").slice(2), [
      "one 1.2.3 (MIT)",
      "two 1.2.3 (MIT) https://two.example",
      "",
      "Do as you like",
      "",
      "-".repeat(80),
      "",
      "three 1.2.3 (ISC)",
      "",
      "Be nice",
      "",
      "By three",
      "",
    ]);
    const none = write("none", {}, { LICENSE: "All rights reserved" });
    assert.throws(() => licenseOf(none), `Cannot bundle "none": its manifest has no license`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
