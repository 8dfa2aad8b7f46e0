/**
 * One node on a host without a network: the test is all others, and sees each datagram.
 *
 * @module
 */

import {
  datagramType,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  HEADER_BYTES,
  type IncomingRequest,
  type OutgoingRequest,
  type OutgoingResponse,
  type RpcArgs,
  type RpcName,
  type RpcReply,
} from "../../codec/protocols/storj/mod.ts";
import { type RpcEndpoint, rpcEndpoint, type RpcLimits } from "../../src/rpc/mod.ts";
import { WireHost } from "../kademlia/wire-host.ts";

const MANY = 1_000_000;
/** Limits of endpoints that let everything through, so that it is what stands on them that has to bound it. */
export const OPEN: Partial<RpcLimits> = {
  strangerRequestsPerSecond: MANY,
  peerRequestsPerSecond: MANY,
  requestsPerSecond: MANY,
  strangerBytes: 1e9,
  strangersBytesPerSecond: 1e9,
  onceBytes: 1e9,
};

/** A call of the node, and to whom. */
export interface Sent<N extends RpcName = RpcName> {
  readonly to: string;
  readonly rpc: N;
  readonly args: RpcArgs<N>;
  readonly bytes: Uint8Array;
}

/** A node. */
export class WireNode {
  readonly host = new WireHost();
  readonly rpc: RpcEndpoint;
  #sequence = 0;
  #sent: Sent[] = [];
  readonly #answers = new Map<string, Uint8Array>();

  constructor(limits: Partial<RpcLimits> = {}) {
    this.rpc = rpcEndpoint({ host: this.host, limits });
  }

  /** Somebody calls the node. Returns its answer, or undefined for none. */
  ask<N extends RpcName>(from: number | string, rpc: N, args: RpcArgs<N>): RpcReply<N> | undefined {
    const messageId = new Uint8Array(20).fill(1);
    new DataView(messageId.buffer).setUint32(4, ++this.#sequence);
    const address = typeof from === "number" ? addressOf(from) : from;
    this.host.deliver(encodeRequest({ rpc, args, messageId } as OutgoingRequest<N>), address);
    this.#look();
    const answer = this.#answers.get(String(messageId));
    this.#answers.clear();
    return answer === undefined ? undefined : decodeResponse(rpc, answer.subarray(HEADER_BYTES)).reply;
  }

  /** What the node has sent since the last time. */
  sent(): Sent[] {
    this.#look();
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Answers a call of the node. */
  answer<N extends RpcName>({ to, rpc, bytes }: Sent<N>, reply: RpcReply<N>): void {
    const { era } = datagramType(bytes[0])!;
    const messageId = bytes.slice(1, HEADER_BYTES);
    this.host.deliver(encodeResponse({ rpc, reply, messageId, era } as OutgoingResponse<N>), to);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.host.clock.advance(ms);
  }

  #look(): void {
    for (const { bytes, to } of this.host.take()) {
      if (datagramType(bytes[0])!.kind === "response") this.#answers.set(String(bytes.slice(1, HEADER_BYTES)), bytes);
      else {
        const { rpc, args } = decodeDatagram(bytes) as IncomingRequest<RpcName>;
        this.#sent.push({ to, rpc, args, bytes });
      }
    }
  }
}

/** An id of one byte, twenty times. */
export const idOf = (byte: number): Uint8Array => new Uint8Array(20).fill(byte);

/** The address of a node whose id is a byte twenty times. */
export function addressOf(byte: number): string {
  return `udp:10.0.0.${byte}:4000`;
}
