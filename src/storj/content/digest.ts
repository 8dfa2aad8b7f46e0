/**
 * Topics of content: an event goes out under a digest of the fields of each index, and who subscribes to a schema
 * subscribes to all digests that the wanted events have by one of its indexes.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { compareCodePoints } from "../../../codec/json/mod.ts";
import { formatHex } from "../../../codec/mod.ts";
import { bucketOf, decimalOf, highestBucket } from "./decimal.ts";
import { fail, SCHEMA } from "./fault.ts";
import type { ContentEvent, Subscription, Wanted } from "./match.ts";
import { type ContentSchema, type Field, HEADERS, indexNumbers } from "./schema.ts";
import { choiceTexts, contentText } from "./text.ts";
import type { Content } from "./value.ts";

/** The most combinations of values that a subscription may have. */
const COMBINATIONS_MAX = 256;

/** The most digests they may have: numbers among choices have several. No more topics fit into the filters of a node. */
const DIGESTS_MAX = 512;

/** The digest of an event by each of the indexes, in their order. */
export function eventDigests(schema: ContentSchema, event: ContentEvent, indexes?: readonly number[]): string[] {
  return indexNumbers(schema, indexes).map((number) => {
    const fields = [...schema.indexes[number]].map((name) => {
      return [name, fieldText(schema.fields.get(name)!, event.get(name)!)] as const;
    });
    return digestOf(schema, fields);
  });
}

function fieldText(field: Field, value: Content): string {
  return field.type === "number" ? String(bucketOf(field.buckets, decimalOf(value)!)) : contentText(value);
}

function digestOf({ value }: ContentSchema, fields: readonly (readonly [name: string, text: string])[]): string {
  const sorted = [...fields].sort(([a], [b]) => compareCodePoints(a, b));
  const inside = sorted.map(([name, text]) => `${contentText(name)}: ${text}`).join(", ");
  const [application, title, uuid] = HEADERS.map((name) => contentText(value.get(name)!));
  const text = `{"application": ${application}, "fields": {${inside}}, "title": ${title}, "uuid": ${uuid}}`;
  return formatHex(sha256(new TextEncoder().encode(text)));
}

/** The values of a field that are wanted: how many there are, and the texts that they have in digests. */
interface Values {
  readonly count: number;
  readonly texts: () => readonly string[];
}

/** The digests of all events that a subscription wants, by one of the indexes. */
export interface Plan {
  /** The number of the index. */
  readonly index: number;
  readonly digests: readonly string[];
}

/**
 * The digests of all events that a subscription wants, by the index that needs the fewest.
 *
 * @param subscription Null for all events of the schema
 * @throws StorjError `invalid-schema` if each index needs too many, or has a field whose values are not known
 */
export function subscriptionPlan(
  schema: ContentSchema,
  subscription: Subscription | null,
  indexes?: readonly number[],
): Plan {
  const numbers = indexNumbers(schema, indexes);
  if (numbers.length === 0) fail(SCHEMA, ["indexes"], "are not to be used, not even one of them");
  const plans = numbers.map((number) => indexPlan(schema, number, subscription));
  const best = plans.filter(({ problem }) => problem === null).sort((a, b) => a.needed - b.needed)[0];
  if (best !== undefined) return { index: best.index, digests: best.digests() };
  const [nearest] = plans.sort((a, b) => a.needed - b.needed);
  fail(SCHEMA, ["indexes", nearest.index], nearest.problem!);
}

/** What an index needs, if it can be used. */
interface IndexPlan {
  readonly index: number;
  /** How many digests, or at least how many; infinite where nobody knows. */
  readonly needed: number;
  readonly problem: string | null;
  readonly digests: () => string[];
}

function indexPlan(schema: ContentSchema, index: number, subscription: Subscription | null): IndexPlan {
  const unusable = (needed: number, problem: string) => ({ index, needed, problem, digests: () => [] });
  const names = [...schema.indexes[index]];
  const lists: Values[] = [];
  for (const name of names) {
    const wanted = subscription?.fields.get(name);
    if (subscription !== null && wanted === undefined) {
      return unusable(Infinity, `needs a value of ${JSON.stringify(name)} in the subscription`);
    }
    const values = valuesOf(schema.fields.get(name)!, wanted);
    if (values === null) return unusable(Infinity, `needs a value of the object ${JSON.stringify(name)}`);
    lists.push(values);
  }
  // Counted before anything is listed: a resolution may be a billion.
  const combinations = product(lists.map(({ count }) => count));
  if (combinations > COMBINATIONS_MAX) {
    return unusable(combinations, `needs ${combinations} topics, more than ${COMBINATIONS_MAX}`);
  }
  const texts = combinations === 0 ? [[]] : lists.map((list) => list.texts());
  const needed = product(texts.map(({ length }) => length));
  if (needed > DIGESTS_MAX) return unusable(needed, `needs ${needed} topics, more than ${DIGESTS_MAX}`);
  const digests = () => {
    return combined(texts).map((row) => digestOf(schema, row.map((text, at) => [names[at], text] as const)));
  };
  return { index, needed, problem: null, digests };
}

function product(counts: readonly number[]): number {
  return counts.includes(0) ? 0 : counts.reduce((all, count) => all * count, 1);
}

/** All rows with one text of each list. */
function combined(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((rows, list) => rows.flatMap((row) => list.map((text) => [...row, text])), [[]]);
}

/** The values that are wanted, or all; null if nobody knows all. */
function valuesOf(field: Field, wanted: Wanted | undefined): Values | null {
  switch (field.type) {
    case "boolean":
      return listed(wanted?.type === "boolean" ? [...wanted.values].map(String) : ["false", "true"]);
    case "object":
      return wanted?.type === "object" ? listed([wanted.text]) : null;
    case "enum": {
      const keys = wanted?.type === "enum" ? wanted.choices : field.choices;
      return { count: keys.size, texts: () => [...keys].flatMap(choiceTexts) };
    }
    case "number": {
      const range = wanted?.type === "number" ? wanted : null;
      const first = range === null ? 0n : bucketOf(field.buckets, range.lower);
      const last = range === null ? highestBucket(field.buckets) : bucketOf(field.buckets, range.upper);
      const count = Number(last - first + 1n);
      return { count, texts: () => Array.from({ length: count }, (_, at) => String(first + BigInt(at))) };
    }
  }
}

function listed(texts: readonly string[]): Values {
  return { count: texts.length, texts: () => texts };
}
