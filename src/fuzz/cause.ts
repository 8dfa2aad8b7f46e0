/**
 * What failures have in common that come from the same mistake.
 *
 * @module
 */

import { Discrepancy } from "./checks/mod.ts";

/** The kind of an error, without what belongs to one input. */
export function causeOf(error: unknown): string {
  if (error instanceof Discrepancy) return error.what;
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  return `${error.name}: ${error.message.replaceAll(/\d+/g, "0").slice(0, 60)}`;
}
