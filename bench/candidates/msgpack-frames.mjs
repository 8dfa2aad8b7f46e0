/**
 * The storj frames for a msgpack library: the header of 21 bytes by hand, the rest by the library.
 *
 * @module
 */

const REQUEST = 0x02;
const RESPONSE = 0x03;
const HEADER_BYTES = 21;

/**
 * The codecs of F4 and F5. What they take and give is `{ messageId, payload }` with the payload as the library has it:
 * arrays for contacts, as msgpack writes them.
 *
 * @param {object} library
 * @param {(type: number, messageId: Uint8Array, payload: unknown) => Uint8Array} library.encodeFrame
 * @param {(bytes: Uint8Array) => unknown} library.decodePayload
 */
export function storjFrames({ encodeFrame, decodePayload }) {
  const codec = (type) => ({
    encode: ({ messageId, payload }) => encodeFrame(type, messageId, payload),
    decode(bytes) {
      if (bytes.length <= HEADER_BYTES || bytes[0] !== type) {
        throw new Error("Not a frame of this type");
      }
      return {
        messageId: bytes.subarray(1, HEADER_BYTES),
        payload: decodePayload(bytes.subarray(HEADER_BYTES)),
      };
    },
  });
  return {
    F4: {
      ...codec(RESPONSE),
      toNative: ({ messageId, contacts }) => ({
        messageId,
        payload: contacts.map(({ id, ip, port }) => [id, ip, port]),
      }),
      fromNative: ({ messageId, payload }) => ({
        messageId,
        contacts: payload.map(([id, ip, port]) => ({ id, ip, port })),
      }),
    },
    F5: {
      ...codec(REQUEST),
      toNative: ({ messageId, nodeId }) => ({ messageId, payload: ["ping", [nodeId]] }),
      fromNative({ messageId, payload }) {
        const [name, [nodeId]] = payload;
        if (name !== "ping") throw new Error("Not a ping");
        return { messageId, nodeId };
      },
    },
  };
}

/**
 * Writes the header of a frame.
 *
 * @returns {number} the offset behind it
 */
export function putHeader(bytes, start, type, messageId) {
  bytes[start] = type;
  for (let i = 0; i < HEADER_BYTES - 1; i++) {
    bytes[start + 1 + i] = messageId[i];
  }
  return start + HEADER_BYTES;
}

/** Values that a msgpack library sees before it is measured: other shapes, other sizes, other types. */
export function warmupPayloads(random) {
  const value = (depth) => {
    const kind = random.integer(depth > 2 ? 5 : 7);
    if (kind === 0) return random.integer(2 ** (1 + random.integer(31)));
    if (kind === 1) {
      return random.text(random.integer(60), "abcdefghijklmnopqrstuvwxyz");
    }
    if (kind === 2) return random.bytes(random.integer(300));
    if (kind === 3) return random.integer(2) === 1;
    if (kind === 4) return null;
    const items = Array.from({ length: random.integer(20) }, () => value(depth + 1));
    return kind === 5 ? items : Object.fromEntries(
      items.map((item, i) => [random.text(4, "abcdefgh") + i, item]),
    );
  };
  return Array.from({ length: 48 }, () => [random.text(8, "abcdefgh"), [random.bytes(20), value(0)]]);
}
