/**
 * `@msgpack/msgpack`: one kept Encoder and Decoder, as its documentation advises for speed, with its length limits set.
 *
 * @module
 */

import { Decoder, Encoder } from "@msgpack/msgpack";
import { peerVersion } from "../harness/packages.mjs";
import { finish, reserve, slab } from "./hand/slab.mjs";
import { putHeader, storjFrames } from "./msgpack-frames.mjs";

const HEADER_BYTES = 21;
const encoder = new Encoder();
const decoder = new Decoder({
  maxArrayLength: 1024,
  maxBinLength: 8192,
  maxStrLength: 8192,
  maxMapLength: 1024,
});

function encodeFrame(type, messageId, payload) {
  // encodeSharedRef spares the copy of the result; ours into the frame is the only one.
  const packed = encoder.encodeSharedRef(payload);
  const start = reserve(HEADER_BYTES + packed.length);
  const at = putHeader(slab.bytes, start, type, messageId);
  slab.bytes.set(packed, at);
  return finish(start, at + packed.length);
}

const decodePayload = (bytes) => decoder.decode(bytes);

export default {
  name: "@msgpack/msgpack",
  version: peerVersion("@msgpack/msgpack"),
  note:
    "Kept Encoder (`encodeSharedRef`) and Decoder with limits set; the 21-byte header by hand. Contacts are arrays.",
  warmup: (payload) => decodePayload(encoder.encode(payload)),
  frames: storjFrames({ encodeFrame, decodePayload }),
};
