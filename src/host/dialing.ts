/**
 * Opening a stream to a peer that may be at any of several addresses.
 *
 * @module
 */

import type { CarriedStream } from "./carried-stream.ts";
import { HostError } from "./error.ts";
import type { PeerInfo } from "./host.ts";
import { refusalError } from "./incoming.ts";
import { peerOf, readAnswer, writeOpening } from "./opening.ts";
import { formatSocketAddress, reachableAddress, type SocketAddress } from "./socket-address.ts";

/** What is to be opened, and how. */
export interface DialPlan {
  /** What is done, as the beginning of a message: `Opening "warpdrive"`. */
  readonly action: string;
  /** Whom to reach. */
  readonly peer: PeerInfo;
  /** The path to open; empty to learn who answers. */
  readonly path: string;
  /** Who calls, and where it listens. */
  readonly caller: { readonly peerId: string; readonly addresses: string[] };
  /** Where to look for the peer. */
  readonly addresses: readonly SocketAddress[];
  /** Begins a connection. */
  connect(address: SocketAddress): CarriedStream;
}

/** One attempt, address by address. */
export class Dialing {
  readonly #plan: DialPlan;
  #current: CarriedStream | null = null;
  #error: HostError | null = null;

  constructor(plan: DialPlan) {
    this.#plan = plan;
  }

  /** Tries the addresses in their order, and returns the first stream that the right peer accepts. */
  async run(): Promise<CarriedStream> {
    const { action, peer, addresses } = this.#plan;
    const causes: unknown[] = [];
    for (const address of addresses) {
      const stream = this.#current = this.#plan.connect(address);
      try {
        return await this.#open(stream, address);
      } catch (error) {
        stream.abort(error);
        if (this.#error !== null) throw this.#error;
        if (!(error instanceof HostError) || !isAboutAddress(error)) throw error;
        causes.push(error);
      }
    }
    const where = [peer.peerId, ...addresses.map(formatSocketAddress)].join(" ");
    throw new HostError("unreachable", `${action} failed: nobody who fits answers at "${where}"`, {
      cause: causes.length === 1 ? causes[0] : causes,
    });
  }

  /** Ends the attempt with an error. */
  giveUp(error: HostError): void {
    this.#error = error;
    this.#current?.fail(error);
  }

  /** The caller's half of the opening exchange. */
  async #open(stream: CarriedStream, address: SocketAddress): Promise<CarriedStream> {
    const { peer, path, caller } = this.#plan;
    await writeOpening(stream, { caller: caller.peerId, target: peer.peerId, path, addresses: caller.addresses });
    const answer = await readAnswer(stream);
    if (answer.answer === "other-peer" || (answer.answer === "accepted" && !fits(peer, answer.peerId))) {
      throw new HostError("unreachable", `Not "${peer.peerId}" but "${answer.peerId}" answers`);
    }
    if (answer.answer !== "accepted") throw refusalError(answer, path);
    const machine = address.kind === "unix" ? undefined : address.host;
    const others = answer.addresses.map((text) => reachableAddress(text, machine));
    stream.peerInfo = peerOf(answer.peerId, [...new Set([formatSocketAddress(address), ...others])]);
    return stream;
  }
}

function fits(peer: PeerInfo, answerer: string): boolean {
  return peer.peerId === "" ? answerer !== "" : peer.peerId === answerer;
}

/** Whether the peer may still be found at another address. */
function isAboutAddress({ code }: HostError): boolean {
  return code === "unreachable" || code === "reset" || code === "protocol" || code === "closed";
}
