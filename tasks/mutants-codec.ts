/**
 * Faults of the codec and its languages.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const CODEC_MUTANTS: readonly Mutant[] = [
  ...group("codec", ["codec/"], [
    ["decoding goes a level too deep", "compile-decode", "s.depth >= s.limits.depthMax", "s.depth > s.limits.depthMax"],
    ["the scanner goes as deep as it likes", "scan", "if (this.#depth >= this.#limits.depthMax)", "if (false)"],
    [
      "the scanner counts no elements",
      "scan",
      "!(count >= 0) || this.#elements > this.#limits.elementsMax",
      "!(count >= 0)",
    ],
    ["a stream keeps memory of others", "byte-queue", "if (this.#borrowed)", "if (false)"],
    ["a broken stream goes on", "stream", "if (this.#error !== undefined)", "if (false)"],
    [
      "blobs of another length are written",
      "compile-encode",
      "!(value instanceof Uint8Array) || value.length !== count",
      "!(value instanceof Uint8Array)",
    ],
    ["counts in a field may be wrong", "compile-encode", "if (resolve(size, scope) !== count)", "if (false)"],
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
    ["limits may be negative", "limits", "if (!(max >= 0))", "if (false)"],
    ["the walk goes as deep as it likes", "walk-decode", "if (this.#depth >= this.#limits.depthMax)", "if (false)"],
    ["the walk counts no elements", "walk-decode", "if (this.#elements > elementsMax)", "if (false)"],
    ["the walk reads texts of any length", "walk-decode", "if (count > this.#limits.stringBytesMax)", "if (false)"],
    ["the walk takes any constant", "walk-decode", "if (!equalValues(value, expected))", "if (false)"],
    ["lone surrogates are written", "text", "!text.isWellFormed()", "false"],
    ["direction overrides reach the terminal", "escape", "\\p{Cf}", "", ["codec/", "cli/program"]],
  ]),
  ...group("codec/json", ["codec/json", "protocols/warpdrive"], [
    ["documents are as deep as they like", "reader", "if (reader.depth > reader.limits.depthMax)", "if (false)"],
    ["values are not counted", "reader", "if (reader.count > reader.limits.countMax)", "if (false)"],
    ["the scanner counts no values", "scan", "if (scan.count > countMax)", "if (false)"],
    ["the scanner counts no bytes", "scan", "if (scan.offset > scan.limits.bytesMax)", "if (false)"],
    ["a scan may begin anywhere", "scan", "if (!(start >= 0 && start <= end && end <= bytes.length))", "if (false)"],
    ["a scan may go on after its end", "scan", "if (scan.state >= ENDED)", "if (false)"],
    ["bytes may follow a document", "decode", "if (nextByte(decoding) !== -1)", "if (false)"],
    [
      "unknown keys pass where they should not",
      "decode",
      'if (index === -1 && shape.extra === "refuse")',
      "if (false)",
    ],
  ]),
  ...group("codec/msgpack", ["codec/msgpack", "protocols/storj"], [
    ["values have any number of elements", "check", "elements > limits.elementsMax || ", ""],
    ["texts may be as long as they like", "check", "size > limits.stringBytesMax || ", ""],
    ["texts need not be UTF-8", "check", " || !isText(bytes, at, at + size)", ""],
    ["values end behind the input", "check", 'if (size > end - at || kind === "never")', 'if (kind === "never")'],
    ["values are as deep as they like", "check", " || open.length >= limits.depthMax", ""],
    ["the scanner goes as deep as it likes", "scan", "if (this.#open.length > depthMax)", "if (false)"],
    ["the scanner counts no elements", "scan", "if (count > elementsMax)", "if (false)"],
  ]),
];
