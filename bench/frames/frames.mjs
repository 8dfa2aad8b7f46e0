/**
 * The five frames of the codec benchmark with their seeded values and the bytes they must have.
 *
 * @module
 */

import { flatText, seededRandom } from "./random.mjs";
import { bigEndian, createOffer, download, listing, recordBytes } from "./records.mjs";

/** How many different values are rotated through each measurement. A power of two. */
export const VALUE_COUNT = 64;

/** Seed of the values. */
const VALUE_SEED = 0x77617270;

const HEX = "0123456789abcdef";
const PATH = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * @typedef {object} Frame
 * @property {string} id
 * @property {string} title what the frame is, for the table
 * @property {object[]} values
 * @property {Uint8Array[]} bytes the bytes of each value, from the slow reference writers
 */

/** @type {Frame[]} */
export const frames = [
  frame("F1", "warpdrive download request", downloadValue, (value) => recordBytes(download, value)),
  frame("F2", "warpdrive create offer", createOfferValue, (value) => recordBytes(createOffer, value)),
  frame("F3", "listing of 100 entries", listingValue, (value) => recordBytes(listing, value)),
  frame("F4", "storj find_node response, 20 contacts", findNodeValue, findNodeBytes),
  frame("F5", "storj ping request", pingValue, pingBytes),
];

/** @returns {Frame} */
function frame(id, title, makeValue, makeBytes) {
  const random = seededRandom(VALUE_SEED + Number(id.slice(1)));
  const values = Array.from({ length: VALUE_COUNT }, () => makeValue(random));
  return { id, title, values, bytes: values.map(makeBytes) };
}

function downloadValue(random) {
  const groups = [8, 4, 4, 4, 12].map((length) => random.text(length, HEX));
  return {
    opcode: 0x65,
    offerId: groups.join("-"),
    index: random.integer(1000),
    offset: random.integer(2 ** 40),
  };
}

function createOfferValue(random) {
  const path = `/home/${random.text(9, PATH)}/${random.text(20, PATH)}/${random.text(20, PATH)}.txt`;
  return { opcode: 2, peer: flatText(`02${random.text(64, HEX)}`), path: flatText(path) };
}

/** Names have 10 to 30 characters, in pairs of 40, so that every frame has the same size. */
function listingValue(random) {
  const lengths = Array.from({ length: 50 }, () => 10 + random.integer(21))
    .flatMap((length) => [length, 40 - length]);
  const entries = random.shuffle(lengths).map((length) => ({
    name: flatText(`${random.text(length - 4, PATH)}.jpg`),
    size: random.integer(2 ** (10 + random.integer(31))),
    perm: random.integer(0o1000),
    kind: random.integer(3),
  }));
  return { entries };
}

/** Addresses stand as text in byte strings, as the nodes of 2016 send them. */
function findNodeValue(random) {
  const octet = (digits) =>
    10 ** (digits - 1) +
    random.integer(digits === 3 ? 100 : 9 * 10 ** (digits - 1));
  const contacts = Array.from({ length: 20 }, () => {
    const digits = random.shuffle([1, 2, 3, 2]);
    const ip = new TextEncoder().encode(digits.map(octet).join("."));
    return { id: random.bytes(20), ip, port: 1024 + random.integer(0x10000 - 1024) };
  });
  return { messageId: random.bytes(20), contacts };
}

function findNodeBytes({ messageId, contacts }) {
  return Uint8Array.from([
    ...[0x03, ...messageId, 0xdc, ...bigEndian(contacts.length, 2)],
    ...contacts.flatMap(({ id, ip, port }) => [
      ...[0x93, 0xc4, id.length, ...id],
      ...[0xc4, ip.length, ...ip],
      ...[0xcd, ...bigEndian(port, 2)],
    ]),
  ]);
}

function pingValue(random) {
  return { messageId: random.bytes(20), nodeId: random.bytes(20) };
}

function pingBytes({ messageId, nodeId }) {
  const name = [...new TextEncoder().encode("ping")];
  return Uint8Array.from([
    0x02,
    ...messageId,
    0x92,
    0xa4,
    ...name,
    0x91,
    0xc4,
    nodeId.length,
    ...nodeId,
  ]);
}
