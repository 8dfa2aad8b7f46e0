/**
 * The rules that keep data flowing one way: which folder may import which, what pure code may not mention, no cycles,
 * and nothing behind `mod.ts` that only Node or Deno has. A new folder of `src/` gets its place in the table below.
 *
 * @module
 */

import { posix } from "node:path";
import { type Import, importsOf, lineAt, mask } from "./source.ts";

/** A layer of the architecture: some folders, and the layers they may import besides themselves. */
interface Layer {
  name: string;
  /** Files, or folders with a slash at the end. The longest match decides which layer a file belongs to. */
  paths: string[];
  imports: string[];
  /** Pure code gets time, random numbers and I/O passed in, or does without. */
  pure: boolean;
  /** Packages (and `node:` as a whole) that may be imported, or "any". */
  packages: string[] | "any";
}

const LAYERS: Layer[] = [
  { name: "codec", paths: ["codec/", "codec/codegen/runtime/"], imports: [], pure: true, packages: [] },
  {
    name: "generators",
    paths: ["codec/arbitrary/fast-check.ts"],
    imports: ["codec", "languages"],
    pure: true,
    packages: ["fast-check"],
  },
  { name: "codegen", paths: ["codec/codegen/"], imports: ["codec", "languages"], pure: true, packages: [] },
  {
    name: "languages",
    paths: ["codec/cslq/", "codec/msgpack/", "codec/json/"],
    imports: ["codec"],
    pure: true,
    packages: [],
  },
  {
    name: "protocols",
    paths: ["codec/protocols/"],
    imports: ["codec", "languages"],
    pure: true,
    packages: ["@noble/hashes"],
  },
  {
    name: "host interface",
    paths: [
      "src/host/host.ts",
      "src/host/error.ts",
      "src/host/timing/wait.ts",
      "src/coded-error.ts",
      "src/bytes.ts",
      "src/event-hub.ts",
    ],
    imports: ["codec", "languages", "protocols"],
    pure: true,
    packages: [],
  },
  {
    name: "disk",
    paths: ["src/file-owner.ts", "src/held-file.ts"],
    imports: ["host interface"],
    pure: false,
    packages: "any",
  },
  {
    name: "host",
    paths: ["src/host/"],
    imports: ["codec", "languages", "protocols", "host interface", "identity"],
    pure: false,
    packages: "any",
  },
  {
    name: "bridges",
    paths: ["src/bridges/"],
    imports: ["codec", "languages", "protocols"],
    pure: true,
    packages: ["binary-parser", "typed-binary"],
  },
  {
    name: "identity",
    paths: ["src/identity/"],
    imports: ["codec", "languages", "protocols", "host interface", "disk"],
    pure: false,
    packages: "any",
  },
  {
    name: "store",
    paths: ["src/store/"],
    imports: ["codec", "languages", "protocols", "host interface", "disk", "identity"],
    pure: false,
    packages: "any",
  },
  {
    name: "engines",
    paths: ["src/rpc/", "src/kademlia/", "src/quasar/"],
    imports: ["codec", "languages", "protocols", "host interface", "identity"],
    pure: true,
    packages: [],
  },
  {
    name: "services",
    paths: ["src/storj/", "src/user-api/", "src/warpdrive/", "src/astral/", "src/unix-socket.ts"],
    imports: ["codec", "languages", "protocols", "host interface", "disk", "host", "identity", "store", "engines"],
    pure: false,
    packages: "any",
  },
  // Everything random follows from the seed that is passed in, so that a failure can be shown again.
  { name: "fuzzer", paths: ["src/fuzz/"], imports: ["codec", "languages", "protocols"], pure: true, packages: [] },
  {
    name: "people",
    paths: ["src/cli/", "src/web/", "src/fixtures/"],
    imports: [
      "codec",
      "codegen",
      "languages",
      "protocols",
      "host interface",
      "disk",
      "host",
      "identity",
      "store",
      "engines",
      "services",
      "fuzzer",
    ],
    pure: false,
    packages: "any",
  },
  {
    name: "door",
    paths: ["mod.ts"],
    imports: ["codec", "languages", "protocols", "host interface", "host", "identity", "engines", "services"],
    pure: true,
    packages: [],
  },
];

/**
 * What pure code may not name: timers, clocks, random numbers, the console and the runtimes. `instanceof Date` is fine,
 * because it asks no clock; names of properties are not uses.
 */
const IMPURE = new RegExp(
  String.raw`(?<![\w$.#]|\bfunction\s+|\binstanceof\s+)(?:globalThis\s*\.\s*)?` +
    String
      .raw`(console|set(?:Timeout|Interval|Immediate)|queueMicrotask|Date|performance|crypto|Deno|process|Math\s*\.\s*random)\b` +
    String.raw`(?!\s*\??:)`,
  "g",
);

/** Doors that a page can bundle. */
const BROWSER_DOORS = [
  "mod.ts",
  "codec/cslq/mod.ts",
  "codec/json/mod.ts",
  "codec/msgpack/mod.ts",
  "codec/protocols/astral/mod.ts",
  "codec/protocols/storj/mod.ts",
  "codec/protocols/warpdrive/mod.ts",
  "src/host/mod.ts",
  "src/host/astral/web.ts",
  "src/identity/mod.ts",
  "src/kademlia/mod.ts",
  "src/quasar/mod.ts",
  "src/rpc/mod.ts",
  "src/user-api/client/mod.ts",
  "src/warpdrive/client/mod.ts",
];

/**
 * What is imported past the door of its folder: doors of their own, what all rooms of the codec share, and the
 * interface of hosts with waiting on their clock, which engines import without the hosts.
 */
const PASSAGES = new Set([
  "codec/arbitrary/fast-check.ts",
  "codec/error.ts",
  "codec/limits.ts",
  "codec/path.ts",
  "codec/values.ts",
  "src/host/astral/web.ts",
  "src/host/error.ts",
  "src/host/host.ts",
  "src/host/timing/wait.ts",
  "src/identity/key-file.ts",
]);

/** Sources by their path from the root, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Checks the sources against every rule of this file and returns what is wrong, a line each; an empty list is good.
 * Files outside `mod.ts`, `codec/` and `src/` may import what they like, but are part of the search for cycles.
 */
export function findLayerFaults(sources: Sources): string[] {
  const graph = new Map([...sources].map(([file, source]) => [file, importsOf(source)] as const));
  const faults: string[] = [];
  for (const [file, imports] of graph) {
    for (const entry of imports) faults.push(...importFaults(file, entry, sources));
    if (isShipped(file)) faults.push(...purityFaults(file, sources.get(file)!));
  }
  faults.push(...cycles(graph), ...browserFaults(graph));
  return faults;
}

function isShipped(file: string): boolean {
  return file === "mod.ts" || file.startsWith("codec/") || file.startsWith("src/");
}

function layerOf(file: string): Layer | undefined {
  let found: Layer | undefined;
  let length = 0;
  for (const layer of LAYERS) {
    for (const path of layer.paths) {
      const matches = path.endsWith("/") ? file.startsWith(path) : file === path;
      if (matches && path.length > length) [found, length] = [layer, path.length];
    }
  }
  return found;
}

function importFaults(file: string, { specifier, line }: Import, sources: Sources): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [];
  const place = `${file}:${line}`;
  const target = resolve(file, specifier);
  if (target === null) return packageFaults(layer, specifier, place);
  if (!sources.has(target)) return [`${place} imports "${specifier}", which is not a file`];
  const other = isShipped(target) ? layerOf(target) : undefined;
  if (other === undefined) return [`${place} imports "${specifier}", which is in no layer`];
  if (other !== layer && !layer.imports.includes(other.name)) {
    return [`${place} (${layer.name}) may not import "${specifier}" (${other.name})`];
  }
  return isOpenTo(file, target) ? [] : [`${place} imports "${specifier}" past the door of its folder`];
}

/** Whether a file may import another: one of its own folder, one of a folder around it, or the door of any other. */
function isOpenTo(file: string, target: string): boolean {
  const folder = posix.dirname(target);
  return `${posix.dirname(file)}/`.startsWith(`${folder}/`) || posix.basename(target) === "mod.ts" ||
    PASSAGES.has(target) || !file.includes("/");
}

function packageFaults(layer: Layer, specifier: string, place: string): string[] {
  if (/^warpwire(\/|$)/.test(specifier)) return [`${place} imports "${specifier}" by name instead of by path`];
  if (layer.packages === "any" || layer.packages.includes(packageOf(specifier))) return [];
  return [`${place} (${layer.name}) may not import the package "${specifier}"`];
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The path from the root of a relative import, or null for a package. */
function resolve(file: string, specifier: string): string | null {
  return /^\.{1,2}\//.test(specifier) ? posix.join(posix.dirname(file), specifier) : null;
}

function purityFaults(file: string, source: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} belongs to no layer`];
  if (!layer.pure) return [];
  return [...mask(source).code.matchAll(IMPURE)].map(({ index, 1: name }) =>
    `${file}:${lineAt(source, index)} (${layer.name}) may not use ${name}`
  );
}

/** Every import that closes a circle, with the circle; imports of types count. */
function cycles(graph: ReadonlyMap<string, Import[]>): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) faults.push(`Import cycle: ${[...path.slice(start), file].join(" -> ")}`);
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of targets(graph, file)) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return faults;
}

function targets(graph: ReadonlyMap<string, Import[]>, file: string): Set<string> {
  const found = (graph.get(file) ?? []).map(({ specifier }) => resolve(file, specifier));
  return new Set(found.filter((target) => target !== null && graph.has(target)) as string[]);
}

/** All doors for pages run there; `mod.ts` needs no package besides. */
function browserFaults(graph: ReadonlyMap<string, Import[]>): string[] {
  return BROWSER_DOORS.flatMap((door) => graph.has(door) ? doorFaults(graph, door) : []);
}

function doorFaults(graph: ReadonlyMap<string, Import[]>, door: string): string[] {
  const faults: string[] = [];
  const reached = new Set([door]);
  for (const file of reached) {
    for (const { specifier, line } of graph.get(file) ?? []) {
      const isUnwelcome = door === "mod.ts" ? resolve(file, specifier) === null : specifier.startsWith("node:");
      if (isUnwelcome) {
        faults.push(`${file}:${line} imports "${specifier}", but ${door} leads to it`);
      }
    }
    for (const target of targets(graph, file)) reached.add(target);
  }
  return faults;
}
