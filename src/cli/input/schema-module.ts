/**
 * Modules of users that export schemas.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CodecError } from "../../../codec/mod.ts";

/**
 * What a module exports.
 *
 * @throws CodecError `schema` for what is not a module; what the module itself throws
 */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(file)).href) as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // In a folder whose package.json is of CommonJS, Node takes a .js file for that.
    const hint = file.endsWith(".js")
      ? "; where package.json does not say otherwise, modules have names with .mjs"
      : "";
    throw new CodecError("schema", `Module ${JSON.stringify(file)} cannot be read: ${cause.message}${hint}`, { cause });
  }
}
