/**
 * A node as the originals are: it answers each datagram, also one that comes twice; it sends nothing twice; it matches
 * answers by their ids only; and it knows no calls of ours. It stands on the codec alone.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import type { Packed } from "../../codec/msgpack/mod.ts";
import {
  type Contact,
  decodeDatagram,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type Era,
  type RpcArgs,
  type RpcName,
  type RpcReply,
} from "../../codec/protocols/storj/mod.ts";
import type { DatagramProtocol } from "../../src/host/host.ts";
import type { SimHost, SimNetwork } from "../../src/host/sim/mod.ts";
import { wireAddress } from "../../src/rpc/mod.ts";

const TIMEOUT_MS = 5000;
const K = 20;
/** Datagrams of more bytes in all are lost without a word. */
const DATAGRAM_BYTES_MAX = 8192;

/** Answers of an old node by name; `undefined` is silence. */
export type OldAnswers = {
  readonly [N in RpcName]?: (args: RpcArgs<N>, from: string) => RpcReply<N> | undefined;
};

/** What is special about an old node. */
export interface OldNodeOptions {
  readonly id?: Uint8Array;
  /** Where it is reached, if not where the network puts it. */
  readonly at?: string;
  readonly era?: Era;
  /** Answers beside those of the hash table, or in place of them. */
  readonly answers?: OldAnswers;
  /** Bytes after the header of an answer, in place of an answer that can be encoded. */
  readonly payloads?: { readonly [N in RpcName]?: Uint8Array };
}

/** An old node on a simulated network. */
export class OldNode {
  readonly host: SimHost;
  readonly id: Uint8Array;
  /** As hosts write it. */
  readonly address: string;
  /** Values by the hex digits of their keys. */
  readonly values = new Map<string, Packed>();
  /** Everybody who has called or answered, by the hex digits of the id. */
  readonly known = new Map<string, Contact>();
  /** The names of all calls that came, also of those that it does not know. */
  readonly asked: string[] = [];
  readonly #era: Era;
  readonly #answers: OldAnswers;
  readonly #payloads: NonNullable<OldNodeOptions["payloads"]>;
  readonly #mount: DatagramProtocol;
  readonly #waiting = new Map<string, (payload: Uint8Array | null) => void>();

  constructor(network: SimNetwork, { id, at, era = "storjrpcudp", answers = {}, payloads = {} }: OldNodeOptions = {}) {
    this.host = network.addHost(at === undefined ? {} : { address: at });
    void this.host.start();
    this.id = id ?? this.host.random.bytes(20);
    this.address = this.host.addresses()[0];
    this.#era = era;
    this.#payloads = payloads;
    this.#answers = { ...this.#tableAnswers(), ...answers };
    this.#mount = this.host.mountDatagrams("storj", {
      raw: true,
      receive: ({ bytes, peerInfo }) => this.#receive(bytes, peerInfo.addresses![0]),
    });
  }

  /** As users write it: `10.0.0.1:4653`. */
  get place(): string {
    return this.address.slice("udp:".length);
  }

  /** The answer to a call; null after 5 s. */
  request<N extends RpcName>(to: string, rpc: N, args: RpcArgs<N>): Promise<RpcReply<N> | null> {
    const messageId = this.host.random.bytes(20);
    const name = formatHex(messageId);
    return new Promise((resolve) => {
      const timer = this.host.clock.setTimer(TIMEOUT_MS, () => settle(null));
      const settle = (payload: Uint8Array | null) => {
        this.#waiting.delete(name);
        timer.clear();
        resolve(payload === null ? null : decodeResponse(rpc, payload).reply);
      };
      this.#waiting.set(name, settle);
      this.#send(encodeRequest({ rpc, args, messageId, era: this.#era }), to);
    });
  }

  /** Learns who is there from the node at an address, and tells all of them that it is there. */
  async join(through: string): Promise<void> {
    const found = await this.request(through, "find_node", { nodeId: this.id, key: this.id }) ?? [];
    const id = await this.request(through, "ping", { nodeId: this.id });
    if (id !== null) this.#welcome({ id, ...wireAddress(through) });
    for (const contact of found) {
      const address = `udp:${contact.ip}:${contact.port}`;
      if (await this.request(address, "ping", { nodeId: this.id }) !== null) this.#welcome(contact);
    }
  }

  #tableAnswers(): OldAnswers {
    const around = (key: Uint8Array, nodeId: Uint8Array) =>
      [...this.known.values()].filter(({ id }) => formatHex(id) !== formatHex(nodeId))
        .sort((a, b) => isCloser(key, a.id, b.id) ? -1 : 1).slice(0, K);
    return {
      stun: (_, from) => wireAddress(from),
      ping: () => this.id,
      find_node: ({ nodeId, key }) => around(key, nodeId),
      find_value: ({ nodeId, key }) => {
        const value = this.values.get(formatHex(key));
        return value === undefined ? around(key, nodeId) : { value };
      },
      store: ({ key, value }) => {
        this.values.set(formatHex(key), value);
        return true;
      },
    };
  }

  #receive(bytes: Uint8Array, from: string): void {
    if (bytes.length > DATAGRAM_BYTES_MAX) return;
    const datagram = decodeDatagram(bytes, { copy: true });
    if (datagram.kind === "response") return this.#waiting.get(formatHex(datagram.messageId))?.(datagram.payload);
    this.asked.push(datagram.wireName);
    if (datagram.rpc === null) return;
    const answer = this.#answers[datagram.rpc] as ((args: unknown, from: string) => RpcReply<RpcName>) | undefined;
    if (answer === undefined) return;
    const { rpc, args, messageId, era } = datagram;
    if ("nodeId" in args && !/relay|stun|warpwire/.test(rpc)) this.#welcome({ id: args.nodeId, ...wireAddress(from) });
    const payload = this.#payloads[rpc];
    if (payload !== undefined) {
      return this.#send(Uint8Array.of(era === "rpcudp" ? 0x01 : 0x03, ...messageId, ...payload), from);
    }
    const reply = answer(args, from);
    if (reply !== undefined) this.#send(encodeResponse({ rpc, reply, messageId, era }), from);
  }

  #welcome(contact: Contact): void {
    const name = formatHex(contact.id);
    if (name !== formatHex(this.id) && !this.known.has(name)) this.known.set(name, contact);
  }

  #send(bytes: Uint8Array, to: string): void {
    void this.#mount.sendDatagram(bytes, { peerId: "", addresses: [to] });
  }
}

function isCloser(target: Uint8Array, a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < target.length; at++) {
    const [ofA, ofB] = [a[at] ^ target[at], b[at] ^ target[at]];
    if (ofA !== ofB) return ofA < ofB;
  }
  return false;
}
