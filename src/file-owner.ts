/**
 * Whether other users of the machine can get at a file or folder.
 *
 * @module
 */

import process from "node:process";

/**
 * Why a file or folder cannot be trusted with secrets: it belongs to another user, who could read it, or put something
 * else in its place, at any time. That user may be anybody but the one of this process, and that one may be root.
 * `null` if it can be, and on Windows, which has other rules.
 */
export function otherOwner({ uid }: { readonly uid: number }): string | null {
  const own = process.platform === "win32" ? undefined : process.getuid?.();
  return own === undefined || uid === own ? null : `it belongs to the user ${uid}, not to ${own}`;
}

/**
 * Whether group or others may do anything with a file or folder. `false` on Windows, which has other rules, that modes
 * do not show.
 */
export function othersMay({ mode }: { readonly mode: number }): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}

/** The mode of a file in octal digits, as in `600`. */
export function formatMode(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}
