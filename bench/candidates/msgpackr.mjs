/**
 * msgpackr without its records extension, so that the bytes are plain msgpack. It reserves room in front of its output,
 * where the header goes.
 *
 * @module
 */

import { Packr, RESERVE_START_SPACE } from "msgpackr";
import { peerVersion } from "../harness/packages.mjs";
import { putHeader, storjFrames } from "./msgpack-frames.mjs";

const HEADER_BYTES = 21;
const packr = new Packr({ useRecords: false });

function encodeFrame(type, messageId, payload) {
  const frame = packr.pack(payload, RESERVE_START_SPACE | HEADER_BYTES);
  putHeader(frame, 0, type, messageId);
  return frame;
}

const decodePayload = (bytes) => packr.unpack(bytes);

export default {
  name: "msgpackr",
  version: peerVersion("msgpackr"),
  note: "Kept Packr without records; the 21-byte header by hand, in the room it reserves. Contacts are arrays.",
  warmup: (payload) => decodePayload(packr.pack(payload)),
  frames: storjFrames({ encodeFrame, decodePayload }),
};
