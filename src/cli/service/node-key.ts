/**
 * The key of a node, which is made when there is none.
 *
 * @module
 */

import { Identity, IdentityError } from "../../identity/mod.ts";
import { loadKey, saveKey } from "../../identity/key-file.ts";

/** The identity in a key file, which is made if there is none. Throws IdentityError. */
export async function loadOrMakeKey(path: string): Promise<{ readonly identity: Identity; readonly isNew: boolean }> {
  const found = await loadKeyIfThere(path);
  if (found !== null) return { identity: found, isNew: false };
  const identity = Identity.generate();
  try {
    await saveKey(path, identity);
  } catch (error) {
    // Another process was quicker.
    if (!(error instanceof IdentityError) || error.code !== "exists") throw error;
    return { identity: await loadKey(path), isNew: false };
  }
  return { identity, isNew: true };
}

async function loadKeyIfThere(path: string): Promise<Identity | null> {
  try {
    return await loadKey(path);
  } catch (error) {
    if (error instanceof IdentityError && error.code === "missing") return null;
    throw error;
  }
}
