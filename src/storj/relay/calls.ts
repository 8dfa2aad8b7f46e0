/**
 * A node whose NAT lets in only whom it has sent to is asked through others to call: then the way to it is open.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Relayed } from "../../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../../bytes.ts";
import type { WaitOptions } from "../../host/mod.ts";
import { type Contact, ContactCache } from "../../kademlia/mod.ts";
import { type Caller, wireAddress } from "../../rpc/mod.ts";
import type { Ground } from "../ground.ts";
import { Recent } from "../recent.ts";
import type { SignedMessages } from "./signed-messages.ts";

/** How long a call is waited for: it takes the relays, and the other a lookup. */
const CALL_MS = 5000;
/** Whoever has not seen the request cannot know these, so that an old call is of no use. */
const NONCE_BYTES = 16;
/** Calls that are waited for. */
const WAITING_MAX = 256;
/** Who asks is called once within this time; and calls in a second, each of which takes a signature and a lookup. */
const CALL_GAP_MS = 1000;
const ASKERS_MAX = 1024;
const CALLS_PER_S = 5;
const WINDOW_MS = 1000;
const CONTACTS = 64;

/** What {@link Calls} are made of. */
export interface CallsParts {
  readonly ground: Ground;
  readonly signed: SignedMessages;
  /** Puts a message for a node into the queue, which is not to be tried where it is named; false if that is full. */
  readonly put: (named: Contact, message: Packed) => boolean;
}

/** A call that is waited for. */
interface Awaited {
  readonly id: Uint8Array;
  readonly resolve: (contact: Contact | null) => void;
}

/** Asks nodes to call, and calls those who ask. */
export class Calls {
  readonly #parts: CallsParts;
  /** By what the call will contain. */
  readonly #awaited = new Map<string, Awaited>();
  readonly #contacts = new ContactCache(CONTACTS);
  readonly #called: Recent<true>;
  #window = { endMs: -Infinity, calls: 0 };

  constructor(parts: CallsParts) {
    this.#parts = parts;
    const { clock } = parts.ground.host;
    this.#called = new Recent(clock, ASKERS_MAX, CALL_GAP_MS);
  }

  /**
   * Asks a node to call, and returns where it called from; null if it does not. Meanwhile the node is called where it is
   * named: when it has called, its NAT may let that in, though the own one has not let in its call.
   *
   * @throws StorjError `aborted`, `timeout` (5 s without an error), `closed`
   */
  ask(named: Contact, options: WaitOptions): Promise<Contact | null> {
    const { ground: { host: { clock, random }, rpc, dht }, signed, put } = this.#parts;
    const { id } = named;
    return this.#parts.ground.wait<Contact | null>("Waiting for a call", options, (settle) => {
      const nonce = random.bytes(NONCE_BYTES);
      const name = formatHex(nonce);
      const end = () => {
        timer.clear();
        cancel();
        this.#awaited.delete(name);
      };
      const resolve = (contact: Contact | null) => {
        end();
        settle.resolve(contact);
      };
      const timer = clock.setTimer(CALL_MS, () => resolve(null));
      const cancel = rpc.call(named.address, "ping", { nodeId: dht.id }, ({ reply }) => {
        if (reply !== undefined && equalBytes(reply, id)) resolve(named);
      }, { insists: true });
      const isFull = this.#awaited.size >= WAITING_MAX;
      this.#awaited.set(name, { id, resolve });
      if (isFull || !put(named, signed.draft("call", id, nonce, false).sign())) resolve(null);
      return end;
    });
  }

  /** Whether a message of these kinds is worth checking its signature. */
  wants({ kind, content }: Relayed, sender: Uint8Array): boolean {
    if (kind !== "call") {
      const awaited = this.#awaited.get(formatHex(content));
      return awaited !== undefined && equalBytes(awaited.id, sender);
    }
    return content.length === NONCE_BYTES && this.#mayCall(sender);
  }

  /** Takes a message of these kinds whose signature is good. */
  take({ kind, content }: Relayed, signer: Uint8Array, from: Caller): void {
    if (kind === "call") {
      this.#called.set(formatHex(signer), true);
      this.#window.calls += 1;
      void this.#call(signer, content.slice());
      return;
    }
    const { ip, port } = wireAddress(from.address);
    this.#awaited.get(formatHex(content))?.resolve(this.#contacts.intern(signer, ip, port));
  }

  /** Calls a node where it is, or should be: it may be behind a NAT, too, that lets in whom it has looked for. */
  async #call(id: Uint8Array, nonce: Uint8Array): Promise<void> {
    const { ground: { dht, rpc, closing }, signed } = this.#parts;
    let place: Contact | null = null;
    try {
      place = await dht.findContact(id, {
        signal: closing,
        timeoutMs: CALL_MS,
        onProgress: ({ type, contact }) => {
          if ((type === "silent" || type === "late") && equalBytes(contact.id, id)) place = contact;
        },
      }) ?? place;
    } catch {
      // It takes too long, or the node is closed.
    }
    if (place === null || closing.aborted) return;
    const message = signed.draft("called", id, nonce, false).sign();
    const args = { nodeId: dht.id, destination: id, hopLimit: 0, message };
    // Only nodes of ours ask for calls.
    rpc.call(place.address, "relay_message", args, () => {}, { repeats: true });
  }

  #mayCall(asker: Uint8Array): boolean {
    const nowMs = this.#parts.ground.host.clock.now();
    if (nowMs >= this.#window.endMs) this.#window = { endMs: nowMs + WINDOW_MS, calls: 0 };
    return this.#window.calls < CALLS_PER_S && !this.#called.has(formatHex(asker));
  }
}
