/**
 * One node with routing alone: the test is its neighbours, and sees each datagram.
 *
 * @module
 */

import { pack, type Packed, unpack } from "../../codec/msgpack/mod.ts";
import {
  createFilter,
  datagramType,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type FilterKey,
  filterWith,
  HEADER_BYTES,
  type IncomingRequest,
  type OutgoingRequest,
  type OutgoingResponse,
  type RpcArgs,
  type RpcName,
  type RpcReply,
} from "../../codec/protocols/storj/mod.ts";
import type { QuasarEvent, QuasarLimits } from "../../src/quasar/api.ts";
import { quasarLimits } from "../../src/quasar/limits.ts";
import type { KnownNeighbour } from "../../src/quasar/neighbours.ts";
import { Routing } from "../../src/quasar/routing.ts";
import { type RpcEndpoint, rpcEndpoint, type RpcLimits } from "../../src/rpc/mod.ts";
import { WireHost } from "../kademlia/wire-host.ts";

/** A call of the node, and to whom. */
export interface Sent<N extends RpcName = RpcName> {
  readonly to: string;
  readonly rpc: N;
  readonly args: RpcArgs<N>;
  readonly bytes: Uint8Array;
}

/** The id of the node. */
export const OWN_ID = new Uint8Array(20).fill(0xbb);

/** An id of one byte, twenty times. */
export const idOf = (byte: number): Uint8Array => new Uint8Array(20).fill(byte);

const EMPTY = createFilter();

/** Options of {@link Lone}. */
export interface LoneOptions {
  readonly limits?: Partial<QuasarLimits>;
  readonly rpcLimits?: Partial<RpcLimits>;
}

/** The node. */
export class Lone {
  readonly host = new WireHost();
  readonly rpc: RpcEndpoint;
  readonly routing: Routing;
  readonly neighbours: KnownNeighbour[] = [];
  readonly topics = new Map<FilterKey, FilterKey>();
  readonly got: [FilterKey, unknown][] = [];
  readonly events: QuasarEvent[] = [];
  readonly silent: KnownNeighbour[] = [];
  #sequence = 0;
  #sent: Sent[] = [];
  readonly #answers = new Map<string, Uint8Array>();

  constructor({ limits, rpcLimits = {} }: LoneOptions = {}) {
    const { clock, random } = this.host;
    this.rpc = rpcEndpoint({ host: this.host, limits: rpcLimits });
    this.routing = new Routing({
      id: OWN_ID,
      neighbours: { all: () => this.neighbours, silent: (neighbour) => void this.silent.push(neighbour) },
      rpc: this.rpc,
      clock,
      random,
      limits: quasarLimits(limits),
      ttl: 64,
      subscribed: (topic) => this.topics.get(topic),
      received: (topic, event) => void this.got.push([topic, unpack(event)]),
      seen: () => {},
      tell: (event) => void this.events.push(event),
    });
  }

  /** Subscribes to topics. */
  subscribe(...topics: FilterKey[]): this {
    for (const topic of topics) this.topics.set(topic, topic);
    return this;
  }

  /** A neighbour whose id is a byte twenty times, at an address that follows from it; keys of its levels, besides its id. */
  add(byte: number, levels: readonly (readonly FilterKey[])[] = [], isOurs = true): KnownNeighbour {
    const neighbour: KnownNeighbour = {
      id: idOf(byte),
      address: addressOf(byte),
      isOurs,
      call: {},
      levels: levels.map((keys, level) => filterWith(EMPTY, level === 0 ? [idOf(byte), ...keys] : keys)),
    };
    this.neighbours.push(neighbour);
    return neighbour;
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

  /** The addresses to which it has sent something, as the bytes of their nodes, in order. */
  targets(): number[] {
    return this.sent().map(({ to }) => Number(to.split(/[.:]/)[4])).sort((a, b) => a - b);
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

/** The address of a node whose id is a byte twenty times. */
export function addressOf(byte: number): string {
  return `udp:10.0.0.${byte}:4000`;
}

let number = 0;

/** Arguments of a `warpwire_notify`, of a new publication unless one is given. */
export function notify(
  from: number,
  topic: FilterKey,
  value: string | number | Packed,
  more: Partial<RpcArgs<"warpwire_notify">> = {},
): RpcArgs<"warpwire_notify"> {
  const publication = new Uint8Array(16);
  new DataView(publication.buffer).setUint32(0, ++number);
  const event = typeof value === "object" ? value : pack(value);
  return { nodeId: idOf(from), topic, event, publication, publishers: [], visited: [], ttl: 64, walked: 0, ...more };
}

/** Arguments of a `quasar_notify`. */
export function oldNotify(
  from: number,
  topic: RpcArgs<"quasar_notify">["topic"],
  value: string | number,
  more: Partial<RpcArgs<"quasar_notify">> = {},
): RpcArgs<"quasar_notify"> {
  return { nodeId: idOf(from), topic, event: pack(value), publishers: [], ttl: 64, ...more };
}
