/**
 * Prints a recorded session of two real nodes, with the meaning of its bytes.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { bytes, hexdump, rest } from "../../../codec/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import {
  decodeSession,
  type Direction,
  messageForm,
  parseRecording,
  portOf,
  type RecordedMessage,
  type RecordedSession,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import type { Streams } from "../command.ts";

/** From the sources to the package's folder; compiled files lie one level deeper. */
const UP = "../../../";

/** The recorded sessions; throws when they are not there. */
async function readRecording(): Promise<string> {
  const places = [UP, `${UP}../`].map((up) =>
    new URL(`${up}fixtures/warpdrive-unified-sessions.json`, import.meta.url)
  );
  return await readFile(places.find((place) => existsSync(place)) ?? places[0], "utf8");
}

/** The sessions that show an offer on its way, and what happens in each. */
const SHOWN = [
  { name: "create-offer", from: "A", to: "B", about: "A offers B a file" },
  { name: "accept->download", from: "B", to: "A", about: "B has accepted, and downloads it" },
  { name: "create-offer-dir", from: "A", to: "B", about: "A offers B a folder" },
  { name: "download-dir", from: "B", to: "A", about: "B downloads the folder: its files, one after the other" },
] as const;

const ARROWS: Readonly<Record<Direction, string>> = { "C>S": "→", "S>C": "←" };

/** Prints the recorded session, message by message. */
export async function printRecording(streams: Streams): Promise<void> {
  const file = JSON.parse(await readRecording()) as { sessions: { caller: string; target: string }[] };
  const sessions = parseRecording(file);
  for (const { name, from, to, about } of SHOWN) {
    const index = sessions.findIndex((session, index) =>
      session.name === name && file.sessions[index].caller === from && file.sessions[index].target === to
    );
    streams.out(`\n${about} (${from} ${ARROWS["C>S"]} ${to})\n`);
    printSession(sessions[index], streams);
  }
}

/** Prints the messages of a session, of each at most so many lines. */
export function printSession(session: RecordedSession, { out, color = false }: Streams, linesMax = Infinity): void {
  const port = portOf(unified, session.port);
  for (const message of decodeSession(unified, session)) {
    const { dir, command, part, bytes: { length }, elided = 0 } = message;
    // It has no bytes.
    if (part === "unanswered") continue;
    out(`\n${ARROWS[dir]} ${command} ${part}, ${plural(length + elided, "byte")}\n`);
    const lines = dump(message).split("\n");
    const more = lines.length - linesMax;
    out(
      `${(more > 0 ? [...lines.slice(0, linesMax), `…       and ${plural(more, "line")} more`] : lines).join("\n")}\n`,
    );
  }

  function dump(message: RecordedMessage): string {
    if (message.part === "finish" || message.part === "body") return hexdump(bytes(rest), message.bytes, { color });
    return hexdump(messageForm(port, message).schema, message.bytes, { color });
  }
}
