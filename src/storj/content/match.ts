/**
 * Which events a schema allows, and which of them a subscription wants.
 *
 * @module
 */

import type { PathStep } from "../../../codec/path.ts";
import { type Decimal, decimalOf } from "./decimal.ts";
import { EVENT, fail, failValue, shown, type Subject, SUBSCRIPTION } from "./fault.ts";
import { readContent } from "./read.ts";
import type { ContentSchema, Field } from "./schema.ts";
import { choiceKey, contentText } from "./text.ts";
import { type Content, type ContentLike, type ContentMap, isList, isMap } from "./value.ts";

/** An event that fits its schema. */
export type ContentEvent = ContentMap;

/**
 * Checks an event.
 *
 * @throws StorjError `invalid-event`
 */
export function contentEvent({ fields }: ContentSchema, given: Content): ContentEvent {
  if (!isMap(given)) failValue(EVENT, [], given, "an object");
  for (const name of given.keys()) if (!fields.has(name)) fail(EVENT, [name], "is not a field of the schema");
  for (const [name, field] of fields) checkValue(EVENT, field, given.get(name), [name]);
  return given;
}

/** Checks the value of a field of an event, or one that a subscription names. */
function checkValue(
  subject: Subject,
  field: Field,
  value: Content | undefined,
  path: readonly PathStep[],
): asserts value is Content {
  if (value === undefined) fail(subject, path, "is missing");
  if (field.type === "boolean" && typeof value !== "boolean") failValue(subject, path, value, "a boolean");
  if (field.type === "enum" && !field.choices.has(choiceKey(value) ?? "")) {
    failValue(subject, path, value, "one of the choices");
  }
  if (field.type === "number") numberOf(subject, field, value, path);
}

/** The number of a value, which is within the bounds of its field. */
function numberOf(
  subject: Subject,
  { buckets }: Field & { type: "number" },
  value: Content,
  path: readonly PathStep[],
): Decimal {
  const number = decimalOf(value);
  if (number === null) failValue(subject, path, value, "a number");
  if (number.lessThan(buckets.minimum)) fail(subject, path, `is ${shown(value)}, less than the minimum`);
  if (!number.lessThan(buckets.maximum)) fail(subject, path, `is ${shown(value)}, and must be less than the maximum`);
  return number;
}

/** What a subscription wants of a field. */
export type Wanted =
  | { readonly type: "boolean"; readonly values: ReadonlySet<boolean> }
  /** Keys of choices. */
  | { readonly type: "enum"; readonly choices: ReadonlySet<string> }
  | { readonly type: "number"; readonly lower: Decimal; readonly upper: Decimal }
  /** The text of the object. */
  | { readonly type: "object"; readonly text: string };

/** A subscription that fits its schema. */
export interface Subscription {
  /** The same for equal ones, whatever the order of their keys. */
  readonly text: string;
  /** What it wants of the fields that it names; of others it takes every value. */
  readonly fields: ReadonlyMap<string, Wanted>;
}

/**
 * Checks a subscription.
 *
 * @throws StorjError `invalid-schema`
 */
export function contentSubscription({ fields }: ContentSchema, given: ContentLike): Subscription {
  const value = readContent(SUBSCRIPTION, given);
  if (!isMap(value)) failValue(SUBSCRIPTION, [], value, "an object");
  const wanted = [...value].map(([name, given]) => {
    const field = fields.get(name);
    if (field === undefined) fail(SUBSCRIPTION, [name], "is not a field of the schema");
    return [name, wantedOf(field, given, [name])] as const;
  });
  return { text: contentText(value), fields: new Map(wanted) };
}

function wantedOf(field: Field, value: Content, path: readonly PathStep[]): Wanted {
  if (field.type === "object") return { type: "object", text: contentText(value) };
  if (!isList(value) || value.length === 0) failValue(SUBSCRIPTION, path, value, "an array of values");
  value.forEach((one, at) => checkValue(SUBSCRIPTION, field, one, [...path, at]));
  if (field.type === "boolean") return { type: "boolean", values: new Set(value as boolean[]) };
  if (field.type === "enum") return { type: "enum", choices: new Set(value.map((one) => choiceKey(one)!)) };
  if (value.length !== 2) failValue(SUBSCRIPTION, path, value, "a lower and an upper number");
  const [lower, upper] = value.map((one) => decimalOf(one)!);
  if (lower.greaterThan(upper)) failValue(SUBSCRIPTION, path, value, "a lower and an upper number, in this order");
  return { type: "number", lower, upper };
}

/** Whether a subscription wants an event that fits the schema. */
export function matches({ fields }: Subscription, event: ContentEvent): boolean {
  return [...fields].every(([name, wanted]) => wants(wanted, event.get(name)!));
}

function wants(wanted: Wanted, value: Content): boolean {
  switch (wanted.type) {
    case "boolean":
      return wanted.values.has(value as boolean);
    case "enum":
      return wanted.choices.has(choiceKey(value)!);
    case "object":
      return wanted.text === contentText(value);
    case "number": {
      const number = decimalOf(value)!;
      return !number.lessThan(wanted.lower) && !number.greaterThan(wanted.upper);
    }
  }
}
