/**
 * The baseline: the best strict code we can write by hand for exactly these frames. Everything is checked in both
 * directions, as in warpwire itself; see the table of probes for what that means.
 *
 * @module
 */

import { decodeFindNode, decodePing, encodeFindNode, encodePing } from "./hand/storj.mjs";
import {
  decodeCreateOffer,
  decodeDownload,
  decodeListing,
  encodeCreateOffer,
  encodeDownload,
  encodeListing,
} from "./hand/warpdrive.mjs";

export default {
  name: "hand",
  version: "",
  note: "The baseline, written by hand for these five frames.",
  strict: true,
  frames: {
    F1: { encode: encodeDownload, decode: decodeDownload },
    F2: { encode: encodeCreateOffer, decode: decodeCreateOffer },
    F3: { encode: encodeListing, decode: decodeListing },
    F4: { encode: encodeFindNode, decode: decodeFindNode },
    F5: { encode: encodePing, decode: decodePing },
  },
};
