/**
 * What one writes first: DataView, TextEncoder, TextDecoder, a buffer for every frame. As strict as the baseline.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function check(condition, reason) {
  if (!condition) throw new Error(reason);
}

function utf8(text) {
  check(typeof text === "string" && text.isWellFormed(), "Not a text");
  const bytes = encoder.encode(text);
  check(bytes.length <= 255, "Longer than 255 bytes");
  return bytes;
}

/** Writes into a buffer of the exact size. */
class Writer {
  constructor(length) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.at = 0;
  }

  u8(value) {
    check(Number.isInteger(value) && value >= 0 && value <= 0xff, "Not a u8");
    this.view.setUint8(this.at, value);
    this.at += 1;
  }

  u16(value) {
    check(Number.isInteger(value) && value >= 0 && value <= 0xffff, "Not a u16");
    this.view.setUint16(this.at, value);
    this.at += 2;
  }

  u32(value) {
    check(Number.isInteger(value) && value >= 0 && value <= 0xffffffff, "Not a u32");
    this.view.setUint32(this.at, value);
    this.at += 4;
  }

  u64(value) {
    check(Number.isSafeInteger(value) && value >= 0, "Not a u64");
    this.view.setBigUint64(this.at, BigInt(value));
    this.at += 8;
  }

  text(bytes) {
    this.u8(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}

/** Reads; DataView and the comparison in text() refuse what lies behind the end. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  u8() {
    return this.view.getUint8(this.at++);
  }

  u16() {
    this.at += 2;
    return this.view.getUint16(this.at - 2);
  }

  u32() {
    this.at += 4;
    return this.view.getUint32(this.at - 4);
  }

  u64() {
    this.at += 8;
    const value = this.view.getBigUint64(this.at - 8);
    check(value <= Number.MAX_SAFE_INTEGER, "Above 2^53-1");
    return Number(value);
  }

  text() {
    const length = this.u8();
    const end = this.at + length;
    check(end <= this.bytes.length, "Truncated");
    const text = decoder.decode(this.bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  end() {
    check(this.at === this.bytes.length, "Trailing bytes");
  }
}

function encodeDownload({ opcode, offerId, index, offset }) {
  const id = utf8(offerId);
  const writer = new Writer(2 + id.length + 16);
  writer.u8(opcode);
  writer.text(id);
  writer.u64(index);
  writer.u64(offset);
  return writer.bytes;
}

function decodeDownload(bytes) {
  const reader = new Reader(bytes);
  const value = { opcode: reader.u8(), offerId: reader.text(), index: reader.u64(), offset: reader.u64() };
  reader.end();
  return value;
}

function encodeCreateOffer({ opcode, peer, path }) {
  const texts = [utf8(peer), utf8(path)];
  const writer = new Writer(3 + texts[0].length + texts[1].length);
  writer.u8(opcode);
  texts.forEach((text) => writer.text(text));
  return writer.bytes;
}

function decodeCreateOffer(bytes) {
  const reader = new Reader(bytes);
  const value = { opcode: reader.u8(), peer: reader.text(), path: reader.text() };
  reader.end();
  return value;
}

function encodeListing({ entries }) {
  const names = entries.map(({ name }) => utf8(name));
  const writer = new Writer(names.reduce((length, name) => length + name.length + 14, 2));
  writer.u16(entries.length);
  entries.forEach(({ size, perm, kind }, i) => {
    writer.text(names[i]);
    writer.u64(size);
    writer.u32(perm);
    writer.u8(kind);
  });
  return writer.bytes;
}

function decodeListing(bytes) {
  const reader = new Reader(bytes);
  const count = reader.u16();
  const entries = [];
  for (let i = 0; i < count; i++) {
    entries.push({ name: reader.text(), size: reader.u64(), perm: reader.u32(), kind: reader.u8() });
  }
  reader.end();
  return { entries };
}

export default {
  name: "hand-naive",
  version: "",
  note: "What one writes first: DataView, TextEncoder, TextDecoder, a buffer for every frame.",
  strict: true,
  frames: {
    F1: { encode: encodeDownload, decode: decodeDownload },
    F2: { encode: encodeCreateOffer, decode: decodeCreateOffer },
    F3: { encode: encodeListing, decode: decodeListing },
  },
};
