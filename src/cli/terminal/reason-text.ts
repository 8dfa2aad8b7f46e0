/**
 * Codes of errors in words for people; programs get the codes.
 *
 * @module
 */

import { HOST_ERROR_CODES } from "../../host/mod.ts";
import { WARPDRIVE_ERROR_CODES } from "../../warpdrive/mod.ts";
import { FILES_ERROR_CODES } from "../../warpdrive/files/mod.ts";

/** Reasons that are no codes of errors. */
const OTHERS: Readonly<Record<string, string>> = {
  "kept-same": "files of the same names were there, with the same content",
  "kept-others": "files of the same names were there, and stayed",
  interrupted: "interrupted",
  undelivered: "the peer was not reached",
  unknown: "for an unknown reason",
};

const MEANINGS: Readonly<Record<string, string>> = {
  ...HOST_ERROR_CODES,
  ...WARPDRIVE_ERROR_CODES,
  ...FILES_ERROR_CODES,
  ...OTHERS,
};

/**
 * A code in words that stand in a sentence. What peers say has `peer-` before it, and perhaps a number of an entry after
 * it; words that are no codes stay as they are.
 */
export function codeText(code: string): string {
  const [, peer, bare] = /^(peer-)?(.*?)(?:-\d+)?$/.exec(code) ?? ["", undefined, code];
  const text = Object.hasOwn(MEANINGS, bare) ? lowerCased(MEANINGS[bare]) : bare;
  return peer === undefined ? text : `the peer says: ${text}`;
}

/** A sentence as it goes on after a colon. */
export function lowerCased(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text[0].toLowerCase() + text.slice(1) : text;
}
