/**
 * Prints `docs/protocols/warpdrive.md`, made from the tables of `codec/protocols/warpdrive/`:
 *
 *     deno run -A tasks/warpdrive-doc.ts > docs/protocols/warpdrive.md
 *
 * `tasks/stale.ts` compares the file with what is printed here.
 *
 * @module
 */

import { describeMarkdown, encode, formatHex } from "../codec/mod.ts";
import type { JsonNode, JsonObjectNode } from "../codec/json/mod.ts";
import {
  type Command,
  type CommandName,
  commands,
  type Dialect,
  type DialectCommand,
  draft,
  draftDocument,
  Files,
  type Finish,
  Info,
  Kept,
  LeftOut,
  LeftOutItem,
  Offer,
  Offers,
  OfferStatus,
  type Part,
  PathsOffer,
  Peer,
  Peers,
  PeerUpdate,
  type Port,
  requestSchema,
  Summaries,
  Summary,
  Targets,
  unified,
  wirePart,
} from "../codec/protocols/warpdrive/mod.ts";
import { formatted, table } from "./markdown.ts";
import { EXAMPLES, INTRODUCTION, MEANINGS, NEWLINES, NOTES } from "./warpdrive-doc-text.ts";

/** The JSON documents by name, the ones inside others first. */
const DOCUMENTS: Readonly<Record<string, JsonNode>> = {
  Peer,
  Info,
  LeftOut,
  LeftOutItem,
  Kept,
  OfferStatus,
  Offer,
  Peers,
  Files,
  Offers,
  PeerUpdate,
  Summary,
  Summaries,
  PathsOffer,
  Targets,
};

/** Which document a field of a command is. */
const DOCUMENT_FIELDS: Readonly<Record<string, keyof typeof DOCUMENTS>> = {
  peers: "Peers",
  offers: "Offers",
  offer: "Offer",
  status: "OfferStatus",
  update: "PeerUpdate",
  files: "Files",
  request: "PathsOffer",
  summaries: "Summaries",
  summary: "Summary",
  targets: "Targets",
};

const CALLERS: Readonly<Record<Command["caller"], string>> = { local: "the node itself", anyone: "anybody" };
const ADDED = "This is an addition of warpwire; the programs of 2022 and 2023 do not know it.";
const ORDER: readonly Dialect[] = [unified, draft, draftDocument];

await Deno.stdout.write(
  await formatted([
    INTRODUCTION,
    ...ORDER.map(dialectSection),
    differences(),
    twiceSection(),
    NEWLINES,
    "## Commands",
    "The tables show the bytes after the opcode. Offsets count from there; examples begin with the opcode, and their ids are shortened.",
    ...Object.values<Command>(commands).map(commandSection),
    documentsSection(),
  ].join("\n\n")),
);

function hex(opcode: number): string {
  return `0x${opcode.toString(16).padStart(2, "0")}`;
}

function dialectSection(dialect: Dialect): string {
  return [
    `## Dialect \`${dialect.name}\`: ${dialect.about}`,
    ...dialect.ports.map((port) => portSection(dialect, port)),
  ].join("\n\n");
}

function portSection(dialect: Dialect, port: Port): string {
  const rows = port.commands.map((
    { opcode, name, caller, about, added },
  ) => [hex(opcode), name, CALLERS[caller], added ? `Addition of warpwire: ${about}` : about]);
  const open = port.commands.every(({ caller }) => caller === "anyone");
  const strangers = port.strangers === "ignored"
    ? "An opcode from a stranger that is unknown or not for strangers is skipped; the byte after it is the next opcode."
    : `An opcode that is unknown${open ? "" : " or not for strangers"} closes the session.`;
  const schema = port.label === "" ? dialect.name : `${dialect.name}.${port.label}`;
  const name = dialect === draftDocument ? "" : ` Requests are the schema \`warpdrive.${schema}.request\`.`;
  return [
    `Port \`${port.name}\`. ${strangers}${name}`,
    table(["opcode", "command", "who may call", "what it does"], rows),
  ].join("\n\n");
}

/** The port and opcode of a command in a dialect, with the ways in which its exchange is another one there. */
function placeOf(
  dialect: Dialect,
  name: CommandName,
): { readonly port: Port; readonly command: DialectCommand } | null {
  for (const port of dialect.ports) {
    const command = port.commands.find((one) => one.name === name);
    if (command !== undefined) return { port, command };
  }
  return null;
}

function differences(): string {
  const names = Object.keys(commands) as CommandName[];
  const cell = (dialect: Dialect, name: CommandName) => {
    const place = placeOf(dialect, name);
    return place === null ? "none" : `\`${place.port.name}\` ${hex(place.command.opcode)}`;
  };
  const rows = names.filter((name) => name !== "end").map((name) => [name, ...ORDER.map((one) => cell(one, name))]);
  const peculiar = (say: (dialect: Dialect) => string) => ORDER.map(say);
  return [
    "## Differences between the dialects",
    table(["", ...ORDER.map(({ name }) => `\`${name}\``)], [
      ...rows,
      ["after the answer to listPeers", ...peculiar(peersEnd)],
      ["the zero that ends a ping", ...peculiar(pingZero)],
      ["opcodes of strangers", ...peculiar(strangers)],
    ]),
    `A server of the dialect \`${draft.name}\` reads one byte after the peers, but clients had stopped sending it shortly
before: so the server swallows their next opcode. A client of such a server sends the byte, or sends no other command on
that stream. Clients of both dialects must not expect that the last zero of a ping is sent back. The program of 2022
accepted strangers on its local port and then neither answered nor closed the stream; servers should close it.`,
  ].join("\n\n");
}

function peersEnd(dialect: Dialect): string {
  const { finish }: Command = placeOf(dialect, "listPeers")!.command;
  return finish === undefined ? "nothing" : "one byte of the client, of any value";
}

function pingZero(dialect: Dialect): string {
  return placeOf(dialect, "ping")!.command.zeroEchoed === true ? "is sent back" : "is not sent back";
}

function strangers(dialect: Dialect): string {
  return [...new Set(dialect.ports.map((port) => port.strangers === "ignored" ? "skipped" : "close the session"))]
    .join(", ");
}

/** The opcodes that stand for two commands in the text of the draft. */
function twiceSection(): string {
  const parts: string[] = ["## Duplicate numbers in the draft"];
  for (const port of draftDocument.ports) {
    for (const second of port.commands) {
      const first = port.commands.find(({ opcode }) => opcode === second.opcode)!;
      if (first === second) continue;
      const numbers = [first, second].map(({ name }) => `\`${name}\` ${hex(placeOf(draft, name)!.command.opcode)}`);
      parts.push(
        `The text of the draft gives ${hex(second.opcode)} of the port \`${port.name}\` to \`${first.name}\` and to
\`${second.name}\`. Their bytes cannot be distinguished: both are an opcode and a filter. The program of that
time used ${numbers.join(" and ")} instead, with all later numbers increased by one. Use the dialect \`${draft.name}\`,
which has the numbers of the program. The dialect \`${draftDocument.name}\` has those of the text, but no known program
uses it: there ${hex(second.opcode)} is read as \`${first.name}\`, and \`${second.name}\` cannot be written.`,
      );
    }
  }
  if (parts.length === 1) throw new Error("The draft has no duplicate numbers any more");
  const missing = Object.keys(commands).filter((name) => placeOf(draftDocument, name as CommandName) === null);
  if (missing.length > 0) {
    parts.push(`The text of the draft does not have ${missing.map((one) => `\`${one}\``).join(", ")}.`);
  }
  return parts.join("\n\n");
}

function commandSection(command: Command): string {
  const name = command.name as CommandName;
  const parts = [
    `### ${name}`,
    `${command.about}. For ${CALLERS[command.caller]}.${command.added ? ` ${ADDED}` : ""}`,
    partSection("Request", command.args),
  ];
  if (command.reply !== undefined) parts.push(partSection("Reply", command.reply));
  if (command.events !== undefined) parts.push(partSection("Event, any number of times", command.events));
  if (command.signals !== undefined) {
    parts.push(partSection("Signal, any number of times in both directions, up to a zero", command.signals));
  }
  if (command.body !== undefined) {
    parts.push(`**Body:** ${command.body}. There are no marks between them: the offer has the size of each entry.`);
  }
  parts.push(...finishSections(command), ...(NOTES[name] === undefined ? [] : [NOTES[name]]), exampleSection(name));
  return parts.join("\n\n");
}

/** The finish of a command, and those of dialects that differ. */
function finishSections(command: Command): string[] {
  const text = ({ byte, about }: Finish, where: string) =>
    `**Finish**${where}, sent by the client: ${hex(byte)}, which ${about}.`;
  const usual = command.finish === undefined ? [] : [text(command.finish, "")];
  const others = ORDER.flatMap((dialect) => {
    const finish: Finish | undefined = placeOf(dialect, command.name as CommandName)?.command.finish;
    return finish === undefined || finish === command.finish
      ? []
      : [text(finish, ` in the dialect \`${dialect.name}\``)];
  });
  return [...usual, ...others];
}

function partSection(title: string, part: Part): string {
  if (part.fields.length === 0) return `**${title}:** no bytes.`;
  const documents = part.fields.filter(({ schema }) => schema.kind === "extension").map(({ name }) => {
    const document = DOCUMENT_FIELDS[name];
    if (document === undefined) throw new Error(`Which document "${name}" is is not known`);
    return `\`${name}\` is a document [${document}](#${document.toLowerCase()}).`;
  });
  return [`**${title}**`, describeMarkdown(wirePart(part)), ...documents].join("\n\n");
}

function exampleSection(name: CommandName): string {
  const [first, second] = [unified, draft].map((dialect) => {
    const place = placeOf(dialect, name);
    return place && formatHex(encode(requestSchema(place.port), { command: name, ...EXAMPLES[name] }));
  });
  const bytes = first === second || second === null
    ? `\`${first}\``
    : `\`${first}\` in the dialect \`${unified.name}\`, \`${second}\` in the dialect \`${draft.name}\``;
  return `Example: \`${JSON.stringify(EXAMPLES[name])}\` is ${bytes}.`;
}

function documentsSection(): string {
  return [
    "## JSON documents",
    `The fields are written in the order of the tables; fields marked "left out" are not written if they are empty. A reader accepts any order and any case,
skips unknown keys, and gives missing fields and \`null\` their zero value. An empty list is \`null\` if it was never created,
and \`[]\` otherwise; both are read. The letters \`<\`, \`>\` and \`&\` are written as
\`\\u003c\`, \`\\u003e\` and \`\\u0026\`, the separators U+2028 and U+2029 as escapes, too; all other text as UTF-8.`,
    ...Object.entries(DOCUMENTS).map(([name, shape]) => documentSection(name, shape)),
  ].join("\n\n");
}

function documentSection(name: string, shape: JsonNode): string {
  if (shape.kind === "object") return `### ${name}\n\n${fieldsTable(name, shape)}`;
  const note = name === "PeerUpdate"
    ? ": the peer's identity, `alias`, `mod` or `addresses` (an addition of warpwire: separated by spaces), and the new text. Further items are ignored; with fewer than three, the old programs stop"
    : "";
  return `### ${name}\n\n${capital(typeText(shape))}${note}.`;
}

function fieldsTable(name: string, { fields }: JsonObjectNode): string {
  const rows = fields.map(({ key, shape, optional }) => {
    const meaning = MEANINGS[`${name}.${key}`] ?? MEANINGS[`OfferStatus.${key}`] ?? "";
    return [`\`${key}\``, typeText(shape), optional ? "left out" : zeroText(shape), meaning];
  });
  return table(["key", "type", "zero value", "meaning"], rows);
}

function typeText(shape: JsonNode): string {
  switch (shape.kind) {
    case "int":
      return shape.type === "uint32" ? "integer, 0 to 2^32-1" : "integer, ±(2^53-1)";
    case "array":
      return shape.item.kind === "object"
        ? `list of [${nameOf(shape.item)}](#${nameOf(shape.item).toLowerCase()})`
        : `list of ${typeText(shape.item)}s`;
    case "object":
      return nameOf(shape);
    default:
      return shape.kind;
  }
}

function zeroText(shape: JsonNode): string {
  switch (shape.kind) {
    case "string":
      return '`""`';
    case "bool":
      return "`false`";
    case "int":
      return "`0`";
    default:
      return "`null`";
  }
}

function nameOf(shape: JsonNode): string {
  const found = Object.entries(DOCUMENTS).find(([, document]) => document === shape);
  if (found === undefined) throw new Error("A document has no name");
  return found[0];
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
