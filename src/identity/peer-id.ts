/**
 * libp2p's name for a secp256k1 key: its peer id (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md).
 *
 * The key is wrapped as the protobuf message PublicKey, which is short enough to be in the peer id itself, after the
 * head of an "identity" multihash, instead of a hash. So the key can be recovered from the peer id.
 *
 * @module
 */

import { base32nopad, base58 } from "@scure/base";
import { equalBytes } from "../bytes.ts";
import { plural, show } from "../../codec/text/mod.ts";
import { BASE58_CHARACTERS_MAX, parseBase58 } from "./base58check.ts";
import { IdentityError } from "./error.ts";
import { convertPublicKey, PUBLIC_KEY_BYTES } from "./public-key.ts";

/**
 * What is before the 33 bytes of the key: multihash code 0 (identity) with a length of 37; field 1 of PublicKey, the
 * type, is 2 (Secp256k1); field 2, the data, has 33 bytes.
 */
const HEAD = Uint8Array.of(0x00, 0x25, 0x08, 0x02, 0x12, 0x21);

/** What is before the multihash in a CID: version 1, content type 0x72 (libp2p-key). */
const CID_HEAD = Uint8Array.of(0x01, 0x72);

/** A CID in base32, the form in which libp2p's specification writes one. */
const CID_TEXT = /^b[a-z2-7]+$/;

/**
 * The peer id of a public key as base58, as in `16Uiu2HAm...`.
 *
 * @param publicKey in either form
 * @throws IdentityError `point`
 */
export function formatPeerId(publicKey: Uint8Array): string {
  return base58.encode(Uint8Array.of(...HEAD, ...convertPublicKey(publicKey, true)));
}

/**
 * The compressed public key of a peer id, which may be written as base58 or as a CID in base32 (`bafz...`).
 *
 * @throws IdentityError `syntax` for what is not a peer id, `kind` for one of another kind of key (as those that begin
 * with `12D3Koo` or `Qm`), and `point`
 */
export function parsePeerId(text: string): Uint8Array {
  const bytes = multihashOf(text);
  const whole = HEAD.length + PUBLIC_KEY_BYTES;
  if (bytes.length === whole && equalBytes(bytes.subarray(0, HEAD.length), HEAD)) {
    return convertPublicKey(bytes.subarray(HEAD.length), true);
  }
  if (isOtherKind(bytes)) {
    throw new IdentityError("kind", `Cannot take a key from the peer id ${show(text)}: it holds no secp256k1 key`);
  }
  // The text is not repeated: what is not a peer id may be a secret key that was put in the wrong place.
  throw new IdentityError("syntax", `Cannot read a peer id: ${plural(bytes.length, "byte")} of something else`);
}

function multihashOf(text: string): Uint8Array {
  if (typeof text !== "string" || !CID_TEXT.test(text)) return parseBase58(text, "a peer id");
  if (text.length > BASE58_CHARACTERS_MAX) {
    throw new IdentityError("syntax", `Cannot read a peer id: ${text.length} characters are too many`);
  }
  let bytes;
  try {
    bytes = base32nopad.decode(text.slice(1).toUpperCase());
  } catch {
    throw new IdentityError("syntax", "Cannot read a peer id: the text is not base32");
  }
  if (equalBytes(bytes.subarray(0, CID_HEAD.length), CID_HEAD)) return bytes.subarray(CID_HEAD.length);
  throw new IdentityError("syntax", "Cannot read a peer id: the text is a CID of something else");
}

/** Whether bytes are an identity multihash of another PublicKey, or the SHA-256 of one (multihash code 0x12). */
function isOtherKind(bytes: Uint8Array): boolean {
  const [code, length, tag] = bytes;
  return length === bytes.length - 2 && (code === 0x00 && tag === 0x08 || code === 0x12 && length === 32);
}
