/**
 * Opens streams to peers at one of several addresses, where each stream is a separate connection: the
 * caller's half of the handshake.
 *
 * @module
 */

import { AddressBook } from "./address-book.ts";
import type { HostStream } from "../streams/mod.ts";
import { OtherPeerError, SILENCE, UnreachedError, withFailures } from "./dial-failure.ts";
import { HostError } from "../error.ts";
import { firstOf, pause, STAGGER_MS, TIME_LIMITS, wait } from "../timing/mod.ts";
import type { Clock, PeerInfo, WaitOptions } from "../host.ts";
import { checkText } from "./mounts.ts";
import { peerOf, requestStream } from "./handshake.ts";

/** Where a peer may be. */
export interface DialTarget {
  readonly address: string;
  /**
   * Begins a connection. Where peers prove who they are, nothing is written to anybody but the one with this id, unless
   * it is empty, and the stream's peer has the proven id then.
   *
   * @throws HostError `unreachable` if that is not even possible
   */
  connect(peerId: string): HostStream;
  /** What an address means here that the answerer says it listens on. */
  reachable(address: string): string;
}

/** What dialing needs of its host. */
export interface DialingHost {
  readonly peerId: string;
  readonly clock: Clock;
  /** Where this host listens, as announced to peers. */
  announced(): string[];
  /** Those of some addresses to which this host can connect. */
  targets(addresses: readonly string[]): DialTarget[];
}

/** What is to be opened. */
interface DialPlan {
  /** What is done, as the beginning of a message: `Opening "warpdrive"`. */
  readonly action: string;
  /** The peer to reach. */
  readonly peer: PeerInfo;
  /** The path to open; empty to learn who answers. */
  readonly path: string;
}

/** Opens the streams of one host, and remembers where peers were found. */
export class Dialer {
  readonly book: AddressBook = new AddressBook();
  readonly #host: DialingHost;
  readonly #dialings = new Set<Dialing>();

  constructor(host: DialingHost) {
    this.#host = host;
  }

  /** Opens a stream to the first address where the right peer answers. Throws as `Host.openStream`. */
  async open(plan: DialPlan, { signal, timeoutMs = TIME_LIMITS.openMs }: WaitOptions): Promise<HostStream> {
    const { peer, action } = plan;
    if (peer.peerId !== "") checkText(peer.peerId, "peer id");
    const dialing = new Dialing(this.#host, plan, this.#host.targets(this.book.addressesOf(peer)));
    this.#dialings.add(dialing);
    try {
      const stream = await wait<HostStream>(this.#host.clock, action, { signal, timeoutMs }, (settle) => {
        dialing.run().then(settle.resolve, settle.reject);
        return (error) => dialing.giveUp(error);
      });
      this.book.keep(stream.peerInfo);
      return stream;
    } catch (error) {
      throw withFailures(error, dialing.failures());
    } finally {
      this.#dialings.delete(dialing);
    }
  }

  /** Ends everything under way with an error. */
  giveUp(error: HostError): void {
    for (const dialing of this.#dialings) dialing.giveUp(error);
  }
}

/**
 * One search for a peer. The path is asked for at one address at a time: a program that takes its time must not be
 * asked twice. Where that is silent, the addresses are asked side by side who is there, which hosts answer by
 * themselves.
 */
class Dialing {
  readonly #host: DialingHost;
  readonly #plan: DialPlan;
  readonly #targets: readonly DialTarget[];
  readonly #streams = new Set<HostStream>();
  readonly #over = new AbortController();
  /** What happened at the addresses that were tried; `undefined` while nothing has. */
  readonly #outcomes = new Map<DialTarget, unknown>();
  #error: HostError | null = null;

  constructor(host: DialingHost, plan: DialPlan, targets: readonly DialTarget[]) {
    this.#host = host;
    this.#plan = plan;
    this.#targets = targets;
  }

  /** Tries the addresses, and returns the first stream that the right peer accepts. */
  async run(): Promise<HostStream> {
    const { action, peer } = this.#plan;
    if (this.#targets.length === 0) {
      const whom = peer.peerId === "" ? "" : ` of "${peer.peerId}"`;
      throw new HostError("unreachable", `${action} failed: no address is known${whom}`);
    }
    try {
      return await this.#reach(this.#targets);
    } finally {
      this.#over.abort();
    }
  }

  /** Ends the search with an error. */
  giveUp(error: HostError): void {
    this.#error = error;
    this.#over.abort(error);
    for (const stream of this.#streams) stream.fail(error);
  }

  /** What happened at each address that was tried; nothing is silence. */
  failures(): { readonly address: string; readonly error: unknown }[] {
    return [...this.#outcomes].map(([{ address }, error = SILENCE]) => ({ address, error }));
  }

  /** Opens the path at the first of some addresses, or where else the peer is found first. */
  async #reach([first, ...others]: readonly DialTarget[]): Promise<HostStream> {
    const switching = new AbortController();
    const direct = this.#open(first, this.#plan.path, switching.signal);
    const outcome = await this.#directOrElsewhere(direct, first, others);
    if ("stream" in outcome) return outcome.stream;
    if ("found" in outcome) {
      switching.abort();
      return await this.#reach([outcome.found, ...others.filter((each) => each !== outcome.found)]);
    }
    const { error } = outcome;
    if (this.#error !== null) throw this.#error;
    if (!(error instanceof HostError) || !isAboutAddress(error)) throw error;
    if (others.length === 0) throw new UnreachedError(this.#plan.action, this.failures());
    return await this.#reach(others);
  }

  async #directOrElsewhere(direct: Promise<HostStream>, first: DialTarget, others: readonly DialTarget[]) {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#over.signal]);
    const waiting = [direct.then((stream) => ({ stream }), (error: unknown) => ({ error }))];
    const looking = others.length === 0 ? [] : [this.#elsewhere(first, others, signal)];
    try {
      return await Promise.race([...waiting, ...looking]);
    } finally {
      done.abort();
    }
  }

  /**
   * Where else than at a silent address the peer answers first, unless it does so there, too, while others are asked.
   * Stays open when that is nowhere.
   */
  async #elsewhere(
    silent: DialTarget,
    others: readonly DialTarget[],
    signal: AbortSignal,
  ): Promise<{ found: DialTarget }> {
    const { clock } = this.#host;
    const ask = async (target: DialTarget, signal: AbortSignal) => {
      void (await this.#open(target, "", signal)).close();
      return target;
    };
    const moment = () => pause(clock, STAGGER_MS, signal).catch(() => {});
    await moment();
    const isThere = Promise.race([ask(silent, signal).then(() => true, () => false), moment().then(() => false)]);
    const first = await firstOf(others, { clock, signal, attempt: ask, discard: () => {} });
    if ("value" in first && !await isThere) return { found: first.value };
    return await new Promise<never>(() => {});
  }

  /** Opens a path at an address; the signal gives it up. */
  async #open(target: DialTarget, path: string, signal: AbortSignal): Promise<HostStream> {
    let stream: HostStream | undefined;
    const onAbort = () => stream?.abort();
    try {
      if (this.#error !== null) throw this.#error;
      signal.throwIfAborted();
      if (!this.#outcomes.has(target)) this.#outcomes.set(target, undefined);
      stream = target.connect(this.#plan.peer.peerId);
      this.#streams.add(stream);
      signal.addEventListener("abort", onAbort);
      return await this.#exchange(stream, target, path);
    } catch (error) {
      stream?.abort(error);
      if (!signal.aborted) this.#outcomes.set(target, error);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (stream !== undefined) this.#streams.delete(stream);
    }
  }

  async #exchange(stream: HostStream, target: DialTarget, path: string): Promise<HostStream> {
    const { peer } = this.#plan;
    const caller = this.#host.peerId;
    const opening = { caller, target: peer.peerId, path, addresses: this.#host.announced() };
    const { peerId: claimed, addresses } = await requestStream(stream, opening);
    const peerId = stream.peerInfo.peerId || claimed;
    if (!fits(peer, peerId)) throw new OtherPeerError(peer.peerId, peerId);
    const others = addresses.map((text) => target.reachable(text));
    stream.peerInfo = peerOf(peerId, [...new Set([target.address, ...others])]);
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
