/**
 * Errors of schemas, events and subscriptions: what is at fault, where, and why.
 *
 * @module
 */

import { formatJsonPath, type PathStep } from "../../../codec/path.ts";
import { StorjError } from "../error.ts";
import { contentText } from "./text.ts";
import type { Content } from "./value.ts";

/** What is at fault when something is wrong: how messages name it, and the code of its errors. */
export interface Subject {
  readonly code: "invalid-schema" | "invalid-event";
  readonly name: string;
}

/** A schema. */
export const SCHEMA: Subject = { code: "invalid-schema", name: "schema" };
/** What of a schema is subscribed to. */
export const SUBSCRIPTION: Subject = { code: "invalid-schema", name: "subscription" };
/** An event. */
export const EVENT: Subject = { code: "invalid-event", name: "event" };

/** Throws. The message has the path of what is wrong, and the problem: `is 5 instead of a boolean`. */
export function fail({ code, name }: Subject, path: readonly PathStep[], problem: string, cause?: unknown): never {
  const place = path.length === 0 ? "it" : formatJsonPath(path);
  throw new StorjError(code, `Cannot use the ${name}: ${place} ${problem}`, cause === undefined ? {} : { cause });
}

/** Throws because a value is another one than it should be, or missing. */
export function failValue(
  subject: Subject,
  path: readonly PathStep[],
  value: Content | undefined,
  expected: string,
): never {
  fail(subject, path, value === undefined ? "is missing" : `is ${shown(value)} instead of ${expected}`);
}

/** Characters of a value that messages show. */
const SHOWN_MAX = 60;

/** The text of a value for a message. */
export function shown(value: Content): string {
  const text = contentText(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
