/**
 * Datagrams as requests and responses.
 *
 * @module
 */

import { bytes, CodecError, type DecodeOptions, decodePrefix, struct, u8 } from "../../mod.ts";
import {
  decodeMsgpackPrefix,
  FIXARRAY,
  FIXSTR,
  FIXSTR_BYTES_MAX,
  msgpack,
  namedTuple,
  type Packed,
  packed,
  textLike,
} from "../../msgpack/mod.ts";
import { replyShape, type RpcArgs, type RpcName, type RpcReply } from "./rpcs.ts";
import { callAt, callNamed, type KnownCall } from "./schemas.ts";
import { DATAGRAM_BYTES_MIN, datagramType, type Era, HEADER_BYTES, ID_BYTES } from "./wire.ts";

/** What every datagram says. */
interface Common {
  readonly era: Era;
  /** 20 bytes. */
  readonly messageId: Uint8Array;
}

/** A request whose call is known. */
export interface IncomingRequest<N extends RpcName> extends Common {
  readonly kind: "request";
  readonly rpc: N;
  /** The name on the wire: the call's own or one of its aliases. */
  readonly wireName: string;
  readonly args: RpcArgs<N>;
  /** Bytes after the request, which the nodes ignore. */
  readonly trailing: number;
}

/** A request whose call is not known. Nodes don't answer it. */
export interface UnknownRequest extends Common {
  readonly kind: "request";
  readonly rpc: null;
  readonly wireName: string;
  /** The arguments, which are a list if the caller keeps to the protocol. */
  readonly args: Packed;
  readonly trailing: number;
}

/** A response. What its bytes mean depends on the request with the same message id: see {@link decodeResponse}. */
export interface IncomingResponse extends Common {
  readonly kind: "response";
  readonly payload: Uint8Array;
}

/** A decoded datagram. */
export type Datagram = { [N in RpcName]: IncomingRequest<N> }[RpcName] | UnknownRequest | IncomingResponse;

/** Options of {@link decodeDatagram}. */
export interface DatagramOptions extends DecodeOptions {
  /** Only datagrams with the type bytes of this era; by default those of both. */
  readonly era?: Era;
}

const ARRAY_OF_TWO = FIXARRAY | 2;

/** A request, whatever its call. */
const anyRequest = struct({
  type: u8,
  messageId: bytes(ID_BYTES),
  request: msgpack(namedTuple({ name: textLike("str"), args: packed })),
});

/**
 * The contents of a datagram. Other bytes may follow it, as in the nodes; their number is returned.
 *
 * ```ts
 * import { decodeDatagram, encodeRequest } from "warpwire/protocols/storj";
 *
 * const nodeId = new Uint8Array(20).fill(0xaa);
 * const datagram = decodeDatagram(encodeRequest({ rpc: "ping", args: { nodeId }, messageId: new Uint8Array(20) }));
 * if (datagram.kind === "request" && datagram.rpc === "ping") console.log(datagram.args.nodeId.length); // 20
 * ```
 *
 * @throws CodecError for what nodes leave without an answer: `truncated` (less than 22 bytes, or cut off), `tag`
 * (unknown type byte, or the other era's), and the errors of arguments that are not those of the call, with path and
 * offset
 */
export function decodeDatagram(bytes: Uint8Array, options: DatagramOptions = {}): Datagram {
  const { length } = bytes;
  if (length < DATAGRAM_BYTES_MIN) {
    throw new CodecError("truncated", `Datagram of ${length} bytes is shorter than ${DATAGRAM_BYTES_MIN}`, {
      offset: length,
      context: { needed: DATAGRAM_BYTES_MIN - length, left: 0 },
    });
  }
  const type = datagramType(bytes[0]);
  if (type === undefined || (options.era !== undefined && options.era !== type.era)) failType(bytes[0], options.era);
  return type.kind === "request" ? decodeRequest(bytes, type.era, options) : response(bytes, type.era, options);
}

function failType(byte: number, era: Era | undefined): never {
  const known = era === undefined ? "a datagram" : `a datagram of ${era}`;
  throw new CodecError("tag", `Type byte 0x${byte.toString(16).padStart(2, "0")} is not that of ${known}`, {
    offset: 0,
    context: { tag: byte },
  });
}

function response(bytes: Uint8Array, era: Era, { copy }: DecodeOptions): IncomingResponse {
  return {
    kind: "response",
    era,
    messageId: part(bytes, 1, HEADER_BYTES, copy),
    payload: part(bytes, HEADER_BYTES, bytes.length, copy),
  };
}

function part(bytes: Uint8Array, start: number, end: number, copy: boolean | undefined): Uint8Array {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
  return copy === true ? view.slice() : view;
}

function decodeRequest(bytes: Uint8Array, era: Era, options: DecodeOptions): Datagram {
  const call = usualCall(bytes) ?? callNamed(decodePrefix(anyRequest, bytes, 0, options).value.request.name);
  if (call === undefined) return unknownRequest(bytes, era, options);
  const { rpc, wireName, requests } = call;
  const { value: { messageId, args }, length } = requests[era].decodePrefix(bytes, 0, options);
  return { kind: "request", era, messageId, rpc, wireName, args, trailing: bytes.length - length } as Datagram;
}

function unknownRequest(bytes: Uint8Array, era: Era, options: DecodeOptions): UnknownRequest {
  const { value: { messageId, request }, length } = decodePrefix(anyRequest, bytes, 0, options);
  const { name: wireName, args } = request;
  return { kind: "request", era, messageId, rpc: null, wireName, args, trailing: bytes.length - length };
}

/**
 * The call that a request is for, if its name is where it is with the shortest forms of everything; nothing else of the
 * datagram is looked at. It has at least its header.
 */
export function calledRpc(bytes: Uint8Array): RpcName | undefined {
  return usualCall(bytes)?.rpc;
}

/** The call whose name stands where it does when all forms are the shortest, or undefined. */
function usualCall(bytes: Uint8Array): KnownCall | undefined {
  const head = bytes[HEADER_BYTES + 1];
  if (bytes[HEADER_BYTES] !== ARRAY_OF_TWO || (head & 0xe0) !== FIXSTR) return undefined;
  const start = HEADER_BYTES + 2;
  const end = start + (head & FIXSTR_BYTES_MAX);
  return end <= bytes.length ? callAt(bytes, start, end) : undefined;
}

/** The answer in a response. */
export interface DecodedReply<R> {
  readonly reply: R;
  /** Bytes after the answer, which the nodes ignore. */
  readonly trailing: number;
}

/**
 * The answer in the payload of a response, as the call of its request has it. Offsets of errors count from the payload.
 *
 * ```ts
 * import { decodeResponse } from "warpwire/protocols/storj";
 *
 * console.log(decodeResponse("store", Uint8Array.of(0xc3)).reply); // true
 * ```
 *
 * @throws CodecError when the payload is not an answer to the call
 */
export function decodeResponse<N extends RpcName>(
  rpc: N,
  payload: Uint8Array,
  options?: DecodeOptions,
): DecodedReply<RpcReply<N>> {
  const { value, length } = decodeMsgpackPrefix(replyShape(rpc), payload, 0, options);
  return { reply: value, trailing: payload.length - length };
}
