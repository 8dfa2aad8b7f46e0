/**
 * Writes the fixture files whose rows are taken from recordings of the original programs: every message of a session,
 * dialogue or list of datagrams once, as it was on the wire.
 *
 *     deno run -A tasks/fixtures.ts warpdrive/captured-unified.json > fixtures/warpdrive/captured-unified.json
 *
 * `npm run check` holds the files against what is printed now.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { decode, encode, formatHex, parseHex } from "../codec/mod.ts";
import {
  decodeDialogue,
  decodeInboundDialogue,
  type DialogueEvent,
  type DialogueMessage,
  type Direction,
} from "../codec/protocols/astral/mod.ts";
import { decodeDatagram } from "../codec/protocols/storj/mod.ts";
import { decodeSession, type Dialect, draft, parseRecording, unified } from "../codec/protocols/warpdrive/mod.ts";
import { schemaOf } from "../src/cli/input/schemas.ts";
import { root } from "./project.ts";

/** A message of a recording. */
interface Captured {
  readonly name: string;
  readonly schema: string;
  readonly hex: string;
}

/** The files by their path in `fixtures/`, each with the recording that it is made from. */
export const CAPTURED: Readonly<
  Record<string, { readonly recording: string; readonly capture: (json: never) => Captured[] }>
> = {
  "warpdrive/captured-unified.json": {
    recording: "warpdrive-unified-sessions.json",
    capture: (json) => sessionMessages(unified, json),
  },
  "warpdrive/captured-draft.json": {
    recording: "warpdrive-draft-sessions.json",
    capture: (json) => sessionMessages(draft, json),
  },
  "astral/captured-dialogues.json": { recording: "apphost-2023-dialogues.json", capture: dialogueMessages },
  "astral/captured-objects.json": { recording: "apphost-2026-objects.json", capture: objects },
  "storj/captured-datagrams.json": { recording: "storj-datagrams-and-filters.json", capture: datagramPairs },
  "storj/captured-relay.json": { recording: "storj-relay.json", capture: relayDatagrams },
};

if (process.argv[1]?.endsWith("fixtures.ts")) process.stdout.write(capturedText(process.argv[2]));

/** The content of a file, made from its recording. */
export function capturedText(file: string): string {
  const { recording, capture } = CAPTURED[file];
  const json = JSON.parse(readFileSync(join(root, "fixtures", recording), "utf8"));
  const seen = new Set<string>();
  const rows = capture(json as never).filter(({ schema, hex }) => {
    const key = `${schema} ${hex}`;
    return hex !== "" && !seen.has(key) && seen.add(key);
  });
  const about =
    "Messages of original programs as they were on the wire. Each stands here once, with the place where it was first.";
  const text = JSON.stringify({ about, origin: `fixtures/${recording}`, rows: rows.map(rowOf) }, null, 2);
  return `${text}\n`;
}

/** A row; what would be written in another form, although it means the same, is only read. */
function rowOf({ name, schema, hex }: Captured): Record<string, unknown> {
  const known = schemaOf(schema);
  const same = formatHex(encode(known, decode(known, parseHex(hex)), { owned: true })) === hex;
  return { name, schema, hex, ...(!same && { decodeOnly: true }) };
}

function sessionMessages(dialect: Dialect, json: unknown): Captured[] {
  const places = new Map(dialect.ports.map(({ name, label }) => [name, label === "" ? "" : `.${label}`]));
  return parseRecording(json).flatMap((session) => {
    const place = places.get(session.port);
    // What people type and read on the port for people has no schema.
    if (place === undefined) return [];
    return decodeSession(dialect, session).flatMap(({ dir, command, part, start, end, bytes, elided }): Captured[] => {
      const name = `${session.name}, ${dir} ${start}-${end}: ${command} ${part}`;
      const hex = formatHex(bytes);
      if (elided !== undefined) return [];
      switch (part) {
        case "request":
        case "end":
          return [{ name, schema: `warpdrive.${dialect.name}${place}.request`, hex }];
        case "reply":
        case "event":
        case "signal":
          return [{ name, schema: `warpdrive.${command}.${part}`, hex }];
        default:
          return [];
      }
    });
  }).filter(isComplete);
}

/** A request whose document was never followed by its newline is complete for a server, but not for its schema. */
function isComplete({ schema, hex }: Captured): boolean {
  try {
    decode(schemaOf(schema), parseHex(hex));
    return true;
  } catch {
    return false;
  }
}

interface Dialogues {
  readonly dumps: readonly {
    readonly name: string;
    readonly events?: readonly { readonly dir: Direction; readonly hex: string }[];
    readonly hex?: string;
    readonly reply?: string | null;
  }[];
}

function dialogueMessages({ dumps }: Dialogues): Captured[] {
  return dumps.flatMap(({ name: dump, events, hex, reply }) => {
    const inbound = [{ dir: "host>guest" as const, hex: hex ?? "" }, { dir: "guest>host" as const, hex: reply ?? "" }];
    const told: DialogueEvent[] = (events ?? inbound).map((event) => ({ dir: event.dir, bytes: parseHex(event.hex) }));
    const messages = events === undefined ? decodeInboundDialogue(told) : decodeDialogue(told);
    return messages.flatMap((message) => {
      const schema = dialogueSchema(message);
      const own = told.filter(({ dir }) => dir === message.dir).map(({ bytes }) => formatHex(bytes)).join("");
      const bytes = own.slice(2 * message.start, 2 * message.end);
      return schema === undefined ? [] : [{ name: `${dump}, ${message.dir}: ${message.name}`, schema, hex: bytes }];
    });
  });
}

function dialogueSchema({ dir, name }: DialogueMessage): string | undefined {
  const answer = dir === "host>guest";
  switch (name) {
    case "stream":
    case "partial":
    case "surplus":
      return undefined;
    case "auth":
      return answer ? "astral.2023.auth.answer" : "astral.2023.auth";
    case "inbound":
      return answer ? "astral.inbound" : "astral.inbound.answer";
    case "unknown":
      return answer ? undefined : "astral.2023.command";
    default:
      return answer ? `astral.2023.${name}.answer` : "astral.2023.command";
  }
}

function objects(
  { objects }: { readonly objects: readonly { readonly name: string; readonly binaryChannelHex: string }[] },
): Captured[] {
  return objects.map(({ name, binaryChannelHex }) => ({ name, schema: "astral.object", hex: binaryChannelHex }));
}

interface Datagrams {
  readonly cases: readonly { readonly name: string; readonly request?: string; readonly response?: string | null }[];
}

function datagramPairs({ cases }: Datagrams): Captured[] {
  return cases.flatMap(({ name, request, response }) => {
    if (request === undefined) return [];
    const call = callOf(request);
    const asked = { name: `${name}: request`, schema: `${call}.request`, hex: request };
    if (typeof response !== "string") return [asked];
    return [asked, { name: `${name}: response`, schema: `${call}.response`, hex: response }];
  });
}

/** The beginning of the names of a call's schemas. */
function callOf(hex: string): string {
  const datagram = decodeDatagram(parseHex(hex));
  if (datagram.kind !== "request" || datagram.rpc === null) throw new TypeError("The datagram is no known request");
  return `storj.${datagram.era}.${datagram.wireName}`;
}

function relayDatagrams(
  { cases }: { readonly cases: readonly { readonly name: string; readonly bytes: string }[] },
): Captured[] {
  // The body of a message stands among the datagrams, too.
  return cases.filter(({ name }) => !name.includes("body only")).map(({ name, bytes }) => {
    if (decodeDatagram(parseHex(bytes)).kind === "request") {
      return { name, schema: `${callOf(bytes)}.request`, hex: bytes };
    }
    // Only the name says which call was answered.
    const [rpc] = name.split(" ");
    return { name, schema: `storj.rpcudp.${rpc}.response`, hex: bytes };
  });
}
