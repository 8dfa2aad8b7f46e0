/**
 * Msgpack of JSON documents.
 *
 * @module
 */

import { bytesWritten, failWrite, type MessageOutput, writeBytes } from "../../engine/mod.ts";
import { tooDeep } from "../../failures.ts";
import { type ExactJson, JsonNumber } from "../../json/mod.ts";
import { orderedKeys } from "../../key-order.ts";
import { LIMITS } from "../../limits.ts";
import type { PathStep } from "../../path.ts";
import { parseHex } from "../../text/mod.ts";
import { tooLarge } from "../failures.ts";
import { HEX_KEY, isHex, MSGPACK_KEY } from "./forms.ts";
import { CHECKED, isOneValue, Packed } from "../value.ts";
import {
  type Budget,
  openArray,
  openMap,
  spend,
  writeBig,
  writeBin,
  writeBoolean,
  writeFloat,
  writeNil,
  writeStr,
} from "../write-scalars.ts";

/**
 * A JSON value as msgpack: texts are str, numbers with a point or an exponent are floats, others integers. Bytes are written
 * `{"hex":"…"}`, and what else JSON cannot say is `{"msgpack":"…"}`, with the hex digits of one value. Objects with
 * another content under these keys are maps as others are.
 *
 * ```ts
 * import { exactJson } from "warpwire/json";
 * import { formatHex } from "warpwire/codec";
 * import { jsonOfPacked, packJson } from "warpwire/msgpack";
 *
 * const packed = packJson(exactJson('[5, 5.0, {"hex": "ff00"}]'));
 * console.log(formatHex(packed.bytes), jsonOfPacked(packed)); // 9305cb4014000000000000c402ff00 [5,5.0,{"hex":"ff00"}]
 * ```
 *
 * @throws CodecError `range` for a number that is too large, `limit` for what nests too deeply; with the path
 */
export function packJson(json: ExactJson): Packed {
  const budget: Budget = { limits: LIMITS, elements: 0, depth: 0 };
  const bytes = bytesWritten((o) => {
    o.steps = [];
    writeJson(o, json, budget);
  });
  // Values that are given as their bytes nest, too.
  if (!isOneValue(bytes)) tooDeep("", 0, LIMITS.depthMax);
  return new Packed(bytes, CHECKED);
}

function writeJson(o: MessageOutput, json: ExactJson, budget: Budget): void {
  if (json === null) return writeNil(o, json);
  if (typeof json === "boolean") return writeBoolean(o, json);
  if (typeof json === "string") return writeStr(o, json, budget.limits.stringBytesMax);
  if (json instanceof JsonNumber) return writeNumber(o, json);
  const keys = Array.isArray(json) ? null : orderedKeys(json);
  if (keys?.length === 1 && writeForm(o, keys[0], (json as Readonly<Record<string, ExactJson>>)[keys[0]])) return;
  if (budget.depth >= budget.limits.depthMax) failWrite(o, tooDeep, budget.limits.depthMax);
  budget.depth++;
  if (keys === null) writeItems(o, json as readonly ExactJson[], budget);
  else writePairs(o, json as Readonly<Record<string, ExactJson>>, keys, budget);
  budget.depth--;
}

function writeNumber(o: MessageOutput, { text, isInteger }: JsonNumber): void {
  if (isInteger) return writeBig(o, BigInt(text));
  const value = Number(text);
  if (!Number.isFinite(value)) failWrite(o, tooLarge, text);
  writeFloat(o, value);
}

/** Writes what JSON has no form of its own for; false for what is a map. */
function writeForm(o: MessageOutput, key: string, value: ExactJson): boolean {
  if (!isHex(value)) return false;
  if (key === HEX_KEY) {
    writeBin(o, parseHex(value));
    return true;
  }
  if (key !== MSGPACK_KEY) return false;
  const bytes = parseHex(value);
  if (!isOneValue(bytes)) return false;
  writeBytes(o, bytes);
  return true;
}

function writeItems(o: MessageOutput, items: readonly ExactJson[], budget: Budget): void {
  spend(o, budget, items.length);
  openArray(o, items.length);
  for (let index = 0; index < items.length; index++) writeInside(o, items[index], index, budget);
}

function writePairs(
  o: MessageOutput,
  pairs: Readonly<Record<string, ExactJson>>,
  keys: readonly string[],
  budget: Budget,
): void {
  spend(o, budget, 2 * keys.length);
  openMap(o, keys.length);
  for (const key of keys) {
    writeStr(o, key, budget.limits.stringBytesMax);
    writeInside(o, pairs[key], key, budget);
  }
}

function writeInside(o: MessageOutput, json: ExactJson, step: PathStep, budget: Budget): void {
  o.steps?.push(step);
  writeJson(o, json, budget);
  o.steps?.pop();
}
