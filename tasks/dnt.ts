/**
 * Another build of the npm package, by `@deno/dnt`, for those who can reach jsr.io: one package with everything in it,
 * the codec, too. The build of record is that of `npm run build`.
 *
 *     deno run -A tasks/dnt.ts     to .build/dnt/
 *
 * @module
 */

import { cpSync } from "node:fs";
import { join } from "node:path";
import type { DenoManifest, NpmManifest } from "./doors.ts";
import { readJson, root } from "./project.ts";

const outDir = join(root, ".build/dnt");

/** Files that are started as threads: nothing imports them. */
const WORKERS = ["./src/warpdrive/files/disk/disk-thread.ts"];

/** What is not of the build by tsc. */
const KEPT = ["name", "version", "description", "keywords", "author", "license", "sideEffects", "engines"] as const;

/** What `build` of `@deno/dnt` is called with. */
export function dntOptions(npm: NpmManifest & Record<string, unknown>, deno: DenoManifest) {
  const own = Object.entries(npm.dependencies ?? {}).filter(([name]) => !name.startsWith(`@${npm.name}/`));
  const peers = Object.entries(npm.peerDependencies ?? {});
  const sourceOf = (built: string) => built.replace(/^dist\//, "./").replace(/\.c?js$/, ".ts");
  return {
    entryPoints: [
      ...Object.entries(deno.exports).map(([name, path]) => ({ kind: "export", name, path })),
      ...WORKERS.map((path) => ({ kind: "export", name: path.replace(/\.ts$/, ".js"), path })),
      ...Object.entries(npm.bin).map(([name, path]) => ({ kind: "bin", name, path: sourceOf(path) })),
    ],
    ...{ outDir, cwd: root, shims: {}, polyfills: false, scriptModule: false, test: false, typeCheck: false },
    mappings: Object.fromEntries(peers.map(([name, version]) => [name, { name, version, peerDependency: true }])),
    package: { ...Object.fromEntries(KEPT.map((key) => [key, npm[key]])), dependencies: Object.fromEntries(own) },
    compilerOptions: { target: "ES2023", lib: ["ESNext", "ESNext.Disposable", "DOM", "DOM.Iterable"] },
    postBuild: () => ["README.md", "LICENSE", "fixtures"].forEach((name) => copy(name)),
  };
}

const copy = (name: string) => cpSync(join(root, name), join(outDir, name), { recursive: true });

// The name is put together when it runs, so that checks need not reach jsr.io. The types of Node 20 do not know `main`.
if ((import.meta as { main?: boolean }).main) {
  const { build } = await import(["jsr:", "@deno/dnt@^0.43.2"].join(""));
  await build(dntOptions(readJson("package.json"), readJson("deno.json")));
}
