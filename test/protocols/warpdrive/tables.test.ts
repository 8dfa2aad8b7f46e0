/**
 * The tables of warpdrive: numbers of the commands, bytes of requests and answers, JSON documents.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CodecError, decode, encode, formatHex, parseHex, type Schema } from "../../../codec/mod.ts";
import { decodeJson, type JsonShape, jsonText } from "../../../codec/json/mod.ts";
import {
  answerSchemas,
  type Command,
  type CommandName,
  commands,
  type Dialect,
  dialects,
  dialectSchemas,
  draft,
  draftDocument,
  Files,
  FILTERS,
  Info,
  Offer,
  Offers,
  OfferStatus,
  Peer,
  Peers,
  PeerUpdate,
  portOf,
  requestSchema,
  RESULT_CODES,
  SHELL_PORT,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";

const test = suite("warpdrive tables");

const ascii = (text: string) => new TextEncoder().encode(text);
const hexOf = (text: string) => formatHex(ascii(text));

/** Port and opcode of every command: as the draft prints them, in the draft's program, in the unified dialect. */
const OPCODES: readonly (readonly [CommandName, string | null, string | null, string])[] = [
  ["listPeers", "warpdrive-local 01", "warpdrive-local 01", "warpdrive 01"],
  ["createOffer", "warpdrive-local 02", "warpdrive-local 02", "warpdrive 02"],
  ["acceptOffer", "warpdrive-local 03", "warpdrive-local 03", "warpdrive 03"],
  ["listOffers", "warpdrive-local 04", "warpdrive-local 04", "warpdrive 04"],
  ["listenOffers", "warpdrive-local 04", "warpdrive-local 05", "warpdrive 05"],
  ["listenStatus", "warpdrive-local 05", "warpdrive-local 06", "warpdrive 06"],
  ["updatePeer", null, "warpdrive-local 07", "warpdrive 07"],
  ["sendOffer", "warpdrive-remote 01", "warpdrive-remote 01", "warpdrive 64"],
  ["download", "warpdrive-remote 02", "warpdrive-remote 02", "warpdrive 65"],
  ["extensions", null, null, "warpdrive 66"],
  ["endOffer", null, null, "warpdrive 67"],
  ["acceptFrom", null, null, "warpdrive 68"],
  ["stopOffer", null, null, "warpdrive 69"],
  ["offerPaths", null, null, "warpdrive 6a"],
  ["listSummaries", null, null, "warpdrive 6b"],
  ["watchOffers", null, null, "warpdrive 6c"],
  ["offerTargets", null, null, "warpdrive 6d"],
  ["fileHash", null, null, "warpdrive 6e"],
  ["ping", "warpdrive-info 01", "warpdrive-info 01", "warpdrive c8"],
];

function opcodes(dialect: Dialect): Map<CommandName, string> {
  return new Map(
    dialect.ports.flatMap((port) =>
      port.commands.filter(({ name }) => name !== "end").map(({ name, opcode }) =>
        [name, `${port.name} ${opcode.toString(16).padStart(2, "0")}`] as const
      )
    ),
  );
}

test("every command has the number of its dialect", () => {
  for (const [column, dialect] of [draftDocument, draft, unified].entries()) {
    const expected = OPCODES.filter((row) => row[column + 1] !== null).map((row) => [row[0], row[column + 1]]);
    assert.equal([...opcodes(dialect)].sort(), expected.sort(), dialect.name);
  }
  const known = Object.keys(commands).filter((name) => name !== "end").sort();
  assert.equal(OPCODES.map(([name]) => name).sort(), known as CommandName[]);
});

test("every port ends a session with 0xff, and no opcode stands twice but for the one of the draft's text", () => {
  for (const [name, dialect] of Object.entries(dialects)) {
    assert.is(dialect.name, name);
    for (const { name: port, commands } of dialect.ports) {
      const [end, ...more] = commands.filter((one) => one.name === "end");
      assert.equal([end.opcode, more], [0xff, []]);
      const twice = commands.filter(({ opcode }, index) => commands.findIndex((one) => one.opcode === opcode) < index);
      const expected = dialect === draftDocument && port === "warpdrive-local" ? ["listenOffers"] : [];
      assert.equal(twice.map((one) => one.name), expected as CommandName[], port);
    }
  }
});

test("what follows the opcode is the same in every dialect, and where exchanges differ is in the tables", () => {
  const differences = Object.values(dialects).flatMap((dialect) =>
    dialect.ports.flatMap((port) =>
      port.commands.flatMap((command) => {
        const { finish, zeroEchoed, opcode: _, ...same } = command;
        const { finish: usual, ...expected }: Command = commands[command.name];
        assert.equal(same, expected as typeof same);
        const end = finish === usual ? [] : [`${dialect.name} ${command.name} finish ${finish?.byte}`];
        return [...end, ...(zeroEchoed === undefined ? [] : [`${dialect.name} ${command.name} zero ${zeroEchoed}`])];
      })
    )
  );
  assert.equal(differences, [
    "unified ping zero true",
    "draft listPeers finish 0",
    "draft ping zero false",
    "draft-document ping zero false",
  ]);
});

test("local commands are those that a node's own programs use", () => {
  const remote = Object.values(commands).filter(({ caller }) => caller === "anyone").map(({ name }) => name);
  assert.equal(remote, ["sendOffer", "download", "ping", "extensions", "endOffer", "fileHash", "end"]);
});

test("ports by name", () => {
  assert.is(portOf(unified, "warpdrive"), unified.ports[0]);
  assert.is(portOf(draft, "warpdrive-info").label, "info");
  throws(() => portOf(draft, "warpdrive"), "syntax", "");
  assert.is(SHELL_PORT, "wd");
});

test("schemas by name", () => {
  assert.equal(Object.keys(dialectSchemas(unified)), ["warpdrive.unified.request"]);
  assert.equal(Object.keys(dialectSchemas(draft)), [
    "warpdrive.draft.local.request",
    "warpdrive.draft.remote.request",
    "warpdrive.draft.info.request",
  ]);
  assert.equal(Object.keys(answerSchemas()), [
    "warpdrive.listPeers.reply",
    "warpdrive.createOffer.reply",
    "warpdrive.acceptOffer.reply",
    "warpdrive.listOffers.reply",
    "warpdrive.listenOffers.event",
    "warpdrive.listenStatus.event",
    "warpdrive.updatePeer.reply",
    "warpdrive.sendOffer.reply",
    "warpdrive.download.reply",
    "warpdrive.ping.signal",
    "warpdrive.extensions.reply",
    "warpdrive.endOffer.reply",
    "warpdrive.acceptFrom.reply",
    "warpdrive.stopOffer.reply",
    "warpdrive.offerPaths.reply",
    "warpdrive.listSummaries.reply",
    "warpdrive.watchOffers.event",
    "warpdrive.offerTargets.reply",
    "warpdrive.fileHash.reply",
  ]);
});

const B = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
const OFFER_ID = "6b036f4a-ad87-42ae-7aeb-620563670e36";
const PATH = "/srv/beta/shared-files-for-wa/src/hello.txt";
const ID_HEX = `24${hexOf(OFFER_ID)}`;
const HELLO = { Uri: "hello.txt", Path: PATH, Size: 16, IsDir: false, Perm: 420, Mime: "", Name: "hello.txt" };
const HELLO_TEXT =
  `{"Uri":"hello.txt","Path":"${PATH}","Size":16,"IsDir":false,"Perm":420,"Mime":"","Name":"hello.txt"}`;

/** Requests with their bytes behind the opcode, as recorded from the original programs. */
const REQUESTS: readonly (readonly [CommandName, Record<string, unknown>, string])[] = [
  ["listPeers", {}, ""],
  ["createOffer", { peerId: B, path: PATH }, `42${hexOf(B)}2b${hexOf(PATH)}`],
  ["acceptOffer", { offerId: "nope" }, "046e6f7065"],
  ["listOffers", { filter: FILTERS.all }, "00"],
  ["listOffers", { filter: 255 }, "ff"],
  ["listenOffers", { filter: FILTERS.incoming }, "01"],
  ["listenStatus", { filter: FILTERS.outgoing }, "02"],
  ["updatePeer", { update: [B, "alias", "bob"] }, hexOf(`["${B}","alias","bob"]\n`)],
  ["updatePeer", { update: [B, "mod", "<b&w>"] }, hexOf(`["${B}","mod","\\u003cb\\u0026w\\u003e"]\n`)],
  ["sendOffer", { offerId: OFFER_ID, files: [HELLO] }, ID_HEX + hexOf(`[${HELLO_TEXT}]\n`)],
  ["sendOffer", { offerId: "null-files", files: null }, `0a${hexOf("null-files")}6e756c6c0a`],
  ["sendOffer", { offerId: "two-1", files: [] }, `05${hexOf("two-1")}5b5d0a`],
  ["sendOffer", { offerId: "", files: [] }, "005b5d0a"],
  ["download", { offerId: OFFER_ID, index: -1, offset: 0 }, `${ID_HEX}ffffffffffffffff0000000000000000`],
  ["download", { offerId: OFFER_ID, index: 0, offset: 1_000_000 }, `${ID_HEX}000000000000000000000000000f4240`],
  ["download", { offerId: "a", index: 0, offset: -1 }, "01610000000000000000ffffffffffffffff"],
  [
    "download",
    { offerId: "", index: Number.MAX_SAFE_INTEGER, offset: Number.MIN_SAFE_INTEGER },
    "00001fffffffffffffffe0000000000001",
  ],
  ["ping", {}, ""],
  ["end", {}, ""],
];

test("requests have the bytes of the original programs", () => {
  for (const dialect of [unified, draft]) {
    for (const port of dialect.ports) {
      for (const [command, args, hex] of REQUESTS) {
        const found = port.commands.find(({ name }) => name === command);
        if (found === undefined) {
          throws(() => encode(requestSchema(port), { command, ...args }), "tag", "command");
          continue;
        }
        const bytes = found.opcode.toString(16).padStart(2, "0") + hex;
        assert.is(formatHex(encode(requestSchema(port), { command, ...args })), bytes, command);
        assert.equal(decode(requestSchema(port), parseHex(bytes)), { command, ...args }, command);
      }
    }
  }
});

test("of the two commands that share an opcode in the draft's text, the first one has it", () => {
  const [port] = draftDocument.ports;
  assert.equal(decode(requestSchema(port), parseHex("0401")), { command: "listOffers", filter: 1 });
  throws(() => encode(requestSchema(port), { command: "listenOffers", filter: 1 }), "tag", "command");
  assert.is(formatHex(encode(requestSchema(port), { command: "listenStatus", filter: 1 })), "0501");
});

/** Answers with their bytes, as recorded. */
const ANSWERS: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["listPeers.reply", { peers: null }, "6e756c6c0a"],
  ["createOffer.reply", { offerId: OFFER_ID, code: RESULT_CODES.awaiting }, `${ID_HEX}00`],
  ["acceptOffer.reply", { code: 0 }, "00"],
  ["listOffers.reply", { offers: [] }, "5b5d0a"],
  ["sendOffer.reply", { code: RESULT_CODES.accepted }, "01"],
  ["download.reply", { code: 0 }, "00"],
  ["ping.signal", { signal: 255 }, "ff"],
];

test("answers have the bytes of the original programs", () => {
  for (const [name, value, hex] of ANSWERS) {
    const schema = answerSchemas()[`warpdrive.${name}`] as Schema<unknown>;
    assert.is(formatHex(encode(schema, value)), hex, name);
    assert.equal(decode(schema, parseHex(hex)), value, name);
  }
});

test("what cannot be written is refused: originals would write bytes that are out of step", () => {
  const schema = requestSchema(unified.ports[0]);
  const long = "x".repeat(256);
  const refused: readonly (readonly [Record<string, unknown>, code: string, path: string])[] = [
    [{ command: "createOffer", peerId: B, path: long }, "length", "path"],
    [{ command: "createOffer", peerId: B, path: "é".repeat(128) }, "length", "path"],
    [{ command: "createOffer", peerId: long, path: "/" }, "length", "peerId"],
    [{ command: "createOffer", peerId: B }, "type", "path"],
    [{ command: "createOffer", peerId: B, path: "\ud800" }, "utf8", "path"],
    [{ command: "listOffers", filter: 256 }, "range", "filter"],
    [{ command: "listOffers", filter: -1 }, "range", "filter"],
    [{ command: "listOffers", filter: 1.5 }, "type", "filter"],
    [{ command: "listOffers", filter: "1" }, "type", "filter"],
    [{ command: "download", offerId: "a", index: 2 ** 53, offset: 0 }, "range", "index"],
    [{ command: "download", offerId: "a", index: 0, offset: -(2 ** 53) }, "range", "offset"],
    [{ command: "download", offerId: "a", index: 0n, offset: 0 }, "type", "index"],
    [{ command: "sendOffer", offerId: "a", files: [{ ...HELLO, Size: 2 ** 53 }] }, "range", "files[0].Size"],
    [{ command: "sendOffer", offerId: "a", files: [{ ...HELLO, Perm: 2 ** 32 }] }, "range", "files[0].Perm"],
    [{ command: "sendOffer", offerId: "a", files: [{ ...HELLO, Perm: -1 }] }, "range", "files[0].Perm"],
    [{ command: "sendOffer", offerId: "a", files: [{ ...HELLO, Name: "\udc00" }] }, "utf8", "files[0].Name"],
    [{ command: "sendOffer", offerId: "a", files: {} }, "type", "files"],
    [{ command: "nothing" }, "tag", "command"],
    [{}, "tag", "command"],
  ];
  for (const [value, code, path] of refused) throws(() => encode(schema, value as never), code, path);
});

test("what cannot be read is refused with its place", () => {
  const refused: readonly (readonly [hex: string, code: string, path: string, offset: number])[] = [
    ["", "truncated", "command", 0],
    ["55", "tag", "command", 0],
    ["0400ff", "trailing", "", 2],
    ["65016100200000000000000000000000000000", "range", "index", 3],
    ["6501610000000000000000ffdfffffffffffff", "range", "offset", 11],
    ["0302c328", "utf8", "offerId", 2],
    ["03ff61", "truncated", "offerId", 2],
    [`640161${hexOf("[]")}`, "truncated", "newline", 5],
    [`640161${hexOf("[] ")}`, "literal", "newline", 5],
    [`640161${hexOf("{}\n")}`, "json", "files", 3],
    [`640161${hexOf('[{"Size":9007199254740992}]\n')}`, "range", "files[0].Size", 12],
    [`07${hexOf('{"a":"b"}\n')}`, "json", "update", 1],
  ];
  for (const [hex, code, path, offset] of refused) {
    throws(() => decode(requestSchema(unified.ports[0]), parseHex(hex)), code, path, offset);
  }
});

/** Documents as the original programs write them. */
const DOCUMENTS: readonly (readonly [string, JsonShape, string])[] = [
  ["Peer", Peer, `{"Id":"${B}","Alias":"bob","Mod":""}`],
  ["Info", Info, HELLO_TEXT],
  [
    "Info",
    Info,
    '{"Uri":"we ird\\u003c\\u0026\\u003e é.txt","Path":"","Size":1,"IsDir":true,"Perm":2147484141,"Mime":"","Name":"é"}',
  ],
  [
    "OfferStatus",
    OfferStatus,
    `{"Id":"${OFFER_ID}","In":true,"Status":"updated","Index":0,"Progress":245760,"Update":1795225666694}`,
  ],
  [
    "Offer",
    Offer,
    `{"Id":"${OFFER_ID}","In":false,"Status":"awaiting","Index":-1,"Progress":0,"Update":1795225666694,` +
    `"Create":1795225666694,"Peer":"${B}","Files":[${HELLO_TEXT}]}`,
  ],
  [
    "Offer",
    Offer,
    '{"Id":"","In":false,"Status":"","Index":0,"Progress":0,"Update":0,"Create":0,"Peer":"","Files":null}',
  ],
  ["Peers", Peers, "null"],
  ["Offers", Offers, "[]"],
  ["Files", Files, `[${HELLO_TEXT},${HELLO_TEXT}]`],
  ["PeerUpdate", PeerUpdate, `["${B}","mod","trust"]`],
];

test("documents have the fields of the original programs, in their order", () => {
  for (const [name, shape, text] of DOCUMENTS) {
    const value = decodeJson(shape, ascii(text));
    assert.is(jsonText(shape, value), text, name);
  }
});

test("documents are read as Go reads them: keys of any case, unknown and missing ones, null", () => {
  const zero = { Uri: "", Path: "", Size: 0, IsDir: false, Perm: 0, Mime: "", Name: "" };
  const read: readonly (readonly [JsonShape, string, unknown])[] = [
    [Info, "{}", zero],
    [Info, '{"uri":"x","SIZE":3,"isdir":false,"extra":{"deep":[1]}}', { ...zero, Uri: "x", Size: 3 }],
    [Info, '{"Uri":null,"Size":null,"IsDir":null}', zero],
    [Info, '{"Size":1,"Size":2}', { ...zero, Size: 2 }],
    [Info, ' {\n"Size" : -0 }', { ...zero, Size: 0 }],
    [Files, "null", null],
    [Files, "[]", []],
    [Files, "[null]", [zero]],
    [PeerUpdate, '["a",null]', ["a", ""]],
    [PeerUpdate, "[]", []],
  ];
  for (const [shape, text, value] of read) assert.equal(decodeJson(shape, ascii(text)), value, text);
});

test("numbers that Go refuses for integers are refused, and those that a number would round", () => {
  const refused: readonly (readonly [string, code: string])[] = [
    ['{"Size":1e3}', "json"],
    ['{"Size":1.5}', "json"],
    ['{"Size":"5"}', "json"],
    ['{"Size":true}', "json"],
    ['{"Size":9223372036854775807}', "range"],
    ['{"Size":-9007199254740992}', "range"],
    ['{"Size":9223372036854775808}', "range"],
    ['{"Perm":-1}', "range"],
    ['{"Perm":4294967296}', "range"],
  ];
  for (const [text, code] of refused) throws(() => decodeJson(Info, ascii(text)), code, text.slice(2, 6));
  const value = decodeJson(Info, ascii('{"Size":9007199254740991,"Perm":4294967295}')) as {
    Size: number;
    Perm: number;
  };
  assert.equal([value.Size, value.Perm], [Number.MAX_SAFE_INTEGER, 2 ** 32 - 1]);
});

function throws(run: () => unknown, code: string, path: string, offset?: number): void {
  assert.throws(run, (error: unknown) => {
    if (!(error instanceof CodecError)) throw error;
    assert.equal([error.code, error.path], [code, path], error.message);
    if (offset !== undefined) assert.is(error.offset, offset, error.message);
    return true;
  });
}

test.run();
