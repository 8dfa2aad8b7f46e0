/**
 * Recorded warpdrive sessions, both directions with every message decoded.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import {
  decodeSession,
  directionBytes,
  parseRecording,
  reencodes,
  SHELL_PORT,
  unified,
} from "../../dist/codec/protocols/warpdrive/mod.js";
import { difference } from "../harness/equal.mjs";
import { ownVersion } from "../harness/packages.mjs";
import { decodeByHand } from "./session-hand.mjs";

const RECORDING = new URL("../../fixtures/warpdrive-unified-sessions.json", import.meta.url);
const DIRECTIONS = ["C>S", "S>C"];
const WARM_ROUNDS = 50;

/** Sessions whose recording is whole. */
const whole = parseRecording(JSON.parse(readFileSync(RECORDING, "utf8")))
  .filter(({ events }) => events.length > 0 && events.every(({ elided }) => elided === 0));

const UNUSUAL = ["invalid", "unanswered", "ignored", "signal"];
/** Those in which both sides did what the protocol says; the parser written by hand knows no others. */
const regular = whole.filter((session) =>
  session.port !== SHELL_PORT && decodeSession(unified, session).every(({ part }) => !UNUSUAL.includes(part))
);

const decodeAll = (sessions) => sessions.map((session) => decodeSession(unified, session));
const decodeAllByHand = (sessions) => sessions.map(decodeByHand);

/** Encoding each message again gives its bytes, and no byte is left between messages. */
function checkMessages([results]) {
  results.forEach((messages, i) => {
    const session = whole[i];
    const wrong = messages.findIndex((message) => reencodes(unified, session.port, message) === false);
    if (wrong >= 0) throw new Error(`Session "${session.name}": message ${wrong} was decoded wrongly`);
    for (const dir of DIRECTIONS) checkCover(session, dir, messages);
  });
}

function checkCover(session, dir, messages) {
  let at = 0;
  for (const { start, end } of messages.filter((message) => message.dir === dir)) {
    if (start !== at) throw new Error(`Session "${session.name}": bytes between ${at} and ${start} are no message`);
    at = end;
  }
  const { length } = directionBytes(session, dir);
  if (at !== length) throw new Error(`Session "${session.name}": ${length - at} bytes are left ${dir}`);
}

/** The parser written by hand finds the same messages, direction by direction. */
function checkAgreement([results]) {
  const expected = decodeAll(regular);
  results.forEach((messages, i) => {
    for (const dir of DIRECTIONS) {
      const of = (list) => list.filter((message) => message.dir === dir).map(comparable);
      const found = difference(of(messages), of(expected[i]), `session "${regular[i].name}" ${dir}`);
      if (found !== undefined) throw new Error(found);
    }
  });
}

function comparable({ command, part, value, start, end }) {
  return { command, part, value, start, end };
}

function warm() {
  for (let round = 0; round < WARM_ROUNDS; round++) {
    decodeAll(whole);
    decodeAllByHand(regular);
  }
}

function column(name, about, sessions) {
  const bytes = sessions.reduce(
    (sum, { events }) => sum + events.reduce((bytes, event) => bytes + event.bytes.length, 0),
    0,
  );
  const messages = decodeAll(sessions).reduce((sum, { length }) => sum + length, 0);
  return { name, about: `${about}: ${sessions.length} sessions, ${messages} messages`, bytes, messages };
}

const REGULAR = "regular";
const ALL = "all";

/** @type {import("./suite.mjs").Suite} */
export default {
  title: "Recorded sessions of warpdrive",
  rows: [
    {
      name: "hand",
      version: "",
      note:
        "The baseline, a parser of the same messages: `JSON.parse` for documents, no check of their fields, no limits, " +
        "no invalid input, no pings, no port for people. Documents end at a newline.",
    },
    {
      name: "warpwire",
      version: ownVersion(),
      note:
        "`decodeSession`: both directions as they came, bounded, documents checked against their shapes, with the bytes " +
        "of every message.",
    },
  ],
  columns: [
    column(REGULAR, "sessions in which both sides keep to the protocol", regular),
    column(ALL, "these, refused ones and those of the port for people", whole),
  ],
  cases: [
    { row: "hand", column: REGULAR, run: decodeAllByHand, inputs: [regular], check: checkAgreement },
    { row: "warpwire", column: REGULAR, run: decodeAll, inputs: [regular], check: checkAgreement },
    { row: "warpwire", column: ALL, run: decodeAll, inputs: [whole], check: checkMessages },
  ],
  warm,
};
