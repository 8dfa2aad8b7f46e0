/**
 * Messages that other nodes pass on: sent, passed on and received by the rules of storjnode.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { formatHex } from "../../../codec/mod.ts";
import { Packed } from "../../../codec/msgpack/mod.ts";
import {
  type Address,
  type NodeInfo,
  RELAY_HOPS_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  type RpcArgs,
} from "../../../codec/protocols/storj/mod.ts";
import { equalBytes, joinBytes } from "../../bytes.ts";
import type { WaitOptions } from "../../host/mod.ts";
import { seal } from "../../identity/mod.ts";
import type { Contact } from "../../kademlia/mod.ts";
import { type Caller, wireAddress } from "../../rpc/mod.ts";
import { QUERY_TIMEOUT_MS, type RelayOptions, type ValueLike } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground } from "../ground.ts";
import type { Inbox } from "../messages/mod.ts";
import type { RelayStats } from "../stats.ts";
import { packedValue, readable } from "../values.ts";
import { Arrivals } from "./arrivals.ts";
import { Calls } from "./calls.ts";
import { isNearer, NextHops } from "./next-hops.ts";
import { PeersInfo } from "./peers-info.ts";
import { Recent } from "../recent.ts";
import { type Passing, RelayQueue } from "./relay-queue.ts";
import { type Attempt, Repeats } from "./repeat-relay.ts";
import { SealingKeys } from "./sealing-keys.ts";
import { type Draft, SignedMessages } from "./signed-messages.ts";

/**
 * So long a message that was passed on is not passed on again: shorter than the longest pause of those who send it again,
 * longer than it takes to try several nodes.
 */
const CARRIED_MS = 100_000;
const CARRIED_MAX = 8192;
/** From the next attempt on, the destination is looked for before the message is passed on. */
const ATTEMPTS_WITHOUT_LOOKUP = 2;
/** Own messages that are sent again until they are confirmed. */
const REPEATED_MAX = 1024;

/** What only some nodes do. */
export interface RelayServices {
  /** Whether `request_info` and `request_peers` of others are answered. */
  readonly answerRequests?: boolean | undefined;
}

/** How an own message is passed on. */
type How = Pick<Passing, "find" | "taken">;

/** Relays the messages of a node and those of others. */
export class Relay {
  readonly #ground: Ground;
  readonly #inbox: Inbox;
  readonly #hops: NextHops;
  readonly #queue: RelayQueue;
  readonly #signed: SignedMessages;
  readonly #repeats: Repeats;
  readonly #info: PeersInfo;
  readonly #calls: Calls;
  readonly #arrivals: Arrivals;
  readonly #sealingKeys: SealingKeys;
  readonly #carried: Recent<true>;
  readonly #unhandle: () => void;
  readonly #counts = { sent: 0, carried: 0, carriedBefore: 0, declined: 0, passed: 0, stuck: 0 };
  #closed = false;
  #closing: Promise<void> | null = null;

  constructor(ground: Ground, inbox: Inbox, { answerRequests = false }: RelayServices = {}) {
    const { host: { clock }, limits, rpc } = ground;
    this.#ground = ground;
    this.#inbox = inbox;
    this.#hops = new NextHops(ground);
    this.#queue = new RelayQueue(limits.relaying, (passing) => this.#hops.pass(passing));
    const signed = this.#signed = new SignedMessages(ground);
    const repeats = this.#repeats = new Repeats(clock, REPEATED_MAX);
    const info = this.#info = new PeersInfo({
      ground,
      signed,
      repeats,
      answers: answerRequests,
      seenAt: () => this.#hops.seenAt,
      ask: (destination, draft, attempt) => this.#putAgain(destination, draft, attempt),
      answer: (destination, draft) => this.#answer(destination, draft),
    });
    const calls = this.#calls = new Calls({
      ground,
      signed,
      put: (named, message) => this.#put(named.id, message, { taken: new Set([named.address]) }),
    });
    this.#arrivals = new Arrivals({
      ground,
      inbox,
      signed,
      repeats,
      info,
      calls,
      confirm: (sender, digest, taken) => this.#answer(sender, signed.draft("seen", sender, digest, false), taken),
    });
    this.#sealingKeys = new SealingKeys(ground);
    this.#carried = new Recent(clock, CARRIED_MAX, CARRIED_MS);
    this.#unhandle = rpc.handle({ relay_message: (args, from) => this.#called(args, from) });
  }

  /** See `StorjNode.relayMessage`. */
  async send(id: Uint8Array, message: ValueLike, options: RelayOptions = {}): Promise<boolean> {
    if (this.#closed) throw new StorjError("closed", "The node is closed");
    const { sealed = false, repeat = false, signed = sealed || repeat, ...wait } = options;
    if (wait.signal?.aborted) {
      throw new StorjError("aborted", "Relaying a message was given up", { cause: wait.signal.reason });
    }
    const packed = packedValue("a message", message, RELAY_MESSAGE_BYTES_MAX);
    if (!signed && (sealed || repeat)) {
      throw new StorjError("invalid-message", "Cannot seal or repeat a message that is not signed");
    }
    const isOwn = equalBytes(id, this.#ground.dht.id);
    if (isOwn) readable(packed);
    if (!signed) return isOwn ? this.#inbox.relayed(null, packed) : this.#put(id, packed);
    const content = sealed && !isOwn ? await this.#seal(id, packed, wait) : packed.bytes;
    const draft = this.#signed.draft(sealed ? "sealed" : "message", id, content, repeat);
    const first = draft.sign();
    if (isOwn) return this.#inbox.relayed(this.#ground.dht.id, packed);
    return repeat ? this.#putRepeatedly(id, draft, message) : this.#put(id, first);
  }

  /** See `StorjNode.requestInfo`. */
  requestInfo(id: Uint8Array, options: WaitOptions = {}): Promise<NodeInfo> {
    return this.#info.info(id, options);
  }

  /** See `StorjNode.requestPeers`. */
  requestPeers(id: Uint8Array, options: WaitOptions = {}): Promise<Uint8Array[]> {
    return this.#info.peers(id, options);
  }

  /**
   * Asks a node that cannot be reached where it is named to call, and returns where it is reached then; null if it does not
   * call within 5 s.
   *
   * @throws StorjError `aborted`, `timeout`, `closed`
   */
  askToCall(named: Contact, options: WaitOptions = {}): Promise<Contact | null> {
    return this.#calls.ask(named, options);
  }

  /** Figures. */
  stats(): RelayStats {
    return {
      queued: this.#queue.size,
      unconfirmed: this.#repeats.size,
      ...this.#counts,
      ...this.#arrivals.counts,
      checked: this.#signed.checked,
    };
  }

  /** Takes nothing any more, and ends when the own messages in the queue are passed on, or soon after. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#unhandle();
    this.#sealingKeys.close();
    this.#repeats.close();
    await this.#ownPassed();
    this.#queue.close();
  }

  #ownPassed(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ground.host.clock.setTimer(QUERY_TIMEOUT_MS, resolve);
      this.#queue.whenOwnPassed(() => {
        timer.clear();
        resolve();
      });
    });
  }

  /** Answers `relay_message` under both names: where the caller is if the message is taken. */
  #called({ nodeId, destination, hopLimit, message }: RpcArgs<"relay_message">, from: Caller): Address | null {
    const { id } = this.#ground.dht;
    const isTaken = equalBytes(destination, id)
      ? this.#arrivals.take(message, from)
      // The id of the caller is a claim. Whatever it says, the message only goes to nodes nearer than this one.
      : hopLimit > 0 && hopLimit <= RELAY_HOPS_MAX && isNearer(destination, id, nodeId) &&
        this.#carry({ nodeId, destination, hopLimit, message }, from);
    if (isTaken) return wireAddress(from.address);
    this.#counts.declined += 1;
    return null;
  }

  #carry({ nodeId, destination, hopLimit, message }: RpcArgs<"relay_message">, from: Caller): boolean {
    const name = formatHex(sha256(joinBytes([destination, message.bytes])));
    if (this.#carried.has(name)) {
      this.#counts.carriedBefore += 1;
      return true;
    }
    const passing = {
      destination: destination.slice(),
      hopLimit: hopLimit - 1,
      message: new Packed(message.bytes.slice()),
      done: (taken: boolean) => {
        this.#passed(taken);
        // It may come again, and then somebody may take it.
        if (!taken) this.#carried.delete(name);
      },
    };
    // Behind a NAT, or beside somebody who is, the nearest node may know nobody nearer, and others do.
    if (!this.#hops.leadOn(passing) && this.#hops.isOurs(nodeId, from.address)) return false;
    if (!this.#queue.addOther(passing, from)) return false;
    this.#counts.carried += 1;
    this.#carried.set(name, true);
    return true;
  }

  /** Puts an own message into the queue. */
  #put(destination: Uint8Array, message: Packed, { find = "last", taken = null }: How = {}): boolean {
    const done = (isTaken: boolean) => this.#passed(isTaken);
    const isQueued = this.#queue.addOwn({ destination, hopLimit: RELAY_HOPS_MAX, message, find, taken, done });
    if (isQueued) this.#counts.sent += 1;
    return isQueued;
  }

  #putAgain(destination: Uint8Array, draft: Draft, attempt: Attempt): boolean {
    const find = attempt.count > ATTEMPTS_WITHOUT_LOOKUP ? "first" : "last";
    return this.#put(destination, draft.sign(), { find, taken: attempt.taken });
  }

  #putRepeatedly(id: Uint8Array, draft: Draft, message: ValueLike): boolean {
    const to = formatHex(id);
    const send = (attempt: Attempt) => this.#putAgain(id, draft, attempt);
    return this.#repeats.start(draft.name, send, (confirmed) => {
      this.#ground.tell({ type: confirmed ? "relayed-confirmed" : "relayed-unconfirmed", to, message });
    });
  }

  /** Puts what others have asked for into the queue: it has places of its own there, so that own messages keep theirs. */
  #answer(destination: Uint8Array, draft: Draft, taken: Set<string> | null = null): void {
    if (this.#closed) return;
    const done = (isTaken: boolean) => this.#passed(isTaken);
    this.#queue.addOther({ destination, hopLimit: RELAY_HOPS_MAX, message: draft.sign(), taken, done }, null);
  }

  #passed(taken: boolean): void {
    this.#counts[taken ? "passed" : "stuck"] += 1;
  }

  async #seal(id: Uint8Array, { bytes }: Packed, options: WaitOptions): Promise<Uint8Array> {
    const key = await this.#sealingKeys.of(id, options);
    if (key === null) {
      throw new StorjError("not-found", `Cannot seal a message for ${formatHex(id)}: it has published no sealing key`);
    }
    const { identity, host: { random } } = this.#ground;
    return seal(identity, key, bytes, { random: (count) => random.bytes(count) });
  }
}
