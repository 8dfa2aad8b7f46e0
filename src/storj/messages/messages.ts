/**
 * Sending messages, and taking those of others.
 *
 * @module
 */

import { CodecError, formatHex } from "../../../codec/mod.ts";
import { equalBytes } from "../../bytes.ts";
import type { Packed } from "../../../codec/msgpack/mod.ts";
import { ContactCache } from "../../kademlia/mod.ts";
import { type Caller, RpcError, wireAddress } from "../../rpc/mod.ts";
import type { At, SendOptions, ValueLike } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground, Peer } from "../ground.ts";
import type { MessageStats } from "../stats.ts";
import { packedValue, readable } from "../values.ts";
import type { Inbox } from "./inbox.ts";
import { Lines } from "./lines.ts";

/**
 * Bytes of the largest message, packed: with type byte, message id, name and own id the datagram has 8,192, and the
 * originals lose longer ones without a word. Of a text, 3 say that it is one.
 */
export const MESSAGE_BYTES_MAX = 8132;
/** Messages that may wait for their turn: twice the queue of a receiver. */
const WAITING_MAX = 16_384;
/** Contacts that callers name; they are remembered only as long as it takes. */
const CONTACTS = 64;

/** The messages of a node. */
export class Messages {
  readonly #ground: Ground;
  readonly #inbox: Inbox;
  readonly #lines = new Lines(WAITING_MAX);
  readonly #contacts = new ContactCache(CONTACTS);
  readonly #unhandle: () => void;
  readonly #counts = { sent: 0, refused: 0, notFound: 0, unanswered: 0 };

  constructor(ground: Ground, inbox: Inbox) {
    this.#ground = ground;
    this.#inbox = inbox;
    this.#unhandle = ground.rpc.handle({
      message_notify: ({ nodeId, message }, from) => this.#received(nodeId, message, from),
      direct_message: ({ nodeId, message }, from) => {
        const taken = this.#received(nodeId, message, from);
        return taken === true ? wireAddress(from.address) : taken === false ? null : undefined;
      },
    });
  }

  /**
   * Sends a message, when those before it to the same node have arrived or failed; see `StorjNode.messageSend`.
   *
   * @throws StorjError `invalid-message`, `too-large`, `busy`, `aborted`, `timeout` (no default), `closed`
   */
  async send(id: Uint8Array, message: ValueLike, { at, ...options }: SendOptions = {}): Promise<boolean> {
    const packed = packedValue("a message", message, MESSAGE_BYTES_MAX);
    const { dht, closing } = this.#ground;
    if (equalBytes(id, dht.id) && !closing.aborted) return this.#inbox.direct(id, readable(packed));
    if (this.#lines.full) throw new StorjError("busy", `Cannot send more than ${WAITING_MAX} messages at once`);
    return await this.#ground.wait<boolean>("Sending a message", options, ({ resolve, reject }) => {
      const stop = new AbortController();
      const leave = this.#lines.add(
        formatHex(id),
        () => this.#deliver(id, packed, at, stop.signal).then(resolve, reject),
      );
      return () => {
        leave();
        stop.abort();
      };
    });
  }

  stats(): MessageStats {
    return { waiting: this.#lines.size, ...this.#counts };
  }

  /** Takes no more messages of others. What is under way ends with the calls of the node. */
  close(): void {
    this.#unhandle();
  }

  /** A message of somebody else. */
  #received(nodeId: Uint8Array, message: Packed, from: Caller): boolean | undefined {
    this.#ground.seen(nodeId, from);
    try {
      return this.#inbox.direct(nodeId, message, from);
    } catch (error) {
      // As the originals do with what they cannot take.
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  async #deliver(id: Uint8Array, message: Packed, at: At | undefined, signal: AbortSignal): Promise<boolean> {
    const contact = at === undefined
      ? await this.#ground.find(id, { signal })
      : this.#contacts.intern(id, at.ip, at.port);
    if (contact === null) {
      this.#counts.notFound += 1;
      return false;
    }
    const peer = await this.#ground.introduce(contact, { signal });
    try {
      const taken = await this.#call(peer, message, signal);
      this.#counts[taken ? "sent" : "refused"] += 1;
      return taken;
    } catch (error) {
      if (!(error instanceof RpcError && FAILURES.has(error.code))) throw error;
      this.#ground.forget(contact);
      this.#counts.unanswered += 1;
      return false;
    }
  }

  /** Asks a node to take a message: again and again if it recognises that, and otherwise never twice. */
  async #call({ contact, options, capabilities }: Peer, message: Packed, signal: AbortSignal): Promise<boolean> {
    const { rpc, dht, network } = this.#ground;
    const args = { nodeId: dht.id, message };
    const how = { ...options, repeats: capabilities.has("repeats"), insists: true, signal };
    // Who has asked in the era of storjnode does not read the other's datagrams.
    if (network === "storjnode" || options.era === "rpcudp") {
      return await rpc.request(contact.address, "direct_message", args, { ...how, era: "rpcudp" }) !== null;
    }
    return await rpc.request(contact.address, "message_notify", args, { ...how, era: "storjrpcudp" });
  }
}

/** What says that nobody is there, or nobody who knows messages. */
const FAILURES: ReadonlySet<string> = new Set(["timeout", "refused", "invalid-reply"]);
