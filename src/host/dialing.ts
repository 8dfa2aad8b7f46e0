/**
 * Opening streams to peers that may be at any of several addresses, where each stream is a connection of its own: the
 * caller's half of the opening exchange.
 *
 * @module
 */

import { AddressBook } from "./address-book.ts";
import type { CarriedStream } from "./carried-stream.ts";
import { HostError } from "./error.ts";
import type { Clock, PeerInfo, WaitOptions } from "./host.ts";
import { refusalError } from "./incoming.ts";
import { checkText } from "./mounts.ts";
import { peerOf, readAnswer, writeOpening } from "./opening.ts";
import { wait } from "./wait.ts";

/** How long opening a stream may take unless the caller says otherwise, in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;

/** Where a peer may be. */
export interface DialTarget {
  readonly address: string;
  /**
   * Begins a connection.
   *
   * @throws HostError `unreachable` if that is not even possible
   */
  connect(): CarriedStream;
  /** What an address means here that the answerer says it listens on. */
  reachable(address: string): string;
}

/** What dialing needs of its host. */
export interface DialingHost {
  readonly peerId: string;
  readonly clock: Clock;
  /** Where this host listens, as peers are told. */
  announced(): string[];
  /** Those of some addresses to which this host can connect. */
  targets(addresses: readonly string[]): DialTarget[];
}

/** What is to be opened. */
interface DialPlan {
  /** What is done, as the beginning of a message: `Opening "warpdrive"`. */
  readonly action: string;
  /** Whom to reach. */
  readonly peer: PeerInfo;
  /** The path to open; empty to learn who answers. */
  readonly path: string;
}

/** Opens the streams of one host, and remembers where peers were found. */
export class Dialer {
  readonly book = new AddressBook();
  readonly #host: DialingHost;
  readonly #dialings = new Set<Dialing>();

  constructor(host: DialingHost) {
    this.#host = host;
  }

  /** Opens a stream to the first address where the right peer answers. Throws as `Host.openStream`. */
  async open(plan: DialPlan, { signal, timeoutMs = OPEN_TIMEOUT_MS }: WaitOptions): Promise<CarriedStream> {
    const { peer, action } = plan;
    if (peer.peerId !== "") checkText(peer.peerId, "peer id");
    const dialing = new Dialing(this.#host, plan, this.#host.targets(this.book.addressesOf(peer)));
    this.#dialings.add(dialing);
    try {
      const stream = await wait<CarriedStream>(this.#host.clock, action, { signal, timeoutMs }, (settle) => {
        dialing.run().then(settle.resolve, settle.reject);
        return (error) => dialing.giveUp(error);
      });
      this.book.keep(stream.peerInfo);
      return stream;
    } finally {
      this.#dialings.delete(dialing);
    }
  }

  /** Ends everything under way with an error. */
  giveUp(error: HostError): void {
    for (const dialing of this.#dialings) dialing.giveUp(error);
  }
}

/** One attempt, address by address. */
class Dialing {
  readonly #host: DialingHost;
  readonly #plan: DialPlan;
  readonly #targets: readonly DialTarget[];
  #current: CarriedStream | null = null;
  #error: HostError | null = null;

  constructor(host: DialingHost, plan: DialPlan, targets: readonly DialTarget[]) {
    this.#host = host;
    this.#plan = plan;
    this.#targets = targets;
  }

  /** Tries the addresses in their order, and returns the first stream that the right peer accepts. */
  async run(): Promise<CarriedStream> {
    const { action, peer } = this.#plan;
    const causes: unknown[] = [];
    for (const target of this.#targets) {
      try {
        this.#current = target.connect();
        return await this.#open(this.#current, target);
      } catch (error) {
        this.#current?.abort(error);
        if (this.#error !== null) throw this.#error;
        if (!(error instanceof HostError) || !isAboutAddress(error)) throw error;
        causes.push(error);
      }
    }
    const where = [peer.peerId, ...this.#targets.map(({ address }) => address)].join(" ");
    throw new HostError("unreachable", `${action} failed: nobody who fits answers at "${where}"`, {
      cause: causes.length === 1 ? causes[0] : causes,
    });
  }

  /** Ends the attempt with an error. */
  giveUp(error: HostError): void {
    this.#error = error;
    this.#current?.fail(error);
  }

  async #open(stream: CarriedStream, target: DialTarget): Promise<CarriedStream> {
    const { peer, path } = this.#plan;
    const caller = this.#host.peerId;
    await writeOpening(stream, { caller, target: peer.peerId, path, addresses: this.#host.announced() });
    const answer = await readAnswer(stream);
    if (answer.answer === "other-peer" || (answer.answer === "accepted" && !fits(peer, answer.peerId))) {
      throw new HostError("unreachable", `Not "${peer.peerId}" but "${answer.peerId}" answers`);
    }
    if (answer.answer !== "accepted") throw refusalError(answer, path);
    const others = answer.addresses.map((text) => target.reachable(text));
    stream.peerInfo = peerOf(answer.peerId, [...new Set([target.address, ...others])]);
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
