/**
 * `warpwire inspect`: shows what the bytes of a message mean.
 *
 * @module
 */

import { CodecError, dumpLines, inspect, type Inspection, SPANS_MAX } from "../../../../codec/mod.ts";
import { type CommandBody, numberOption, positionals, type Streams } from "../../command.ts";
import { INPUT_HELP, INPUT_OPTIONS, readBytes, SCHEMA_HELP, schemaOf } from "../../input/mod.ts";
import { jsonLine } from "../../json/mod.ts";

/** Dumps a message with the meaning of each byte; invalid messages as far as they can be decoded, then the error. */
export const inspectCommand: CommandBody = {
  usage: "<schema> <hex | @file | ->",
  details: `${SCHEMA_HELP}\n${INPUT_HELP}`,
  options: {
    json: { type: "boolean", about: "print the parts as JSON" },
    limit: { type: "string", value: "parts", about: "stop after this many parts" },
    ...INPUT_OPTIONS,
  },
  async run(args, streams) {
    const [name, ...input] = positionals(args, ["schema", "hex | @file | -"], { rest: true });
    const spansMax = numberOption(args, "limit", { min: 1, max: SPANS_MAX, whole: true }) ?? SPANS_MAX;
    const schema = schemaOf(name);
    const bytes = await readBytes(input, args, streams);
    const inspection = inspect(schema, bytes, { spansMax });
    const { error, stopped } = inspection;
    const pieces = args.options.json === true ? jsonPieces(inspection) : dumpPieces(inspection, bytes, streams);
    for (const text of batches(pieces)) await streams.write(UTF8.encode(text));
    if (error !== undefined) throw error;
    if (stopped && args.options.limit === undefined) {
      throw new CodecError("limit", `The message has more than ${SPANS_MAX} parts`, { offset: inspection.length });
    }
  },
};

const UTF8 = new TextEncoder();
/** How much is written at once: a call for each line would take longer than making the line. */
const BATCH_CHARACTERS = 1 << 16;

/** Short texts joined to longer ones. */
function* batches(pieces: Iterable<string>): Generator<string> {
  let batch = "";
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < BATCH_CHARACTERS) continue;
    yield batch;
    batch = "";
  }
  if (batch !== "") yield batch;
}

function* dumpPieces(inspection: Inspection<unknown>, bytes: Uint8Array, { color }: Streams): Generator<string> {
  for (const line of dumpLines(inspection, bytes, { color: color === true })) yield `${line}\n`;
}

/** One JSON object on one line, in pieces. */
function* jsonPieces({ spans, value, error, stopped }: Inspection<unknown>): Generator<string> {
  let before = '{"spans":[';
  for (const span of spans) {
    yield `${before}${jsonLine(span)}`;
    before = ",";
  }
  const result = stopped ? { stopped } : error === undefined ? { value } : { error: errorJson(error) };
  yield `${spans.length === 0 ? before : ""}],${jsonLine(result).slice(1)}\n`;
}

function errorJson({ code, message, path, offset }: CodecError) {
  return { code, message, path, offset };
}
