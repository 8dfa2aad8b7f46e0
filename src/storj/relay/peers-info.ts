/**
 * What nodes tell about themselves when they are asked through others: what they are, and whom they know.
 *
 * Questions are signed messages with the token `signal`, answers those with `info` and `peers`, as of storjnode. Such an
 * answer names neither its question nor whom it is for: an old one can be shown again by everybody who has it.
 *
 * @module
 */

import * as os from "node:os";
import { CodecError, formatHex } from "../../../codec/mod.ts";
import {
  type Envelope,
  type MessageBody,
  messageBody,
  type NodeInfo,
  type SignalName,
} from "../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../bytes.ts";
import type { Clock, WaitOptions } from "../../host/mod.ts";
import { VALUE_LIMITS } from "../../kademlia/mod.ts";
import { addressOf, wireAddress } from "../../rpc/mod.ts";
import { type At, WALK_TIMEOUT_MS } from "../api.ts";
import { StorjError } from "../error.ts";
import type { Ground } from "../ground.ts";
import { Recent } from "../recent.ts";
import type { Attempt, Repeats } from "./repeat-relay.ts";
import type { Draft, SignedMessages } from "./signed-messages.ts";

/** The version that nodes tell. */
export const INFO_VERSION = "0.1.0";
/** Contacts that are named. */
const PEERS_MAX = 20;
/** Each text that tells of the machine is cut after so many characters: the whole must fit into a message. */
const TEXT_CHARS_MAX = 48;
/** A node that asks is answered once within this time: its questions can be sent again by others. */
const ANSWER_GAP_MS = 4000;
/** Nodes that asked lately; and answers in a second, each of which takes a signature. */
const ASKERS_MAX = 1024;
const ANSWERS_PER_S = 5;
const WINDOW_MS = 1000;

/** The answer to each question. */
const ANSWERS = { request_info: "info", request_peers: "peers" } as const;
type Answer = MessageBody & { readonly token: "info" | "peers" };

/** What {@link PeersInfo} is made of. */
export interface PeersInfoParts {
  readonly ground: Ground;
  readonly signed: SignedMessages;
  readonly repeats: Repeats;
  /** Whether questions are answered. */
  readonly answers: boolean;
  /** Where others have seen this node last. */
  readonly seenAt: () => At | null;
  /** Puts a question into the queue; false if that is full. */
  readonly ask: (destination: Uint8Array, draft: Draft, attempt: Attempt) => boolean;
  /** Puts an answer into the queue; it is lost if that is full. */
  readonly answer: (destination: Uint8Array, draft: Draft) => void;
}

/** Asks, and answers. */
export class PeersInfo {
  readonly #parts: PeersInfoParts;
  readonly #clock: Clock;
  /** Who waits for an answer, by the name of the question. */
  readonly #waiting = new Map<string, Set<(answer: Answer) => void>>();
  readonly #answered: Recent<true>;
  #window = { endMs: -Infinity, answers: 0 };

  constructor(parts: PeersInfoParts) {
    this.#parts = parts;
    this.#clock = parts.ground.host.clock;
    this.#answered = new Recent(this.#clock, ASKERS_MAX, ANSWER_GAP_MS);
  }

  /** See `StorjNode.requestInfo`. */
  async info(id: Uint8Array, options: WaitOptions): Promise<NodeInfo> {
    if (this.#isOwn(id)) return this.#ownInfo();
    const answer = await this.#ask(id, "request_info", options);
    return (answer as Answer & { readonly token: "info" }).info;
  }

  /** See `StorjNode.requestPeers`. */
  async peers(id: Uint8Array, options: WaitOptions): Promise<Uint8Array[]> {
    if (this.#isOwn(id)) return this.#ownPeers();
    const answer = await this.#ask(id, "request_peers", options);
    return (answer as Answer & { readonly token: "peers" }).peers.map((peer) => peer.slice());
  }

  /** Whether a message of these kinds is worth checking its signature. */
  wants(token: MessageBody["token"], envelope: Envelope): boolean {
    if (token !== "signal") return this.#waiting.has(waitName(envelope.sender, token));
    const name = signalIn(envelope);
    return name !== null && this.#parts.answers && this.#mayAnswer(waitName(envelope.sender, ANSWERS[name]));
  }

  /** Takes a message of these kinds whose signature is good. */
  take(envelope: Envelope): void {
    const body = bodyOf(envelope);
    if (body === null) return;
    if (body.token !== "signal") return this.#came(waitName(envelope.sender, body.token), body);
    const token = ANSWERS[body.name as SignalName];
    this.#answered.set(waitName(envelope.sender, token), true);
    this.#window.answers += 1;
    const answer: Answer = token === "info" ? { token, info: this.#ownInfo() } : { token, peers: this.#ownPeers() };
    const sender = envelope.sender.slice();
    this.#parts.answer(sender, this.#parts.signed.draftBody(sender, answer));
  }

  #ask(id: Uint8Array, name: SignalName, options: WaitOptions): Promise<Answer> {
    const { signed, repeats, ask } = this.#parts;
    const waitFor = waitName(id, ANSWERS[name]);
    return this.#parts.ground.wait<Answer>(
      `Asking ${formatHex(id)}`,
      { timeoutMs: WALK_TIMEOUT_MS, ...options },
      ({ resolve, reject }) => {
        const waiting = this.#waiting.get(waitFor) ?? new Set();
        const draft = signed.draftBody(id, { token: "signal", name });
        const sends = waiting.size > 0 || repeats.start(waitFor, (attempt) => ask(id, draft, attempt), () => {});
        if (!sends) {
          reject(new StorjError("busy", "Cannot ask: too many messages wait to be sent"));
          return () => {};
        }
        waiting.add(resolve);
        this.#waiting.set(waitFor, waiting);
        return () => {
          waiting.delete(resolve);
          if (waiting.size > 0) return;
          this.#waiting.delete(waitFor);
          repeats.cancel(waitFor);
        };
      },
    );
  }

  #came(waitFor: string, answer: Answer): void {
    const waiting = this.#waiting.get(waitFor);
    this.#waiting.delete(waitFor);
    this.#parts.repeats.confirm(waitFor);
    for (const resolve of waiting ?? []) resolve(answer);
  }

  #mayAnswer(asker: string): boolean {
    const nowMs = this.#clock.now();
    if (nowMs >= this.#window.endMs) this.#window = { endMs: nowMs + WINDOW_MS, answers: 0 };
    return this.#window.answers < ANSWERS_PER_S && !this.#answered.has(asker);
  }

  #isOwn(id: Uint8Array): boolean {
    return equalBytes(id, this.#parts.ground.dht.id);
  }

  #ownPeers(): Uint8Array[] {
    const { dht } = this.#parts.ground;
    return dht.closest(dht.id, PEERS_MAX).map(({ id }) => id.slice());
  }

  #ownInfo(): NodeInfo {
    const { dht, host } = this.#parts.ground;
    const { bytes } = dht.stats().values;
    const total = Math.max(VALUE_LIMITS.bytesMax, bytes);
    const own = host.addresses();
    const transport = this.#parts.seenAt() ?? wireAddress(own[0] ?? "");
    const seen = addressOf(transport.ip, transport.port);
    return {
      version: INFO_VERSION,
      storage: { total, used: bytes, free: total - bytes },
      network: {
        transport: seen === null ? { ip: "0.0.0.0", port: 0 } : transport,
        unl: "",
        isPublic: seen !== null && own.includes(seen),
      },
      platform: {
        system: short(os.type()),
        release: short(os.release()),
        version: short(os.version()),
        machine: short(os.machine()),
      },
    };
  }
}

function waitName(id: Uint8Array, token: Answer["token"]): string {
  return `${formatHex(id)} ${token}`;
}

function short(text: string): string {
  return text.slice(0, TEXT_CHARS_MAX);
}

function signalIn(envelope: Envelope): SignalName | null {
  const body = bodyOf(envelope);
  return body?.token === "signal" && Object.hasOwn(ANSWERS, body.name) ? body.name as SignalName : null;
}

/** What an envelope says, or null if it is not what its token says. */
function bodyOf(envelope: Envelope): MessageBody | null {
  try {
    return messageBody(envelope) ?? null;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
