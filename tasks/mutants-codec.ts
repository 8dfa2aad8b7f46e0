/**
 * Faults of the codec and its languages.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const CODEC_MUTANTS: readonly Mutant[] = [
  ...group("codec/json", ["codec/json/decode"], [
    ["documents are as deep as they like", "reader", "if (reader.depth > reader.limits.depthMax)", "if (false)"],
    ["values are not counted", "reader", "if (reader.count > reader.limits.countMax)", "if (false)"],
    ["the scanner counts no values", "scan", "if (scan.count > scan.limits.countMax)", "if (false)"],
    ["bytes may follow a document", "decode", "if (nextByte(decoding) !== -1)", "if (false)"],
    [
      "unknown keys pass where they should not",
      "decode",
      'if (index === -1 && shape.extra === "refuse")',
      "if (false)",
    ],
    [
      "large integers are rounded",
      "reader",
      "integer && !Number.isSafeInteger(value) ? BigInt(text) : value",
      "value",
    ],
    ["a document ends behind its limit", "decode", "if (decoding.capped)", "if (false)"],
  ]),
  ...group("codec/json", ["codec/json/scan"], [
    ["the scanner counts no bytes", "scan", "if (scan.offset > scan.limits.bytesMax)", "if (false)"],
    ["a scan may begin anywhere", "scan", "if (!(start >= 0 && start <= end && end <= bytes.length))", "if (false)"],
    ["a scan may go on after its end", "scan", "if (scan.state >= ENDED)", "if (false)"],
  ]),
  ...group("codec/json", ["codec/json/go"], [
    ["overlong UTF-8 passes", "strings", "if (bytes[pos + 1] < lowest || bytes[pos + 1] > highest)", "if (false)"],
  ]),
  ...group("codec/json", ["codec/json/encode"], [
    [
      "documents are written as long as they like",
      "encode",
      "text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax",
      "false",
    ],
    [
      "fractions are written as integers",
      "encode",
      "if (!(int >= min && int <= max) || !(shape.big || Number.isInteger(int)))",
      "if (!(int >= min && int <= max))",
    ],
  ]),
  ...group("codec/json", ["codec/key-order"], [
    ["objects keep no order of keys", "read-any", "open.keys?.push(key)", ""],
  ]),
  ...group("codec/msgpack", ["codec/msgpack/hostile"], [
    ["values have any number of elements", "check", "elements > limits.elementsMax || ", ""],
    ["values end behind the input", "check", 'if (size > end - at || kind === "never")', 'if (kind === "never")'],
    ["the scanner goes as deep as it likes", "scan", "if (this.#open.length > depthMax)", "if (false)"],
    ["the scanner counts no elements", "scan", "if (count > elementsMax)", "if (false)"],
    ["arrays are made of any count", "read-scalars", "if (count * bytesMin > s.end - s.pos)", "if (false)"],
    ["the scanner takes the byte that begins nothing", "scan", 'if (kind === "never")', "if (false)"],
  ]),
  ...group("codec/msgpack", ["codec/msgpack/shapes"], [
    ["texts may be as long as they like", "check", "size > limits.stringBytesMax || ", ""],
    ["texts need not be UTF-8", "check", " || !isText(bytes, at, at + size)", ""],
    ["values are as deep as they like", "check", " || open.length >= limits.depthMax", ""],
    ["elements are not counted", "read-scalars", "s.elements += count", ""],
    ["values of unknown shape are as deep as they like", "any", "if (depth >= s.limits.depthMax)", "if (false)"],
    ["keys may come twice", "any", "Object.hasOwn(value, key)", "false"],
    [
      "keys may reach into objects",
      "any",
      'if (key === "__proto__")\n                failKey',
      "if (false)\n                failKey",
    ],
    ["the beginning of a value must be whole", "trace", "left + more", "left", ["codec/stream/early"]],
    ["texts are as long as they like", "read-scalars", "if (count > s.limits.stringBytesMax)", "if (false)"],
  ]),
  ...group("codec/msgpack", ["codec/key-order"], [
    ["maps keep no order of keys", "any", "keepOrder(value, keys);", ";"],
    ["maps are written in the order of objects", "any", "orderedKeys(value)", "Object.keys(value)"],
  ]),
  ...group("codec/cslq", ["codec/cslq/pattern"], [
    ["a pattern is as long as it likes", "parse", "if (text.length > PATTERN_CHARACTERS_MAX)", "if (false)"],
    ["a pattern is as deep as it likes", "parse", "if (this.#open.length === PATTERN_DEPTH_MAX)", "if (false)"],
  ]),
  ...group("codec/engine", ["codec/lazy"], [
    ["decoding goes a level too deep", "read-wrappers", "s.depth >= depthMax", "s.depth > depthMax"],
  ]),
  ...group("codec/engine", ["codec/sequences"], [
    ["blobs of another length are written", "write-leaves", "if (count !== size.count)", "if (false)"],
  ]),
  ...group("codec", ["codec/references"], [
    ["counts in a field may be wrong", "engine/write-leaves", "if (said !== count)", "if (false)"],
    ["a frame need not be filled", "engine/read-wrappers", "if (s.pos !== s.end)", "if (false)"],
    [
      "a count may be a fraction",
      "engine/read-leaves",
      "if (!Number.isSafeInteger(count) || count < 0)",
      "if (false)",
    ],
    ["a field refers to a later one", "schema/composites", "list.slice(0, index)", "list"],
  ]),
  ...group("codec", ["codec/cost"], [
    ["limits may be negative", "limits", "if (!(max >= 0))", "if (false)"],
    ["arrays count no elements", "engine/read-composites", "if (s.elements > s.limits.elementsMax)", "if (false)"],
    ["arrays are made of any count", "engine/read-composites", "if (count * itemMin > s.end - s.pos)", "if (false)"],
    [
      "elements up to the end are not counted",
      "engine/read-composites",
      "if (++s.elements > s.limits.elementsMax)",
      "if (false)",
    ],
    ["strings are as long as they like", "engine/read-leaves", " || count > s.limits.stringBytesMax", ""],
  ]),
  ...group("codec", ["codec/wrappers"], [
    ["a frame ends after the input", "engine/read-wrappers", "if (count > end - s.pos)", "if (false)"],
    ["a part is longer than its limit", "engine/read-wrappers", "if (s.pos - pos > bytesMax)", "if (false)"],
    ["what an object inherits is equal", "values", "Object.hasOwn(b, key) && ", ""],
  ]),
  ...group("codec/engine", ["codec/stream/", "codec/wrappers", "codec/lazy", "codec/sequences"], [
    ["the scanner goes as deep as it likes", "scan", "if (this.#depth >= this.#limits.depthMax)", "if (false)"],
    [
      "the scanner counts no elements",
      "scan",
      "!(count >= 0) || this.#elements > this.#limits.elementsMax",
      "!(count >= 0)",
    ],
    ["the scanner sees no limit of a part", "scan", "if (pos <= this.#limitEnd())", "if (true)"],
  ]),
  ...group("codec/engine", ["codec/stream/properties"], [
    ["a message of a stream is as long as it likes", "scan", "if (pos > this.#bytesMax)", "if (false)"],
    ["a stream keeps memory of others", "byte-queue", "if (this.#borrowed)", "if (false)"],
    ["a broken stream goes on", "message-stream", "if (this.#error !== undefined)", "if (false)"],
  ]),
  ...group("codec/engine", ["codec/stream/messages"], [
    [
      "the scanner waits for strings of any length",
      "scan",
      ' || (node.kind === "string" && count > this.#limits.stringBytesMax)',
      "",
    ],
  ]),
  ...group("codec", ["codec/delimited"], [
    ["delimiters may be empty", "delimited", "if (delimiterBytes.length === 0)", "if (false)"],
    [
      "a value may contain its delimiter",
      "delimited",
      ".push(whole, 0, whole.length) < whole.length",
      ".push(whole, 0, whole.length) < 0",
    ],
    [
      "a delimiter is looked for too far",
      "delimited",
      "if (looked > bytesMax + delimiterBytes.length ||",
      "if (false &&",
    ],
  ]),
  ...group("codec/engine", ["codec/cost", "codec/lazy", "codec/inspect", "codec/wrappers"], [
    ["any value is a constant", "read-wrappers", "if (!equalValues(value, expected))", "if (false)"],
    [
      "what was cut off by a limit is cut off",
      "read-wrappers",
      "return tooLong(error.path, error.offset, bytesMax)",
      "throw error",
    ],
    ["errors have no path", "read", "steps.push(step);", ""],
    ["inspect makes values that nobody asked for", "read-wrappers", "endOf(extension, cursor);", "-1;"],
    ["bytes that an extension leaves out are lost", "read-wrappers", "if (added !== s.pos)", "if (false)"],
  ]),
  ...group("codec/engine", ["codec/stream/at-once"], [
    ["a message is tried at every piece", "message-stream", "      this.#begun = true;\n", ""],
    [
      "what ends with its input is read at once",
      "message-stream",
      "reachesEnd(schema, ({ extension }) => extension.endsItself !== true)",
      "false",
    ],
    [
      "what is read at once may be of any size",
      "message-stream",
      "Math.min(end, start + this.#kind.bytesMax)",
      "end",
    ],
    ["what is read at once shares memory", "message-stream", "this.#state.copy = true;", ""],
  ]),
  ...group("codec/engine", ["codec/stream/early"], [
    [
      "why a limit is exceeded depends on the pieces",
      "message-stream",
      "this.#explain(this.#scanner.exceededAt)",
      "this.#explain()",
    ],
    ["elements beyond a limit are passed over", "scan", "if (after < 0 || after > endMax)", "if (after < 0)"],
  ]),
  ...group("codec", ["codec/inspect"], [
    ["inspect keeps any number of parts", "inspect/span-recorder", "if (this.length >= this.#countMax)", "if (false)"],
    ["a part breaks what is after it", "schema/spans", "for (; depth > 0; depth--)", "for (; false;)"],
    ["a long key is on every line of a dump", "inspect/hexdump", "whole.length > LABEL_LENGTH_MAX ?", "false ?"],
  ]),
  ...group("codec/codegen", ["codec/codegen/into"], [
    ["what has no room in a target is lost", "runtime/values", "if (bytes === target)", "if (true)"],
    ["messages for a target stay in shared memory", "runtime/values", "release(bytes, start, start, end);", ""],
    ["a target is written behind its end", "runtime/values", "output.end = target.length", "output.end = Infinity"],
    [
      "messages are written to other memory and copied",
      "runtime/values",
      "output.bytes = target;",
      "output.bytes = target.slice();",
    ],
    ["texts get no more room", "encode-leaves", "=== -1 && `", "=== -2 && `"],
    [
      "a text is tried behind its target",
      "encode-leaves",
      "Math.min(output.end, pos + ${int.bytes + max})",
      "Infinity",
    ],
  ]),
  ...group("codec/codegen", ["codec/codegen/codegen"], [
    ["errors of other languages have no path", "runtime/values", "throw below(error, path, offset);", "throw error;"],
  ]),
  ...group("codec/text", ["codec/text"], [
    ["lone surrogates are written", "utf8", "!text.isWellFormed()", "false"],
    ["invalid UTF-8 is replaced", "utf8", 'text.includes("\\uFFFD") ? readStrictly(bytes, start, end) : text', "text"],
  ]),
  ...group("codec", ["codec/hex"], [
    ["direction overrides reach the terminal", "text/mod", "\\p{Cf}", ""],
    ["line separators reach the terminal", "text/mod", "\\p{Zl}\\p{Zp}", ""],
  ]),
  ...group("codec/engine", ["codec/numbers"], [
    ["varints have more bytes than they need", "read-leaves", "if (byte === 0 && unit > 1)", "if (false)"],
    [
      "unsigned numbers of 64 bits are rounded",
      "read-leaves",
      "const high = readU32(s);\n    if (high >= HIGH_END)",
      "const high = readU32(s);\n    if (false)",
    ],
    ["the lowest number of 54 bits passes", "read-leaves", "(high > -HIGH_END ||", "(high >= -HIGH_END ||"],
    ["any byte is a bool", "read-leaves", "if (byte > 1)", "if (false)"],
    ["numbers are cut to 16 bits", "write-leaves", "(value & 0xffff) !== value", "false"],
    ["floats of 32 bits are rounded", "write-leaves", " || !Object.is(Math.fround(value), value)", ""],
    [
      "varints may be negative",
      "write-leaves",
      "function writeVarint(s, value) {\n    if (!Number.isSafeInteger(value) || value < 0)",
      "function writeVarint(s, value) {\n    if (!Number.isSafeInteger(value))",
    ],
  ]),
  ...group("codec/schema", ["codec/composites"], [
    ["two cases of a union have one tag", "composites", "if (twice !== undefined)", "if (false)"],
  ]),
  ...group("codec/schema", ["codec/conditions"], [
    ["masks see 32 bits", "references", "mask < 2 ** 32", "true"],
    [
      "masks are cut to 32 bits",
      "references",
      "(BigInt(whole) & BigInt(mask)) !== 0n",
      "(Number(whole) & Number(mask)) !== 0",
    ],
    ["conditions are not judged", "composites", "targetChecks.get(ref)?.(target, name);", ""],
    ["masks have bits that their field has not", "optional", "if (mask >= 1n << bits)", "if (false)"],
    ["any mask can be met", "optional", "(mask & usableBits(node)) !== 0n", "true"],
    ["masks may be 0", "optional", "isSafeInteger(mask) && mask > 0", "isSafeInteger(mask)"],
  ]),
  ...group("codec/schema", ["codec/arguments"], [
    ["anything is a schema", "arguments", "checkArgument(isNode(value)", "checkArgument(true"],
  ]),
  ...group("codec", ["codec/key-order"], [
    ["copies know keys that were deleted", "key-order", "left.delete(key)", "true"],
    ["the order of keys is not kept", "key-order", "key !== own[index]", "false"],
  ]),
];
