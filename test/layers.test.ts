/**
 * The rules about imports find what they are there to find, and the sources keep them.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findLayerFaults } from "../tasks/layers.ts";
import { readSources } from "../tasks/project.ts";
import { importsOf, mask } from "../tasks/source.ts";

const test = suite("layers");

/** A small project without faults, in which every layer imports the one before it. */
const GOOD: Record<string, string> = {
  "mod.ts": `export * from "./codec/mod.ts";`,
  "codec/mod.ts": `export { a } from "./a.ts";`,
  "codec/a.ts": `export const a = 1;`,
  "codec/arbitrary/fast-check.ts": `import * as fc from "fast-check";\nimport { a } from "../a.ts";\nfc.constant(a);`,
  "codec/json/mod.ts": `import { a } from "../mod.ts";`,
  "codec/protocols/chat/mod.ts": `import "../../json/mod.ts";`,
  "src/host/host.ts": `import type { a } from "../../codec/mod.ts";`,
  "src/host/mod.ts": `export * from "./host.ts";`,
  "src/host/socket/mod.ts": `import "../host.ts";\nimport "node:net";`,
  "src/rpc/mod.ts": `import "../host/host.ts";`,
  "src/storj/mod.ts": `import "../rpc/mod.ts";\nimport "../host/socket/mod.ts";`,
  "src/cli/main.ts": `import "../storj/mod.ts";\nimport process from "node:process";`,
  "test/a.test.ts": `import "../src/cli/main.ts";\nimport "uvu";`,
};

function faultsWith(changes: Record<string, string>): string[] {
  return findLayerFaults(new Map(Object.entries({ ...GOOD, ...changes })));
}

const BAD: [name: string, changes: Record<string, string>, fault: string][] = [
  [
    "codec imports src",
    { "codec/a.ts": `\nimport "../src/host/host.ts";`, "src/host/host.ts": "" },
    `codec/a.ts:2 (codec) may not import "../src/host/host.ts" (host interface)`,
  ],
  [
    "codec imports a language",
    { "codec/b.ts": `import type { Json } from "./json/mod.ts";` },
    `codec/b.ts:1 (codec) may not import "./json/mod.ts" (languages)`,
  ],
  [
    "a language imports a protocol",
    { "codec/cslq/mod.ts": `export { chat } from "../protocols/chat/mod.ts";` },
    `codec/cslq/mod.ts:1 (languages) may not import "../protocols/chat/mod.ts" (protocols)`,
  ],
  [
    "a protocol loads an engine",
    { "codec/protocols/chat/late.ts": `const rpc = await import("../../../src/rpc/mod.ts");` },
    `codec/protocols/chat/late.ts:1 (protocols) may not import "../../../src/rpc/mod.ts" (engines)`,
  ],
  [
    "a host imports an engine",
    { "src/host/memory.ts": `import "../rpc/mod.ts";` },
    `src/host/memory.ts:1 (host) may not import "../rpc/mod.ts" (engines)`,
  ],
  [
    "an engine imports a transport",
    { "src/kademlia/table.ts": `import "../host/socket/mod.ts";` },
    `src/kademlia/table.ts:1 (engines) may not import "../host/socket/mod.ts" (host)`,
  ],
  [
    "an engine imports node:",
    { "src/quasar/filter.ts": `import { randomBytes } from "node:crypto";` },
    `src/quasar/filter.ts:1 (engines) may not import the package "node:crypto"`,
  ],
  [
    "a service imports the program",
    { "src/warpdrive/daemon.ts": `import "../cli/main.ts";` },
    `src/warpdrive/daemon.ts:1 (services) may not import "../cli/main.ts" (people)`,
  ],
  [
    "a source imports a test",
    { "src/cli/check.ts": `import "../../test/a.test.ts";` },
    `src/cli/check.ts:1 imports "../../test/a.test.ts", which is in no layer`,
  ],
  [
    "a source imports a door by name",
    { "src/cli/door.ts": `import { a } from "warpwire/codec";` },
    `src/cli/door.ts:1 imports "warpwire/codec" by name instead of by path`,
  ],
  [
    "a source imports a missing file",
    { "codec/b.ts": `import "./a.js";` },
    `codec/b.ts:1 imports "./a.js", which is not a file`,
  ],
  [
    "a file imported past its door",
    { "src/host/socket/address.ts": "", "src/storj/listen.ts": `import "../host/socket/address.ts";` },
    `src/storj/listen.ts:1 imports "../host/socket/address.ts" past the door of its folder`,
  ],
  ["a folder without a layer", { "src/misc/a.ts": "" }, "src/misc/a.ts belongs to no layer"],
  [
    "codec imports a package",
    { "codec/b.ts": `import { sha1 } from "@noble/hashes/legacy";` },
    `codec/b.ts:1 (codec) may not import the package "@noble/hashes/legacy"`,
  ],
  [
    "a cycle of types",
    {
      "codec/b.ts": `import type { C } from "./c.ts";`,
      "codec/c.ts": `export type C = import("./d.ts").D;`,
      "codec/d.ts": `export type { B as D } from "./b.ts";`,
    },
    "Import cycle: codec/b.ts -> codec/c.ts -> codec/d.ts -> codec/b.ts",
  ],
  ["a file that imports itself", { "test/b.ts": `import "./b.ts";` }, "Import cycle: test/b.ts -> test/b.ts"],
  [
    "node: behind mod.ts",
    { "mod.ts": `export * from "./src/host/socket/mod.ts";` },
    `src/host/socket/mod.ts:2 imports "node:net", but mod.ts leads to it`,
  ],
  [
    "node: behind a client for pages",
    {
      "src/warpdrive/client/mod.ts": `import "../files.ts";`,
      "src/warpdrive/files.ts": `import "node:fs";`,
    },
    `src/warpdrive/files.ts:1 imports "node:fs", but src/warpdrive/client/mod.ts leads to it`,
  ],
  [
    "a package behind mod.ts",
    { "mod.ts": `export * from "./codec/arbitrary/fast-check.ts";` },
    `codec/arbitrary/fast-check.ts:1 imports "fast-check", but mod.ts leads to it`,
  ],
];

for (const [name, changes, fault] of BAD) {
  test(`finds: ${name}`, () =>
    assert.ok(faultsWith(changes).includes(fault), faultsWith(changes).join("\n") || "none"));
}

const IMPURE: [code: string, name: string][] = [
  [`console.log(1);`, "console"],
  [`setTimeout(() => {}, 1);`, "setTimeout"],
  [`queueMicrotask(() => {});`, "queueMicrotask"],
  [`const now = Date.now();`, "Date"],
  [`const now = new Date();`, "Date"],
  [`const now = globalThis.Date.now();`, "Date"],
  [`const dice = Math.random();`, "Math.random"],
  [`const dice = crypto.getRandomValues(bytes);`, "crypto"],
  ["const text = `${`${performance.now()}`} ms`;", "performance"],
  [`const quote = /["']/; Deno.exit();`, "Deno"],
];

for (const [code, name] of IMPURE) {
  test(`finds impure code: ${code}`, () => {
    for (const [file, layer] of [["codec/b.ts", "codec"], ["src/rpc/b.ts", "engines"]]) {
      assert.equal(faultsWith({ [file]: `\n${code}` }), [`${file}:2 (${layer}) may not use ${name}`]);
    }
    assert.equal(faultsWith({ "src/cli/b.ts": code }), []);
  });
}

test("leaves comments, texts, properties and other words alone", () => {
  const code = [
    "// console.log(new Date())",
    "/** setTimeout */",
    "const a = \"Math.random()\" + 'it\\'s a Date' + `console ${1 / 2} Date`;",
    "const b = { console: 1, Date: 2 }; b.console / b.Date;",
    "const c = value instanceof Date || /console/.test(a); const consoles = 1; const Dated = 2;",
  ];
  assert.equal(faultsWith({ "codec/b.ts": code.join("\n") }), []);
});

test("finds no fault in a project without", () => assert.equal(faultsWith({}), []));

test("reads every form of import", () => {
  const source = [
    `import a, { type b } from "./1.ts";`,
    `import {\n  c, // from "./no.ts"\n} from './2.ts';`,
    `export * as d from "./4.ts"; import "./5.ts";`,
    `type E = import("./6.ts").E; const f = await import(\`./7.ts\`);`,
    `const text = 'import "./no.ts"'; // import "./no.ts"`,
    `export const from = "./no.ts"; const g = /import "\\/no.ts"/;`,
  ].join("\n");
  assert.equal(
    importsOf(source).map(({ specifier, line }) => `${line} ${specifier}`),
    ["1 ./1.ts", "4 ./2.ts", "5 ./4.ts", "5 ./5.ts", "6 ./6.ts", "6 ./7.ts"],
  );
});

test("masks without moving anything", () => {
  for (const source of readSources().values()) {
    const { code } = mask(source);
    assert.is(code.length, source.length);
    assert.is(code.split("\n").length, source.split("\n").length);
  }
});

test("the sources keep the rules", () => {
  const sources = readSources();
  assert.ok(sources.has("mod.ts") && sources.has("codec/mod.ts"));
  assert.equal(findLayerFaults(sources), []);
});

test.run();
