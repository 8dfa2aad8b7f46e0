/**
 * An offer with 1,000 files as the JSON document that warpdrive sends, beside what the runtime has for JSON.
 *
 * @module
 */

import { decodeJson, encodeJson } from "../../dist/codec/json/mod.js";
import { Info, Offer, Offers, Peers } from "../../dist/codec/protocols/warpdrive/mod.js";
import { flatText, seededRandom } from "../frames/random.mjs";
import { pooledViews } from "../harness/inputs.mjs";
import { ownVersion } from "../harness/packages.mjs";
import { checkedOffer } from "./json-hand.mjs";
import { averageBytes, equalTo } from "./suite.mjs";

const SEED = 0x0ff3;
const FILE_COUNT = 1000;
/** Few, because each is large; a power of two. */
const DOCUMENT_COUNT = 4;
const WARM_ROUNDS = 200;
const WARM_FILE_COUNT = 5;
const HEX = "0123456789abcdef";
const NAME = "abcdefghijklmnopqrstuvwxyz0123456789-_";

const random = seededRandom(SEED);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const values = Array.from({ length: DOCUMENT_COUNT }, () => offerOf(FILE_COUNT));
const bytes = values.map(offerBytes);
const views = pooledViews(bytes);

function offerOf(count) {
  return {
    Id: flatText([8, 4, 4, 4, 12].map((length) => random.text(length, HEX)).join("-")),
    In: true,
    Status: "accepted",
    Index: random.integer(1000),
    Progress: random.integer(2 ** 40),
    Update: 1_600_000_000_000 + random.integer(2 ** 36),
    Create: 1_600_000_000_000 + random.integer(2 ** 36),
    Peer: flatText(`02${random.text(64, HEX)}`),
    Files: Array.from({ length: count }, infoOf),
  };
}

function infoOf() {
  const name = `${random.text(6 + random.integer(20), NAME)}.jpg`;
  const folder = `/photos/${random.text(10, NAME)}`;
  return {
    Uri: flatText(`${folder}/${name}`),
    Path: flatText(`.${folder}/${name}`),
    Size: random.integer(2 ** (10 + random.integer(31))),
    IsDir: random.integer(20) === 0,
    Perm: random.integer(0o1000),
    Mime: "image/jpeg",
    Name: flatText(name),
  };
}

/** The document field by field; its texts need no escapes. Slow on purpose: what is measured is checked against it. */
function offerBytes(offer) {
  const text = (value) => `"${value}"`;
  const object = (pairs) => `{${pairs.map(([key, value]) => `"${key}":${value}`).join(",")}}`;
  const files = offer.Files.map(({ Uri, Path, Size, IsDir, Perm, Mime, Name }) =>
    object([
      ...[["Uri", text(Uri)], ["Path", text(Path)], ["Size", Size], ["IsDir", IsDir], ["Perm", Perm]],
      ...[["Mime", text(Mime)], ["Name", text(Name)]],
    ])
  );
  const { Id, In, Status, Index, Progress, Update, Create, Peer } = offer;
  return encoder.encode(object([
    ...[["Id", text(Id)], ["In", In], ["Status", text(Status)], ["Index", Index], ["Progress", Progress]],
    ...[["Update", Update], ["Create", Create], ["Peer", text(Peer)], ["Files", `[${files.join(",")}]`]],
  ]));
}

const parse = (document) => JSON.parse(decoder.decode(document));
const stringify = (value) => encoder.encode(JSON.stringify(value));
const parseChecked = (document) => checkedOffer(parse(document));
const decodeOffer = (document) => decodeJson(Offer, document);
const encodeOffer = (value) => encodeJson(Offer, value);

/** Small documents of four shapes. */
function warm() {
  const jobs = Array.from({ length: 16 }, () => {
    const offer = offerOf(1 + random.integer(WARM_FILE_COUNT));
    const peers = [{ Id: offer.Peer, Alias: random.text(random.integer(20), NAME), Mod: "trust" }];
    return [[Offer, offer], [Offers, [offer, offer]], [Peers, peers], [Info, offer.Files[0]]];
  }).flat();
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const [shape, value] of jobs) {
      decodeJson(shape, encodeJson(shape, value));
      parse(stringify(value));
    }
  }
}

function cases(row, encode, decode) {
  const decoding = {
    ...{ row, column: "decode", run: decode, inputs: views },
    check: equalTo(`${row} decode`, values),
  };
  if (encode === undefined) return [decoding];
  return [{ row, column: "encode", run: encode, inputs: values, check: equalTo(`${row} encode`, bytes) }, decoding];
}

/** @type {import("./suite.mjs").Suite} */
export default {
  title: `A JSON document: an offer of ${FILE_COUNT.toLocaleString("en")} files`,
  rows: [
    {
      name: "JSON",
      version: "",
      note:
        "The baseline: `JSON.parse` and `JSON.stringify` of the runtime, with a strict TextDecoder and a TextEncoder. " +
        "They know no shape: any document and any value pass, integers above 2^53 are rounded, and texts are not written " +
        "as Go writes them.",
    },
    {
      name: "JSON, checked",
      version: "",
      note:
        "`JSON.parse`, and every field's type and range checked by hand. Keys must be written as in the shape, and 1.0 " +
        "passes for an integer, as it does not in Go.",
    },
    {
      name: "warpwire",
      version: ownVersion(),
      note:
        "`decodeJson` and `encodeJson`: the shape, limits, exact 64-bit integers, keys as Go matches them, texts as Go " +
        "escapes them, errors with path and byte.",
    },
  ],
  columns: ["encode", "decode"].map((name) => ({ name, about: `${name}s one document`, bytes: averageBytes(bytes) })),
  cases: [
    ...cases("JSON", stringify, parse),
    ...cases("JSON, checked", undefined, parseChecked),
    ...cases("warpwire", encodeOffer, decodeOffer),
  ],
  warm,
};
