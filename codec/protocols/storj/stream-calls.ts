/**
 * Calls of our own for streams, with the capability `window`: pieces with their places, many on their way at a time.
 *
 * @module
 */

import {
  boolean,
  bytesLike,
  encodeMsgpack,
  type MsgpackShape,
  namedTuple,
  nil,
  nullable,
  tagged,
  uint,
} from "../../msgpack/mod.ts";
import { BOTH, type Rpc, rpc } from "./call.ts";
import { SIGNATURE_BYTES } from "./envelope.ts";
import { CHALLENGE_BYTES, PUBLIC_KEY_BYTES } from "./extensions.ts";
import { id, streamId } from "./shapes.ts";

/** Bytes of data in a piece of a stream: with all that is around them, 1,232 bytes, which pass any link of IPv6. */
export const STREAM_PIECE_BYTES_MAX = 1136;

/** How many numbers of pieces an acknowledgement can speak of: the eight of each byte. */
export const STREAM_SEEN_BYTES_MAX = 128;

/** A stream that was opened. */
export interface OpenedStream {
  /** 32 bytes. */
  readonly streamId: Uint8Array;
  /** The offset up to which the answering node takes data. */
  readonly limit: number;
}

/** The answer to a challenge of a stream's other end. */
export interface StreamProof {
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  /** 65 bytes, of {@link streamProvenBytes}. */
  readonly signature: Uint8Array;
}

/** A part of what is written to a stream. */
export interface StreamPiece {
  readonly streamId: Uint8Array;
  /** Which piece it is: one more with each that is sent, also if its bytes are sent again. */
  readonly number: number;
  /** Where in the stream its bytes are. */
  readonly offset: number;
  /** Whether nothing comes after its bytes. */
  readonly last: boolean;
  readonly data: Uint8Array;
}

/** What has arrived of a stream. */
export interface StreamAck {
  readonly streamId: Uint8Array;
  /** The highest number that has come. */
  readonly number: number;
  /** A bit for each number: those of the eight numbers around the highest one come first, then those before. */
  readonly seen: Uint8Array;
  /** The offset up to which data is taken. */
  readonly limit: number;
  /** How many pieces have come under new numbers of which everything was there already. */
  readonly repeats: number;
}

/** Our own calls for streams by name, with their types written out. */
export interface StreamCalls {
  readonly warpwire_stream_open: Rpc<{ nodeId: Uint8Array; limit: number }, OpenedStream | null>;
  readonly warpwire_stream_prove: Rpc<{ nodeId: Uint8Array; streamId: Uint8Array; challenge: Uint8Array }, StreamProof>;
  readonly warpwire_piece: Rpc<StreamPiece, null>;
  readonly warpwire_ack: Rpc<StreamAck, null>;
  readonly warpwire_reset: Rpc<{ streamId: Uint8Array }, null>;
}

const seen: MsgpackShape<Uint8Array> = bytesLike();

/** Our own calls for streams by name. */
export const streamCalls: StreamCalls = Object.freeze({
  warpwire_stream_open: rpc({
    eras: BOTH,
    args: namedTuple({ nodeId: id, limit: uint }, (nodeId, limit) => ({ nodeId, limit })),
    reply: nullable(namedTuple({ streamId, limit: uint }, (streamId, limit) => ({ streamId, limit }))),
    note: "Nil when the node has as many streams as it takes. Each side says up to which offset it takes data.",
  }),
  warpwire_stream_prove: rpc({
    eras: BOTH,
    args: namedTuple(
      { nodeId: id, streamId, challenge: bytesLike(CHALLENGE_BYTES) },
      (nodeId, streamId, challenge) => ({ nodeId, streamId, challenge }),
    ),
    reply: namedTuple(
      { publicKey: bytesLike(PUBLIC_KEY_BYTES), signature: bytesLike(SIGNATURE_BYTES) },
      (publicKey, signature) => ({ publicKey, signature }),
    ),
    note: "Asked at an address from which something of the stream has come that was not the other side's before.",
  }),
  warpwire_piece: rpc({
    eras: BOTH,
    oneWay: true,
    args: namedTuple(
      { streamId, number: uint, offset: uint, last: boolean, data: bytesLike() },
      (streamId, number, offset, last, data) => ({ streamId, number, offset, last, data }),
    ),
    reply: nil,
    note: "At most 1136 bytes of data. One without data asks for an acknowledgement.",
  }),
  warpwire_ack: rpc({
    eras: BOTH,
    oneWay: true,
    args: namedTuple(
      { streamId, number: uint, seen, limit: uint, repeats: uint },
      (streamId, number, seen, limit, repeats) => ({ streamId, number, seen, limit, repeats }),
    ),
    reply: nil,
    note: "The highest number that has come, which of those before have, and up to which offset data is taken.",
  }),
  warpwire_reset: rpc({
    eras: BOTH,
    oneWay: true,
    args: namedTuple({ streamId }, (streamId) => ({ streamId })),
    reply: nil,
    note: "The stream was given up, or is unknown here. Also sent in answer to a piece of an unknown stream.",
  }),
});

/** Who asked the other end of a stream for a proof. */
export interface StreamProven {
  /** The challenge of the one who asked, 32 random bytes. */
  readonly challenge: Uint8Array;
  readonly streamId: Uint8Array;
  /** The ids of the one who asked and of the one who answers. */
  readonly caller: Uint8Array;
  readonly node: Uint8Array;
}

const provenShape = tagged(
  "warpwire stream 1",
  namedTuple({ challenge: bytesLike(CHALLENGE_BYTES), streamId, caller: id, node: id }),
);

/**
 * What the other end of a stream signs to prove that it is still itself at a new address. It answers only the one who is
 * where the other end of its stream was last, so that nobody in the middle can pass a challenge on from somewhere else.
 */
export function streamProvenBytes(proven: StreamProven): Uint8Array {
  return encodeMsgpack(provenShape, proven, { owned: true });
}
