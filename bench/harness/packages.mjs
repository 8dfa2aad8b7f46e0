/**
 * Versions of the installed packages.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/**
 * Version of a peer, as installed in the folder of the benchmark.
 *
 * @param {string} name
 * @returns {string}
 */
export function peerVersion(name) {
  return versionIn(new URL(`../node_modules/${name}/package.json`, import.meta.url));
}

/** Version of warpwire itself. @returns {string} */
export function ownVersion() {
  return versionIn(new URL("../../package.json", import.meta.url));
}

function versionIn(url) {
  return JSON.parse(readFileSync(url, "utf8")).version;
}
