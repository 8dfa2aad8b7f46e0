/**
 * Requests and responses as datagrams.
 *
 * @module
 */

import type { EncodeOptions } from "../../mod.ts";
import type { RpcArgs, RpcName, RpcReply } from "./rpcs.ts";
import { requestCodec, responseCodec } from "./schemas.ts";
import type { AddressForm } from "./shapes.ts";
import type { Era } from "./wire.ts";

/** A request to be sent. */
export interface OutgoingRequest<N extends RpcName> {
  readonly rpc: N;
  /** The arguments by name, in any order. */
  readonly args: RpcArgs<N>;
  /** 20 bytes that no other open request has; the nodes take the SHA-1 of 32 random bytes. */
  readonly messageId: Uint8Array;
  /** The type bytes of the receiver's network. Default: the first era of the call. */
  readonly era?: Era;
  /** The name on the wire, such as `msg` for `relay_message`. Default: the call's own. */
  readonly wireName?: string;
}

/** A response to be sent. */
export interface OutgoingResponse<N extends RpcName> {
  readonly rpc: N;
  readonly reply: RpcReply<N>;
  /** The message id of the request. */
  readonly messageId: Uint8Array;
  /** The type bytes of the request. Default: the first era of the call. */
  readonly era?: Era;
  /** How addresses are written. Default bin. */
  readonly addresses?: AddressForm;
}

/**
 * The datagram of a request.
 *
 * ```ts
 * import { encodeRequest } from "warpwire/protocols/storj";
 *
 * const nodeId = new Uint8Array(20).fill(0xaa);
 * const datagram = encodeRequest({ rpc: "ping", args: { nodeId }, messageId: new Uint8Array(20) });
 * console.log(datagram.length); // 50
 * ```
 *
 * @throws CodecError with the path of the argument that does not fit; `limit` for a request of more than 8192 bytes, or a
 * message to relay of more than 519
 */
export function encodeRequest<N extends RpcName>(request: OutgoingRequest<N>, options?: EncodeOptions): Uint8Array {
  return requestCodec(request.rpc, request).encode(request, options);
}

/**
 * The datagram of a response.
 *
 * @throws CodecError with the path of the value that does not fit
 */
export function encodeResponse<N extends RpcName>(response: OutgoingResponse<N>, options?: EncodeOptions): Uint8Array {
  return responseCodec(response.rpc, response).encode(response, options);
}
