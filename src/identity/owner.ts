/**
 * Whose files are.
 *
 * @module
 */

import process from "node:process";

/**
 * Why a file or folder cannot be trusted with secrets: it belongs to another user, who could read it, or put something
 * else in its place, at any time. That user may be anybody but the one of this process, and that one may be root. `null`
 * if it can be, and on Windows, which has other rules.
 */
export function otherOwner({ uid }: { readonly uid: number }): string | null {
  const own = process.platform === "win32" ? undefined : process.getuid?.();
  return own === undefined || uid === own ? null : `it belongs to the user ${uid}, not to ${own}`;
}
