/**
 * Prints `docs/protocols/storj.md`, made from the tables of `codec/protocols/storj/`:
 *
 *     deno run -A tasks/storj-doc.ts > docs/protocols/storj.md
 *
 * `tasks/stale.ts` compares the file with what is printed here.
 *
 * @module
 */

import { describe, type DescriptionRow, formatHex, parseHex } from "../codec/mod.ts";
import { pack } from "../codec/msgpack/mod.ts";
import {
  encodeRequest,
  encodeResponse,
  type Era,
  extensionCalls,
  HEADER_BYTES,
  packPositions,
  packSigned,
  provenBytes,
  quasarCalls,
  relayedBody,
  requestSchema,
  responseSchema,
  RPC_NAMES,
  type RpcName,
  rpcs,
  signedEntryBytes,
  signedKey,
  streamCalls,
  streamProvenBytes,
} from "../codec/protocols/storj/mod.ts";
import { formatted, table } from "./markdown.ts";
import {
  CAPABILITY_TEXTS,
  EVENTS,
  EXTENSIONS,
  INTRODUCTION,
  NEIGHBOURS,
  PROOFS,
  RELAYED,
  REPLIES,
  SIGNED,
  STREAMS,
} from "./storj-doc-text.ts";

const isOwn = (name: RpcName) => name in extensionCalls || name in streamCalls || name in quasarCalls;

const filled = (count: number, byte: number) => new Uint8Array(count).fill(byte);
const messageId = filled(20, 1);

/** Arguments of the examples, by name. */
const ARGUMENTS: Readonly<Record<string, unknown>> = {
  nodeId: filled(20, 0xaa),
  key: filled(20, 0xcc),
  value: pack("value"),
  message: pack("hello"),
  streamId: filled(32, 0x5d),
  data: parseHex("010203"),
  filters: "[]",
  topic: "topic",
  event: pack("event"),
  publishers: [filled(20, 0xaa)],
  publication: filled(16, 0x99),
  visited: [filled(20, 0xbb)],
  eventName: filled(16, 0x88),
  walked: 2,
  wanted: true,
  from: filled(8, 0xf0),
  to: filled(8, 0x70),
  sizes: null,
  levels: [packPositions([472, 2501]), packPositions([])],
  ttl: 64,
  destination: filled(20, 0xdd),
  hopLimit: 64,
  hello: { version: 1, capabilities: 11 },
  age: 3600,
  address: { ip: "10.0.0.2", port: 4000 },
  challenge: filled(32, 0xee),
  limit: 1_048_576,
  number: 9,
  offset: 10_224,
  last: false,
  seen: parseHex("03ff"),
  repeats: 0,
};

await Deno.stdout.write(
  await formatted([
    INTRODUCTION,
    callsTable(),
    ...RPC_NAMES.filter((name) => !isOwn(name)).map(callSection),
    EXTENSIONS,
    table(["bit", "capability", "meaning"], CAPABILITY_TEXTS),
    ...RPC_NAMES.filter(isOwn).map(callSection),
    STREAMS,
    exampleOf("signed", streamProvenExample()),
    NEIGHBOURS,
    exampleOf("level", packPositions([0, 472, 2501])),
    EVENTS,
    PROOFS,
    exampleOf("signed", provenExample()),
    SIGNED,
    exampleOf("key", signedExample().key),
    exampleOf("signed", signedExample().signed),
    exampleOf("value", signedExample().value),
    RELAYED,
    exampleOf("body", relayedExample()),
  ].join("\n\n")),
);

function callsTable(): string {
  const rows = RPC_NAMES.map((name) => {
    const { eras, aliases } = rpcs[name];
    const known = (era: Era) => eras.includes(era) ? "yes" : "";
    return [
      [name, ...aliases].map((one) => `\`${one}\``).join(", "),
      known("rpcudp"),
      known("storjrpcudp"),
      isOwn(name) ? "yes" : "",
    ];
  });
  return table(["call", "`rpcudp`", "`storjrpcudp`", "addition of warpwire"], rows);
}

function callSection(name: RpcName): string {
  const { eras, aliases, note } = rpcs[name];
  const names = [name, ...aliases];
  const example = exampleOf("example", encodeRequest({ rpc: name, args: argumentsOf(name), messageId } as never));
  const request = describeAll(names.flatMap((wireName) => eras.map((era) => requestSchema(name, { era, wireName }))));
  if (rpcs[name].oneWay) {
    return [`### \`${name}\``, note, "Request, without a response:", request, example].join("\n\n");
  }
  const response = describeAll(eras.map((era) => responseSchema(name, { era })));
  return [
    `### \`${name}\``,
    note,
    "Request:",
    request,
    example,
    "Response:",
    response,
    exampleOf("example", encodeResponse({ rpc: name, reply: REPLIES[name], messageId } as never)),
  ].join("\n\n");
}

function argumentsOf(name: RpcName): unknown {
  return Object.fromEntries(rpcs[name].args.fields.map((field) => {
    if (!(field.name in ARGUMENTS)) throw new Error(`There is no example of the argument "${field.name}"`);
    return [field.name, ARGUMENTS[field.name]];
  }));
}

/** One table of schemas that differ in some cells only, such as the type byte; those show what it is in each of them. */
function describeAll(schemas: readonly Parameters<typeof describe>[0][]): string {
  const all = schemas.map((schema) => describe(schema));
  const cells = (rows: readonly DescriptionRow[], part: (row: DescriptionRow) => string) =>
    [...new Set(rows.map(part))].join(" or ");
  const rows = all[0].map((row, index) => {
    const alike = all.map((rows) => rows[index]);
    return [
      String(row.offset ?? ""),
      cells(alike, ({ size }) => size),
      `\`${row.path}\``,
      cells(alike, ({ type }) => type),
      cells(alike, ({ note }) => note),
    ];
  });
  return table(["offset", "size", "field", "type", "note"], rows);
}

/** Bytes in a block, with repetitions shortened, as in `aa×20`. */
function exampleOf(label: string, bytes: Uint8Array): string {
  const pairs = formatHex(bytes).replace(/../g, "$& ").trimEnd();
  const short = pairs.replace(/\b(..)(?: \1){5,}/g, (run) => `${run.slice(0, 2)}×${(run.length + 1) / 3}`);
  return ["```text", `${label}  ${short}`, "```"].join("\n");
}

function relayedExample(): Uint8Array {
  const relayed = { kind: "message", destination: filled(20, 0xdd), time: 1_600_000_000_000, confirm: true } as const;
  return relayedBody({ ...relayed, content: pack("hi").bytes }).bytes;
}

function provenExample(): Uint8Array {
  const { challenge, nodeId, address } = ARGUMENTS as Record<string, never>;
  const caller = { id: nodeId, ip: "10.0.0.1", port: 4000 };
  return provenBytes({
    challenge,
    caller,
    node: { id: filled(20, 0xbb), ...(address as { ip: string; port: number }) },
  });
}

function streamProvenExample(): Uint8Array {
  const { challenge, streamId, nodeId: caller } = ARGUMENTS as Record<string, Uint8Array>;
  return streamProvenBytes({ challenge, streamId, caller, node: filled(20, 0xbb) });
}

function signedExample(): Readonly<Record<"key" | "signed" | "value", Uint8Array>> {
  const key = signedKey("1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", "news");
  const entry = { sequence: 7, value: pack("hi"), publicKey: filled(33, 2), name: "news" };
  const value = packSigned({ ...entry, signature: filled(65, 0x1f) });
  return { key, signed: signedEntryBytes(key, entry), value: value.bytes };
}

if (HEADER_BYTES !== 21) throw new Error("The texts of this page say where the header ends");
