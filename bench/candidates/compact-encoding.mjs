/**
 * compact-encoding. It has encodings but no structs, so these are loops over its encodings. Its own `string` has a
 * variable length prefix that is one byte up to 252 bytes; all strings here are shorter, and its fast path is used.
 *
 * @module
 */

import c from "compact-encoding";
import { peerVersion } from "../harness/packages.mjs";

/** Big-endian 16-bit integer, which the package lacks, written as its others are. */
const uint16be = {
  preencode(state) {
    state.end += 2;
  },
  encode(state, value) {
    if (!(value >= 0)) throw new Error("uint must be positive");
    state.buffer[state.start++] = value >>> 8;
    state.buffer[state.start++] = value;
  },
  decode(state) {
    if (state.end - state.start < 2) throw new Error("Out of bounds");
    return state.buffer[state.start++] * 0x100 + state.buffer[state.start++];
  },
};

const TYPES = { u8: c.uint8, u16: uint16be, u32: c.uint32be, u64: c.uint64be, string8: c.string };

function list16(element) {
  return {
    preencode(state, values) {
      state.end += 2;
      for (let i = 0; i < values.length; i++) {
        element.preencode(state, values[i]);
      }
    },
    encode(state, values) {
      uint16be.encode(state, values.length);
      for (let i = 0; i < values.length; i++) element.encode(state, values[i]);
    },
    decode(state) {
      const count = uint16be.decode(state);
      const values = [];
      for (let i = 0; i < count; i++) values.push(element.decode(state));
      return values;
    },
  };
}

const downloadEncoding = {
  preencode(state, value) {
    c.uint8.preencode(state, value.opcode);
    c.string.preencode(state, value.offerId);
    c.uint64be.preencode(state, value.index);
    c.uint64be.preencode(state, value.offset);
  },
  encode(state, value) {
    c.uint8.encode(state, value.opcode);
    c.string.encode(state, value.offerId);
    c.uint64be.encode(state, value.index);
    c.uint64be.encode(state, value.offset);
  },
  decode(state) {
    return {
      opcode: c.uint8.decode(state),
      offerId: c.string.decode(state),
      index: c.uint64be.decode(state),
      offset: c.uint64be.decode(state),
    };
  },
};

const createOfferEncoding = {
  preencode(state, value) {
    c.uint8.preencode(state, value.opcode);
    c.string.preencode(state, value.peer);
    c.string.preencode(state, value.path);
  },
  encode(state, value) {
    c.uint8.encode(state, value.opcode);
    c.string.encode(state, value.peer);
    c.string.encode(state, value.path);
  },
  decode(state) {
    return { opcode: c.uint8.decode(state), peer: c.string.decode(state), path: c.string.decode(state) };
  },
};

const entriesEncoding = list16({
  preencode(state, value) {
    c.string.preencode(state, value.name);
    c.uint64be.preencode(state, value.size);
    c.uint32be.preencode(state, value.perm);
    c.uint8.preencode(state, value.kind);
  },
  encode(state, value) {
    c.string.encode(state, value.name);
    c.uint64be.encode(state, value.size);
    c.uint32be.encode(state, value.perm);
    c.uint8.encode(state, value.kind);
  },
  decode(state) {
    return {
      name: c.string.decode(state),
      size: c.uint64be.decode(state),
      perm: c.uint32be.decode(state),
      kind: c.uint8.decode(state),
    };
  },
});

const listingEncoding = {
  preencode(state, value) {
    entriesEncoding.preencode(state, value.entries);
  },
  encode(state, value) {
    entriesEncoding.encode(state, value.entries);
  },
  decode(state) {
    return { entries: entriesEncoding.decode(state) };
  },
};

/** A struct as a loop over its fields, for the many schemas of the warm-up. */
function struct(fields) {
  const parts = fields.map(({ name, type }) => ({
    name,
    encoding: typeof type === "object" ? list16(struct(type.list16)) : TYPES[type],
  }));
  return {
    preencode(state, value) {
      for (const { name, encoding } of parts) {
        encoding.preencode(state, value[name]);
      }
    },
    encode(state, value) {
      for (const { name, encoding } of parts) {
        encoding.encode(state, value[name]);
      }
    },
    decode(state) {
      const value = {};
      for (const { name, encoding } of parts) {
        value[name] = encoding.decode(state);
      }
      return value;
    },
  };
}

function codec(encoding) {
  return { encode: (value) => c.encode(encoding, value), decode: (bytes) => c.decode(encoding, bytes) };
}

export default {
  name: "compact-encoding",
  version: peerVersion("compact-encoding"),
  note: "Has no structs: the encodings of the frames are written by hand, field by field, from those of the package.",
  compile: (fields) => codec(struct(fields)),
  frames: { F1: codec(downloadEncoding), F2: codec(createOfferEncoding), F3: codec(listingEncoding) },
};
