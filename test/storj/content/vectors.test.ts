/**
 * What the original says of 400 schemas and events.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { contentDigests, StorjError, subscriptionDigests } from "../../../src/storj/mod.ts";
import { contentSchema } from "../../../src/storj/content/schema.ts";
import { fixture } from "../../fixture.ts";

interface Said {
  ok?: unknown;
  error?: string;
}

interface Case {
  schema: string;
  event: string;
  schema_valid: Said;
  event_valid: Said;
  digests: Said[];
}

const { cases } = fixture("storj-schema-vectors.json") as { cases: Case[] };
const test = suite("storj: content, recorded");

/** A value, or the code of the error in its place. */
function said<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof StorjError)) throw error;
    return error.code;
  }
}

/** The original takes schemas with a minimum above the maximum, whose events never fit. */
function isUpsideDown(schema: string): boolean {
  return Object.values(JSON.parse(schema).fields as Record<string, { minimum?: number; maximum?: number }>)
    .some(({ minimum = 0, maximum = 0 }) => minimum > maximum);
}

test("the original's 400 schemas and events have its validity and its digests", () => {
  const counts = { schemas: 0, events: 0, digests: 0, upsideDown: 0 };
  for (const { schema, event, schema_valid, event_valid, digests } of cases) {
    const upsideDown = schema_valid.ok === true && isUpsideDown(schema);
    if (upsideDown) assert.is(event_valid.ok, undefined, schema);
    const valid = said(() => contentSchema(schema).text !== "");
    assert.is(valid, schema_valid.ok === true && !upsideDown ? true : "invalid-schema", schema);
    const schemaOnly = valid === true ? "invalid-event" : "invalid-schema";
    for (const [index, digest] of digests.entries()) {
      const ours = said(() => contentDigests(schema, event, [index])[0]);
      assert.is(ours, digest.ok ?? schemaOnly, `${schema} ${event}`);
      if (digest.ok !== undefined) counts.digests++;
    }
    const all = said(() => contentDigests(schema, event));
    if (event_valid.ok === true) assert.equal(all, digests.map(({ ok }) => ok), schema);
    else assert.is(all, schemaOnly, `${schema} ${event}`);
    counts.schemas += valid === true ? 1 : 0;
    counts.events += event_valid.ok === true ? 1 : 0;
    counts.upsideDown += upsideDown ? 1 : 0;
  }
  assert.equal(counts, { schemas: 307, events: 194, digests: 300, upsideDown: 37 });
});

test("the original's example has the digests of its text", () => {
  const [{ schema, event }] = cases;
  assert.equal(contentDigests(schema, event), [
    "1bac800bc62d58d68c5ebe67ed241a43f70033a26651600119d4935bd5ac743b",
    "a332bb805553eda086727ce8554dcb2c5d1e88f12d791e42e29e05784ddc2899",
  ]);
  // Two booleans, eight buckets.
  assert.is(subscriptionDigests(schema).length, 16);
});

test.run();
