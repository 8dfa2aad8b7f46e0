/**
 * The frames F1, F2 and F3 by hand.
 *
 * @module
 */

import { fail } from "./fail.mjs";
import { getU32, getU64, putU32, putU64, putU8 } from "./integers.mjs";
import { finish, move, reserve, slab } from "./slab.mjs";
import { getText, putText, TEXT_BYTES_MAX } from "./text.mjs";

const DOWNLOAD_BYTES_MAX = 1 + TEXT_BYTES_MAX + 8 + 8;
const CREATE_OFFER_BYTES_MAX = 1 + 2 * TEXT_BYTES_MAX;

const ENTRY_COUNT_MAX = 0xffff;
const ENTRY_BYTES_MIN = 1 + 8 + 4 + 1;
const ENTRY_BYTES_MAX = TEXT_BYTES_MAX + 8 + 4 + 1;

/** @returns {Uint8Array} */
export function encodeDownload(value) {
  if (typeof value !== "object" || value === null) {
    fail("Encode download: not an object");
  }
  const start = reserve(DOWNLOAD_BYTES_MAX);
  const { bytes, view } = slab;
  let at = putU8(bytes, start, value.opcode);
  at = putText(bytes, at, value.offerId);
  at = putU64(view, at, value.index);
  at = putU64(view, at, value.offset);
  return finish(start, at);
}

/** @param {Uint8Array} bytes */
export function decodeDownload(bytes) {
  if (!(bytes instanceof Uint8Array)) fail("Decode download: not bytes");
  const length = bytes.length;
  if (length < 2) fail("Decode download: truncated");
  const end = 2 + bytes[1];
  // One comparison checks the length byte, the two integers and the end of the frame.
  if (length !== end + 16) {
    fail(length < end + 16 ? "Decode download: truncated" : "Decode download: trailing bytes");
  }
  return {
    opcode: bytes[0],
    offerId: getText(bytes, 2, end),
    index: getU64(bytes, end),
    offset: getU64(bytes, end + 8),
  };
}

/** @returns {Uint8Array} */
export function encodeCreateOffer(value) {
  if (typeof value !== "object" || value === null) {
    fail("Encode create offer: not an object");
  }
  const start = reserve(CREATE_OFFER_BYTES_MAX);
  const bytes = slab.bytes;
  let at = putU8(bytes, start, value.opcode);
  at = putText(bytes, at, value.peer);
  at = putText(bytes, at, value.path);
  return finish(start, at);
}

/** @param {Uint8Array} bytes */
export function decodeCreateOffer(bytes) {
  if (!(bytes instanceof Uint8Array)) fail("Decode create offer: not bytes");
  const length = bytes.length;
  if (length < 3) fail("Decode create offer: truncated");
  const peerEnd = 2 + bytes[1];
  if (length <= peerEnd) fail("Decode create offer: truncated");
  const end = peerEnd + 1 + bytes[peerEnd];
  if (length !== end) {
    fail(length < end ? "Decode create offer: truncated" : "Decode create offer: trailing bytes");
  }
  return { opcode: bytes[0], peer: getText(bytes, 2, peerEnd), path: getText(bytes, peerEnd + 1, end) };
}

/** @returns {Uint8Array} */
export function encodeListing(value) {
  if (typeof value !== "object" || value === null) {
    fail("Encode listing: not an object");
  }
  const entries = value.entries;
  if (!Array.isArray(entries)) fail("Encode listing: entries is not an array");
  const count = entries.length;
  if (count > ENTRY_COUNT_MAX) fail("Encode listing: more than 65535 entries");
  let start = reserve(2 + ENTRY_BYTES_MAX);
  let { bytes, view } = slab;
  view.setUint16(start, count);
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES_MAX > bytes.length) {
      at = move(start, at, ENTRY_BYTES_MAX);
      start = 0;
      ({ bytes, view } = slab);
    }
    at = putEntry(bytes, view, at, entries[i]);
  }
  return finish(start, at);
}

function putEntry(bytes, view, at, entry) {
  if (typeof entry !== "object" || entry === null) {
    fail("Encode listing: an entry is not an object");
  }
  at = putText(bytes, at, entry.name);
  at = putU64(view, at, entry.size);
  at = putU32(view, at, entry.perm);
  return putU8(bytes, at, entry.kind);
}

/** @param {Uint8Array} bytes */
export function decodeListing(bytes) {
  if (!(bytes instanceof Uint8Array)) fail("Decode listing: not bytes");
  const length = bytes.length;
  if (length < 2) fail("Decode listing: truncated");
  const count = (bytes[0] << 8) | bytes[1];
  // Checked before anything is built, so that a frame cannot ask for more than it brings.
  if (count * ENTRY_BYTES_MIN > length - 2) fail("Decode listing: truncated");
  const entries = [];
  let at = 2;
  for (let i = 0; i < count; i++) {
    if (at >= length) fail("Decode listing: truncated");
    const nameEnd = at + 1 + bytes[at];
    const end = nameEnd + 13;
    if (end > length) fail("Decode listing: truncated");
    entries.push({
      name: getText(bytes, at + 1, nameEnd),
      size: getU64(bytes, nameEnd),
      perm: getU32(bytes, nameEnd + 8),
      kind: bytes[nameEnd + 12],
    });
    at = end;
  }
  if (at !== length) fail("Decode listing: trailing bytes");
  return { entries };
}
