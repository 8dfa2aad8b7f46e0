/**
 * DER, the encoding of certificates (ITU-T X.690): a tag, the length of the contents, the contents. As much of it as a
 * certificate of libp2p needs, and strict: every value has one encoding, and what has another is refused.
 *
 * @module
 */

import { concatBytes } from "@noble/hashes/utils.js";

/** The tags that certificates have. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Longer contents are not read: no certificate that is taken has so many bytes. */
const LENGTH_BYTES_MAX = 2;

/** Bytes are not DER, or not the value that is expected. */
export class DerError extends Error {
  override readonly name: string = "DerError";
}

/** A value: its contents are the parts, one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = concatBytes(...parts);
  const { length } = contents;
  if (length > 0xffff) throw new DerError(`a value of ${length} bytes is too long`);
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...size), contents);
}

/** Reads values one after the other. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether everything was read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag of the next value; -1 at the end. */
  get tag(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  /** The next value: its contents, and all its bytes. */
  next(tag: number): { readonly contents: Uint8Array; readonly whole: Uint8Array } {
    if (this.tag !== tag) throw new DerError(`the tag ${this.tag} stands where ${tag} should be`);
    const begin = this.#at;
    this.#at += 1;
    const length = this.#length();
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new DerError("a value is longer than what contains it");
    this.#at += length;
    return { contents: this.#bytes.subarray(start, this.#at), whole: this.#bytes.subarray(begin, this.#at) };
  }

  /** The contents of the next value, to be read in turn. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).contents);
  }

  /** @throws DerError if something is left */
  end(): void {
    if (!this.atEnd) throw new DerError("something follows where nothing should");
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first - 0x80;
    if (count < 1 || count > LENGTH_BYTES_MAX) throw new DerError("a length is not as it should be written");
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 0x100 + this.#byte();
    if (length < (count === 1 ? 0x80 : 0x100)) throw new DerError("a length is not written in the shortest way");
    return length;
  }

  #byte(): number {
    if (this.atEnd) throw new DerError("the bytes end within a value");
    return this.#bytes[this.#at++];
  }
}
