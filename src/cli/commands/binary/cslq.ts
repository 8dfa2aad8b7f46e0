/**
 * `warpwire cslq`: values and bytes by a cslq pattern.
 *
 * @module
 */

import { decodeCslqJson, encodeCslqJson } from "../../../../codec/cslq/mod.ts";
import { formatHex } from "../../../../codec/mod.ts";
import { type Arguments, type CommandBody, positionals, type Streams, UsageError } from "../../command.ts";
import { INPUT_HELP, INPUT_OPTIONS, readBytes, readText } from "../../input/mod.ts";
import { jsonLine, parseJson } from "../../json/mod.ts";

/** Encodes and decodes with a pattern. */
export const cslqCommand: CommandBody = {
  usage: "encode <pattern> <json array> | decode <pattern> <hex | @file | ->",
  details:
    `Values as JSON: numbers for c, s and l; decimal strings for q; text or {"hex":"…"} for [x]c; arrays for other
arrays and for {…}; {"v":{"pattern":"…","values":[…]}} for v.
${INPUT_HELP}`,
  options: {
    v: {
      type: "string",
      multiple: true,
      value: "PATTERN",
      about: "with decode: the pattern of the next v; default [33]c",
    },
    ...INPUT_OPTIONS,
  },
  async run(args, streams) {
    const [action] = args.positionals;
    if (action === "encode") return await encode(args, streams);
    if (action === "decode") return await decode(args, streams);
    throw new UsageError(
      `The first argument must be "encode" or "decode"${action === undefined ? "" : `, not "${action}"`}`,
    );
  },
};

async function encode(args: Arguments, streams: Streams): Promise<void> {
  const [, pattern, json] = positionals(args, ["encode", "pattern", "json array"]);
  const values = parseJson(await readText(json, streams));
  if (!Array.isArray(values)) throw new UsageError("The values must be a JSON array");
  streams.out(`${formatHex(encodeCslqJson(pattern, values))}\n`);
}

async function decode(args: Arguments, streams: Streams): Promise<void> {
  const [, pattern, ...input] = positionals(args, ["decode", "pattern", "hex | @file | -"], { rest: true });
  const bytes = await readBytes(input, args, streams);
  const v = (args.options.v ?? []) as string[];
  streams.out(`${jsonLine(decodeCslqJson(pattern, bytes, { v }))}\n`);
}
