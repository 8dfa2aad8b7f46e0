/**
 * The doors of the package, the paths users import: the same in `package.json` and in `deno.json`, where they stand
 * twice, for those who install the package (`exports`) and for the examples inside the repository (`imports`).
 *
 * @module
 */

/** What is read of `package.json`. */
export interface NpmManifest {
  name: string;
  version: string;
  bin: Record<string, string>;
  /** The doors, and the manifest itself, which is read by tools under its own path. */
  exports: Record<string, { types?: string; default?: string } | string>;
  dependencies?: Record<string, string>;
  /** Must be absent: npm leaves out, without a word, an optional package that asks for a newer Node. */
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** What is read of `deno.json`. */
export interface DenoManifest {
  version: string;
  exports: Record<string, string>;
  imports: Record<string, string>;
}

/** The path under which the manifest exports itself. */
const MANIFEST = "./package.json";

/**
 * Compares the doors, the version and the versions of packages in both manifests and returns what is wrong, a line
 * each; an empty list is good.
 *
 * @param files Paths of the sources from the root, among which every door must be
 */
export function findDoorFaults(npm: NpmManifest, deno: DenoManifest, files: Iterable<string>): string[] {
  const sources = new Set(files);
  const faults: string[] = [];
  if (npm.version !== deno.version) {
    faults.push(`The version is ${npm.version} in package.json and ${deno.version} in deno.json`);
  }
  if (npm.exports[MANIFEST] !== MANIFEST) faults.push(`package.json does not export "${MANIFEST}"`);
  for (const door of new Set([...npmDoors(npm), ...Object.keys(deno.exports)])) {
    const source = deno.exports[door];
    if (source === undefined) faults.push(`The door "${door}" is not in the exports of deno.json`);
    else faults.push(...doorFaults(door, source, npm, deno), ...sourceFaults(door, source, sources));
  }
  return [...faults, ...importFaults(npm, deno)];
}

/** The doors of package.json: what it exports, but for itself. */
export function npmDoors(npm: Pick<NpmManifest, "exports">): string[] {
  return Object.keys(npm.exports).filter((path) => path !== MANIFEST);
}

function doorFaults(door: string, source: string, npm: NpmManifest, deno: DenoManifest): string[] {
  const faults: string[] = [];
  const name = doorName(npm, door);
  if (deno.imports[name] !== source) faults.push(`deno.json does not import "${name}" from "${source}"`);
  const built = npm.exports[door];
  if (built === undefined) return [...faults, `The door "${door}" is not in the exports of package.json`];
  const path = source.replace(/^\.\//, "./dist/").replace(/\.ts$/, "");
  if (JSON.stringify(built) !== JSON.stringify({ types: `${path}.d.ts`, default: `${path}.js` })) {
    faults.push(`The door "${door}" of package.json is not types and default of "${path}"`);
  }
  return faults;
}

function sourceFaults(door: string, source: string, sources: ReadonlySet<string>): string[] {
  return sources.has(source.replace(/^\.\//, ""))
    ? []
    : [`The door "${door}" leads to "${source}", which is not a file`];
}

/** Everything deno.json imports is a door, or a package of package.json in the same version. */
function importFaults(npm: NpmManifest, deno: DenoManifest): string[] {
  const faults: string[] = [];
  const doors = new Set(Object.keys(deno.exports).map((door) => doorName(npm, door)));
  const packages = {
    ...npm.devDependencies,
    ...npm.peerDependencies,
    ...npm.dependencies,
  };
  for (const name of Object.keys(npm.optionalDependencies ?? {})) {
    faults.push(`The package "${name}" is optional, so that npm may leave it out`);
  }
  for (const [name, version] of Object.entries({ ...npm.peerDependencies, ...npm.dependencies })) {
    if (!version.startsWith("^")) {
      faults.push(`The package "${name}" is pinned to ${version}; a library takes ^ ranges`);
    }
  }
  for (const [name, target] of Object.entries(deno.imports)) {
    if (doors.has(name)) continue;
    const [, pack, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(target) ?? [];
    if (pack === undefined) faults.push(`deno.json imports "${name}", which is neither a door nor a package`);
    else if (packages[pack] !== version) {
      faults.push(`deno.json imports ${pack} ${version}, package.json has ${packages[pack] ?? "none"}`);
    }
  }
  for (const name of Object.keys({ ...npm.peerDependencies, ...npm.dependencies })) {
    // Packages of this tree are imported by their paths.
    if (name.startsWith(`@${npm.name}/`)) continue;
    if (deno.imports[name] === undefined) faults.push(`deno.json does not import the package "${name}"`);
  }
  return faults;
}

/** What users write to import a door, as in `warpwire/codec`. */
export function doorName(npm: Pick<NpmManifest, "name">, door: string): string {
  return npm.name + door.slice(1);
}
