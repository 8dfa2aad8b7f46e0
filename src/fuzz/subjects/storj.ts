/**
 * Fuzzes what storj nodes accept from strangers: datagrams, signed messages, filters.
 *
 * @module
 */

import { compile, encode, inspect, type Schema } from "../../../codec/mod.ts";
import { arbitraryBytes, arbitraryInt, arbitraryText, arbitraryValue, pick } from "../../../codec/arbitrary/mod.ts";
import { any, msgpack, pack, Packed } from "../../../codec/msgpack/mod.ts";
import {
  createFilters,
  decodeDatagram,
  decodeEnvelope,
  decodeResponse,
  encodeEnvelope,
  encodeRequest,
  encodeResponse,
  filterWith,
  formatFilters,
  ID_BYTES,
  packSigned,
  parseFilters,
  PUBLIC_KEY_BYTES,
  requestSchema,
  responseSchema,
  RPC_NAMES,
  type RpcName,
  rpcs,
  SIGNATURE_BYTES,
  signedEntryBytes,
  unpackSigned,
} from "../../../codec/protocols/storj/mod.ts";
import { broken, brokenText, textOf } from "../break.ts";
import { attempt, expect, expectSameOutcome, sameBytes } from "../checks/mod.ts";
import type { Subject } from "./subject.ts";

const KEYS_MAX = 8;
const value = msgpack(any);

/** Datagrams of any kind, as they arrive. */
export const storjDatagrams: Subject = {
  name: "storj.datagrams",
  *inputs(choose) {
    const rpc = pick(choose, RPC_NAMES);
    const era = pick(choose, rpcs[rpc].eras);
    const schema: Schema = choose(2) > 0
      ? requestSchema(rpc, { era, wireName: pick(choose, [rpc, ...rpcs[rpc].aliases]) })
      : responseSchema(rpc, { era });
    const message = () => encode(schema, arbitraryValue(schema, choose), { owned: true });
    yield* broken(message(), message(), { choose, spansOf: (bytes) => inspect(schema, bytes).spans });
  },
  check(input) {
    const found = attempt(() => decodeDatagram(input));
    if (found.error !== undefined) return found.error.code;
    const datagram = found.value;
    if (datagram.kind === "response") return checkPayload(datagram.payload);
    if (datagram.rpc === null) return "unknown";
    const { rpc, era, wireName, messageId, args, trailing } = datagram;
    const prefix = compile(requestSchema(rpc, { era, wireName })).decodePrefix(input);
    expectSameOutcome(
      "datagram and schema",
      { value: { messageId, args, length: input.length - trailing } },
      { value: { ...prefix.value, length: prefix.length } },
    );
    const again = decodeDatagram(encodeRequest({ rpc, era, wireName, messageId, args } as never));
    expectSameOutcome("datagram: decode, encode, decode", { value: { ...datagram, trailing: 0 } }, { value: again });
    return "value";
  },
};

/** A response says nothing about its call: its payload is read as the answer to every one. */
function checkPayload(payload: Uint8Array): string {
  let word = "response";
  for (const rpc of RPC_NAMES as readonly RpcName[]) {
    const reply = attempt(() => decodeResponse(rpc, payload));
    if (reply.error !== undefined) continue;
    word = "value";
    const messageId = new Uint8Array(ID_BYTES);
    const bytes = encodeResponse({ rpc, messageId, reply: reply.value.reply } as never);
    const datagram = decodeDatagram(bytes) as { readonly payload: Uint8Array };
    const again = attempt(() => decodeResponse(rpc, datagram.payload).reply);
    expectSameOutcome("response: decode, encode, decode", { value: reply.value.reply }, again);
  }
  return word;
}

/** Signed messages that nodes pass on to each other. */
export const storjEnvelopes: Subject = {
  name: "storj.envelopes",
  *inputs(choose) {
    const message = () => {
      const text = pack(arbitraryText(choose, choose(20)));
      const encoded = attempt(() =>
        encodeEnvelope({
          sender: arbitraryBytes(choose, ID_BYTES),
          version: arbitraryInt(choose, 0, Number.MAX_SAFE_INTEGER),
          token: text,
          body: pack(arbitraryValue(value, choose)),
          signature: arbitraryBytes(choose, SIGNATURE_BYTES),
        }, { owned: true })
      );
      expect(encoded.error === undefined || encoded.error.code === "limit", "envelope: refuses a valid message");
      return encoded.error === undefined ? encoded.value : new Uint8Array(0);
    };
    yield* broken(message(), message(), { choose, spansOf: (bytes) => inspect(value, bytes).spans });
  },
  check(input) {
    const found = attempt(() => decodeEnvelope(input));
    if (found.error !== undefined) return found.error.code;
    const { signedBytes, ...message } = found.value;
    const bytes = encodeEnvelope(message, { owned: true });
    const { signedBytes: signedAgain, ...again } = decodeEnvelope(bytes);
    expectSameOutcome("envelope: decode, encode, decode", { value: message }, { value: again });
    // The same values may have come in other forms than they are written in, and it is those that were signed.
    const differ = !sameBytes(signedBytes, signedAgain);
    expect(!differ || !sameBytes(bytes, input), "envelope: other signed bytes of the same message");
    return "value";
  },
};

/** Values that only their owner can replace, as nodes are given them. */
export const storjSignedValues: Subject = {
  name: "storj.signed",
  *inputs(choose) {
    const signed = () =>
      packSigned({
        sequence: arbitraryInt(choose, 0, Number.MAX_SAFE_INTEGER),
        value: pack(arbitraryValue(value, choose)),
        publicKey: arbitraryBytes(choose, PUBLIC_KEY_BYTES),
        signature: arbitraryBytes(choose, SIGNATURE_BYTES),
        name: arbitraryText(choose, choose(20)),
      }).bytes;
    yield* broken(signed(), signed(), { choose, spansOf: (bytes) => inspect(value, bytes).spans });
  },
  check(input) {
    const packed = attempt(() => new Packed(input));
    if (packed.error !== undefined) return packed.error.code;
    const found = unpackSigned(packed.value);
    if (found === null) return "none";
    const bytes = packSigned(found);
    expectSameOutcome("signed value: decode, encode, decode", { value: found }, { value: unpackSigned(bytes) });
    const key = new Uint8Array(ID_BYTES);
    const signed = [found, unpackSigned(bytes)!].map((one) => signedEntryBytes(key, one));
    expect(sameBytes(signed[0], signed[1]), "signed value: the same value is signed in one way");
    return "value";
  },
};

const FILTER_TOKENS = ['"', "[", "]", ",", " ", '"little"', '"big"', "null", "1e3", "=", "AAAA", "[]", "-1", "\\u0041"];

/** The filters that nodes publish. */
export const storjFilters: Subject = {
  name: "storj.filters",
  *inputs(choose) {
    const capacity = 1 + choose(4);
    const keys = Array.from({ length: choose(KEYS_MAX) }, () => arbitraryText(choose, choose(9)));
    const empty = createFilters({ depth: 1 + choose(3), capacity });
    const filters = empty.map((filter, level) => filterWith(filter, keys.slice(0, Math.min(level, capacity))));
    yield* brokenText(formatFilters(filters), FILTER_TOKENS, choose);
  },
  check(input) {
    const text = textOf(input);
    const found = attempt(() => parseFilters(text));
    if (found.error !== undefined) return found.error.code;
    const again = attempt(() => parseFilters(formatFilters(found.value)));
    expectSameOutcome("filters: parse, format, parse", found, again);
    return "value";
  },
};
