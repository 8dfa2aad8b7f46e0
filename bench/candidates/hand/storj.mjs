/**
 * The frames F4 and F5 by hand: 21 bytes of header, then msgpack in its shortest form. Ids and addresses are decoded
 * as views of the input.
 *
 * @module
 */

import { fail } from "./fail.mjs";
import { finish, reserve, slab } from "./slab.mjs";

const REQUEST = 0x02;
const RESPONSE = 0x03;

const ID_BYTES = 20;
const HEADER_BYTES = 1 + ID_BYTES;

/** Most contacts of a response, the k of this Kademlia. */
const CONTACT_COUNT_MAX = 20;
/** Most bytes of an address, the length of an IPv6 address in its longest textual form. */
const IP_BYTES_MAX = 45;
const CONTACT_BYTES_MIN = 1 + 2 + ID_BYTES + 2 + 1;
const CONTACT_BYTES_MAX = 1 + 2 + ID_BYTES + 2 + IP_BYTES_MAX + 3;
const FIND_NODE_BYTES_MAX = HEADER_BYTES + 3 +
  CONTACT_COUNT_MAX * CONTACT_BYTES_MAX;

// Everything of a ping between the message id and the node id: [ "ping", [ bin of 20 bytes.
const PING_NAME = Uint8Array.of(
  0x92,
  0xa4,
  0x70,
  0x69,
  0x6e,
  0x67,
  0x91,
  0xc4,
  ID_BYTES,
);
const PING_ID_AT = HEADER_BYTES + PING_NAME.length;
const PING_BYTES = PING_ID_AT + ID_BYTES;

/** @returns {Uint8Array} */
export function encodeFindNode(value) {
  if (typeof value !== "object" || value === null) {
    fail("Encode find_node: not an object");
  }
  const contacts = value.contacts;
  if (!Array.isArray(contacts)) {
    fail("Encode find_node: contacts is not an array");
  }
  const count = contacts.length;
  if (count > CONTACT_COUNT_MAX) {
    fail("Encode find_node: more than 20 contacts");
  }
  const start = reserve(FIND_NODE_BYTES_MAX);
  const bytes = slab.bytes;
  bytes[start] = RESPONSE;
  let at = putId(bytes, start + 1, value.messageId);
  if (count < 16) {
    bytes[at++] = 0x90 | count;
  } else {
    bytes[at] = 0xdc;
    bytes[at + 1] = 0;
    bytes[at + 2] = count;
    at += 3;
  }
  for (let i = 0; i < count; i++) at = putContact(bytes, at, contacts[i]);
  return finish(start, at);
}

function putContact(bytes, at, contact) {
  if (typeof contact !== "object" || contact === null) {
    fail("Encode contact: not an object");
  }
  const { id, ip, port } = contact;
  bytes[at] = 0x93;
  bytes[at + 1] = 0xc4;
  bytes[at + 2] = ID_BYTES;
  at = putId(bytes, at + 3, id);
  if (!(ip instanceof Uint8Array)) fail("Encode ip: not bytes");
  const length = ip.length;
  if (length > IP_BYTES_MAX) fail("Encode ip: longer than 45 bytes");
  bytes[at] = 0xc4;
  bytes[at + 1] = length;
  at += 2;
  for (let i = 0; i < length; i++) bytes[at + i] = ip[i];
  return putPort(bytes, at + length, port);
}

function putPort(bytes, at, port) {
  if ((port & 0xffff) !== port) {
    fail("Encode port: not an integer from 0 to 65535");
  }
  if (port < 0x80) {
    bytes[at] = port;
    return at + 1;
  }
  if (port < 0x100) {
    bytes[at] = 0xcc;
    bytes[at + 1] = port;
    return at + 2;
  }
  bytes[at] = 0xcd;
  bytes[at + 1] = port >> 8;
  bytes[at + 2] = port;
  return at + 3;
}

/** Copies an id, four bytes a turn. For 20 bytes that is faster than `set`. */
function putId(bytes, at, id) {
  if (!(id instanceof Uint8Array) || id.length !== ID_BYTES) {
    fail("Encode id: not 20 bytes");
  }
  for (let i = 0; i < ID_BYTES; i += 4) {
    bytes[at + i] = id[i];
    bytes[at + i + 1] = id[i + 1];
    bytes[at + i + 2] = id[i + 2];
    bytes[at + i + 3] = id[i + 3];
  }
  return at + ID_BYTES;
}

/** @param {Uint8Array} bytes */
export function decodeFindNode(bytes) {
  if (!(bytes instanceof Uint8Array)) fail("Decode find_node: not bytes");
  const length = bytes.length;
  if (length < HEADER_BYTES + 1) fail("Decode find_node: truncated");
  if (bytes[0] !== RESPONSE) fail("Decode find_node: not a response");
  let at = HEADER_BYTES;
  let count = bytes[at++];
  if (count === 0xdc) {
    if (length < at + 2) fail("Decode find_node: truncated");
    count = (bytes[at] << 8) | bytes[at + 1];
    if (count < 16) {
      fail("Decode find_node: the array header is not the shortest one");
    }
    at += 2;
  } else {
    if ((count & 0xf0) !== 0x90) fail("Decode find_node: not an array");
    count &= 0x0f;
  }
  if (count > CONTACT_COUNT_MAX) {
    fail("Decode find_node: more than 20 contacts");
  }
  if (count * CONTACT_BYTES_MIN > length - at) {
    fail("Decode find_node: truncated");
  }
  const { buffer, byteOffset } = bytes;
  const contacts = [];
  for (let i = 0; i < count; i++) {
    const ipAt = at + 25;
    if (ipAt > length) fail("Decode contact: truncated");
    if (
      bytes[at] !== 0x93 || bytes[at + 1] !== 0xc4 ||
      bytes[at + 2] !== ID_BYTES || bytes[at + 23] !== 0xc4
    ) {
      fail("Decode contact: not an array of three with two byte strings");
    }
    const ipBytes = bytes[at + 24];
    if (ipBytes > IP_BYTES_MAX) fail("Decode ip: longer than 45 bytes");
    const portAt = ipAt + ipBytes;
    const end = portAt + portBytes(bytes, portAt);
    if (end > length) fail("Decode contact: truncated");
    contacts.push({
      id: new Uint8Array(buffer, byteOffset + at + 3, ID_BYTES),
      ip: new Uint8Array(buffer, byteOffset + ipAt, ipBytes),
      port: getPort(bytes, portAt),
    });
    at = end;
  }
  if (at !== length) fail("Decode find_node: trailing bytes");
  return { messageId: new Uint8Array(buffer, byteOffset + 1, ID_BYTES), contacts };
}

/** Bytes of the port; an offset behind the input reads as undefined, which takes the shortest form. */
function portBytes(bytes, at) {
  const head = bytes[at];
  return head === 0xcd ? 3 : head === 0xcc ? 2 : 1;
}

function getPort(bytes, at) {
  const head = bytes[at];
  if (head === 0xcd) {
    const port = (bytes[at + 1] << 8) | bytes[at + 2];
    if (port < 0x100) fail("Decode port: not the shortest form");
    return port;
  }
  if (head === 0xcc) {
    if (bytes[at + 1] < 0x80) fail("Decode port: not the shortest form");
    return bytes[at + 1];
  }
  if (head >= 0x80) fail("Decode port: not an unsigned integer");
  return head;
}

/** @returns {Uint8Array} */
export function encodePing(value) {
  if (typeof value !== "object" || value === null) {
    fail("Encode ping: not an object");
  }
  const start = reserve(PING_BYTES);
  const bytes = slab.bytes;
  bytes[start] = REQUEST;
  const at = putId(bytes, start + 1, value.messageId);
  for (let i = 0; i < PING_NAME.length; i++) bytes[at + i] = PING_NAME[i];
  return finish(start, putId(bytes, at + PING_NAME.length, value.nodeId));
}

/** @param {Uint8Array} bytes */
export function decodePing(bytes) {
  if (!(bytes instanceof Uint8Array)) fail("Decode ping: not bytes");
  const length = bytes.length;
  if (length !== PING_BYTES) {
    fail(length < PING_BYTES ? "Decode ping: truncated" : "Decode ping: trailing bytes");
  }
  if (bytes[0] !== REQUEST) fail("Decode ping: not a request");
  for (let i = 0; i < PING_NAME.length; i++) {
    if (bytes[HEADER_BYTES + i] !== PING_NAME[i]) {
      fail("Decode ping: not a ping");
    }
  }
  const { buffer, byteOffset } = bytes;
  return {
    messageId: new Uint8Array(buffer, byteOffset + 1, ID_BYTES),
    nodeId: new Uint8Array(buffer, byteOffset + PING_ID_AT, ID_BYTES),
  };
}
