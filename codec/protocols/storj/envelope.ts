/**
 * Signed messages of storjnode: `[sender, version, token, body, signature]`.
 *
 * The signature covers the msgpack of `[version, token, body]`, where a text may be bin or str. So token and
 * body stay packed as received, and {@link Envelope.signedBytes} are the received bytes, never encoded again.
 * An envelope contains neither a time nor a recipient: everyone can send it again.
 *
 * @module
 */

import { CodecError, type EncodeOptions } from "../../mod.ts";
import {
  bin,
  decodeMsgpack,
  encodeMsgpack,
  FIXARRAY,
  type MsgpackShape,
  namedTuple,
  type Packed,
  packed,
  textLike,
  uint,
} from "../../msgpack/mod.ts";
import { ID_BYTES, RELAY_MESSAGE_BYTES_MAX } from "./wire.ts";

/** The version that all known programs write. */
export const ENVELOPE_VERSION = 1;

/** Bytes of a signature: a header byte (27 + recovery id, and 4 more for a compressed key), then r and s. */
export const SIGNATURE_BYTES = 65;

/** What is signed. */
export interface SignedParts {
  /** 0 or above; {@link ENVELOPE_VERSION} so far. */
  readonly version: number;
  /** What the message is, a text such as `peers`. */
  readonly token: Packed;
  /** The body of the message. It should contain no map, whose order Python 2 does not keep. */
  readonly body: Packed;
}

/** A message to be sent. */
export interface SignedMessage extends SignedParts {
  /** The node id of the signer, 20 bytes. */
  readonly sender: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

/** A received message. Its signature was not checked. */
export interface Envelope extends SignedMessage {
  /** What the signature is about. */
  readonly signedBytes: Uint8Array;
}

/** The head of the array that is signed. */
const ARRAY_OF_THREE = FIXARRAY | 3;

const signedShape = namedTuple({ version: uint, token: packed, body: packed });

const messageShape: MsgpackShape<SignedMessage> = namedTuple({
  sender: bin(ID_BYTES),
  version: uint,
  token: packed,
  body: packed,
  signature: bin(SIGNATURE_BYTES),
});

/** The bytes that are signed for a message to be sent. */
export function signedBytes(parts: SignedParts): Uint8Array {
  return encodeMsgpack(signedShape, parts, { owned: true });
}

/**
 * The bytes of a signed message.
 *
 * @throws CodecError with the path of what does not fit; `limit` for more than 519 bytes, which no node relays
 */
export function encodeEnvelope(message: SignedMessage, options?: EncodeOptions): Uint8Array {
  const bytes = encodeMsgpack(messageShape, message, options);
  checkSize(bytes);
  return bytes;
}

/**
 * The parts of a signed message.
 *
 * @throws CodecError for what nodes drop unread: anything but an array of five with a sender of 20 bytes, a version
 * from 0 on and a signature of 65 bytes (both as bin), bytes left over, and more than 519 bytes
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  checkSize(bytes);
  const message = decodeMsgpack(messageShape, bytes);
  const { sender, body } = message;
  // Decoded bytes are views of the input, and what is signed stands between the sender and the signature.
  const start = sender.byteOffset + sender.length;
  const count = body.bytes.byteOffset + body.bytes.length - start;
  const signedBytes = new Uint8Array(1 + count);
  signedBytes[0] = ARRAY_OF_THREE;
  signedBytes.set(new Uint8Array(bytes.buffer, start, count), 1);
  return { ...message, signedBytes };
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= RELAY_MESSAGE_BYTES_MAX) return;
  const reason = `Message of ${bytes.length} bytes is longer than ${RELAY_MESSAGE_BYTES_MAX}`;
  throw new CodecError("limit", reason, { offset: 0, context: { bytesMax: RELAY_MESSAGE_BYTES_MAX } });
}

/** The token as text, or undefined when it is neither text nor bytes of a text. */
export function tokenText({ token }: { readonly token: Packed }): string | undefined {
  try {
    return decodeMsgpack(textLike("bin"), token.bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
