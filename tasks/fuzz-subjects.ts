/**
 * Everything that is fuzzed: the schemas by name, the decoders of whole sessions, the languages, generated codecs, random
 * schemas.
 *
 * @module
 */

import { describeText, type Node, type Schema } from "../codec/mod.ts";
import { schemaOf, SCHEMAS } from "../src/cli/input/schemas.ts";
import { checkInput, partsOf } from "../src/fuzz/checks/mod.ts";
import * as fuzz from "../src/fuzz/mod.ts";
import { schemaInputs } from "../src/fuzz/subjects/mod.ts";
import { type Seeded, seeded } from "../src/fuzz/seeded.ts";
import { randomSchema } from "../test/codec/arbitrary-schema.ts";
import { loadProtocolCodecs } from "../test/protocols/codecs.ts";

const schemas: Seeded<Schema> = seeded((choose) => {
  for (;;) {
    const schema = randomSchema(choose);
    if (!isAmbiguous(schema, new Set())) return schema;
  }
});

/**
 * Whether a part that another field says is there may be null all the same, as when it is optional itself: such a value
 * can be read, but does not say any more whether it was there.
 */
function isAmbiguous(node: Node, seen: Set<Node>): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  if (node.kind === "optional" && node.presence.kind !== "byte" && mayBeNull(node.schema)) return true;
  return partsOf(node).some((part) => isAmbiguous(part, seen));
}

function mayBeNull(node: Node): boolean {
  if (node.kind === "optional") return true;
  return node.kind !== "struct" && node.kind !== "union" && node.kind !== "tuple" && node.kind !== "array" &&
    partsOf(node).some(mayBeNull);
}

/** Schemas of every kind of node; an input is a schema's seed and a message. */
const randomSchemas: fuzz.Subject = {
  name: "schemas",
  *inputs(choose) {
    const seed = choose(2 ** 32 - 1);
    for (const bytes of schemaInputs(schemas.of(seed), choose)) yield schemas.input(seed, bytes);
  },
  check(input) {
    const { thing: schema, bytes } = schemas.parse(input);
    try {
      return checkInput(schema, bytes);
    } catch (error) {
      if (error instanceof Error) error.message += `\nSchema:\n${describeText(schema)}`;
      throw error;
    }
  },
};

/** Generated code of the protocols, as in `generated.storj.rpcudp.ping.request`. */
const generatedCodecs: readonly fuzz.Subject[] = (await loadProtocolCodecs()).map(({ name, schema, functions }) =>
  fuzz.generatedSubject(`generated.${name}`, schema, functions)
);

/** All subjects. */
export const SUBJECTS: readonly fuzz.Subject[] = [
  ...Array.from(SCHEMAS, ([name, schema]) => fuzz.schemaSubject(name, schema)),
  fuzz.warpdriveSessions,
  fuzz.astralDialogues,
  fuzz.astralObjectJson,
  fuzz.astralQueries,
  fuzz.storjDatagrams,
  fuzz.storjEnvelopes,
  fuzz.storjFilters,
  fuzz.storjSignedValues,
  fuzz.jsonDocuments,
  fuzz.cslqPatterns,
  fuzz.msgpackValues,
  fuzz.byteQueue,
  ...generatedCodecs,
  randomSchemas,
];

/**
 * The subjects that a name stands for: one, all whose name begins with it and a dot, or the schema of a pattern as in
 * `cslq:[c]c q`.
 *
 * @throws CodecError `syntax` when there is none
 */
export function subjectsOf(name: string): readonly fuzz.Subject[] {
  const found = SUBJECTS.filter((subject) => subject.name === name);
  if (found.length > 0) return found;
  const group = SUBJECTS.filter((subject) => subject.name.startsWith(`${name}.`));
  return group.length > 0 ? group : [fuzz.schemaSubject(name, schemaOf(name))];
}
