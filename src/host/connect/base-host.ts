/**
 * The base of hosts that take time to start and stop: life cycle, mounts, and pending work.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type {
  Clock,
  DatagramMountOptions,
  DatagramProtocol,
  Host,
  PeerInfo,
  Random,
  Stream,
  StreamMountOptions,
  StreamProtocol,
  WaitOptions,
} from "../host.ts";
import { mutex, systemClock, systemRandom, TIME_LIMITS, wait } from "../timing/mod.ts";
import { checkText, StreamMountTable } from "./mounts.ts";

/** What carries the datagrams of a host. */
export interface DatagramMounts {
  /** See `Host.mountDatagrams`. */
  mountDatagrams(path: string, options: DatagramMountOptions): DatagramProtocol;
  /** Unmounts everything. */
  clear(): void;
}

/** What a host has in common with another one that carries some of its streams. */
export interface HostShare {
  /** What is mounted for streams. */
  readonly mounts: StreamMountTable;
  /** The addresses that peers are told. */
  announced(): string[];
}

/** A host without its network. Constructing it opens nothing. */
export abstract class BaseHost implements Host {
  abstract readonly peerId: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What is mounted for streams. */
  protected readonly mounts: StreamMountTable;
  /** What is mounted for datagrams. */
  protected abstract readonly datagrams: DatagramMounts;
  #started = false;
  /** How to give up what is under way. */
  readonly #running = new Set<AbortController>();
  /** Carries out calls of start() and stop() one after the other. */
  readonly #exclusive = mutex();

  constructor(clock: Clock = systemClock, random: Random = systemRandom, share?: HostShare) {
    this.clock = clock;
    this.random = random;
    this.mounts = share?.mounts ?? new StreamMountTable(this);
  }

  /** Begins to listen. If it fails, {@link release} is called. */
  protected abstract open(): Promise<void>;
  /** Ends everything that the system has given this host, with an error for those who still use it. */
  protected abstract release(error: HostError): Promise<void>;
  /** Opens a stream, see `Host.openStream`. `action` is what is done, as the beginning of a message. */
  protected abstract openPath(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<Stream>;
  abstract addresses(): readonly string[];
  abstract connect(peer: PeerInfo, options?: WaitOptions): Promise<PeerInfo>;

  /** Whether the host is started, or starting. */
  protected get started(): boolean {
    return this.#started;
  }

  start(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#started) return;
      this.#started = true;
      try {
        await this.open();
      } catch (error) {
        await this.#release();
        throw error;
      }
    });
  }

  stop(): Promise<void> {
    // A start that waits for others is not waited for.
    this.#giveUp();
    return this.#exclusive(async () => {
      this.datagrams.clear();
      this.mounts.clear();
      await this.#release();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    return this.mounts.mountStreams(path, options);
  }

  mountDatagrams(path: string, options: DatagramMountOptions = {}): DatagramProtocol {
    return this.datagrams.mountDatagrams(path, options);
  }

  async openStream(peer: PeerInfo, path: string, options: WaitOptions = {}): Promise<Stream> {
    checkText(path, "path");
    const action = `Opening "${path}"`;
    this.checkStarted(action);
    return await this.openPath(peer, path, action, options);
  }

  /** @throws HostError `closed` unless the host is started */
  protected checkStarted(action: string): void {
    if (!this.#started) throw new HostError("closed", `${action} failed: the host is not started`);
  }

  /**
   * Does something until it is done, the caller gives up, or the host stops.
   *
   * @param work Gets a signal that fires when it is given up; the reason is a `HostError`
   * @throws HostError `closed`, `aborted`, `timeout`
   */
  protected async run<T>(
    action: string,
    { signal, timeoutMs = TIME_LIMITS.openMs }: WaitOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.checkStarted(action);
    const leaving = new AbortController();
    this.#running.add(leaving);
    try {
      return await wait<T>(this.clock, action, { signal, timeoutMs }, ({ resolve, reject }) => {
        leaving.signal.addEventListener("abort", () => reject(leaving.signal.reason));
        work(leaving.signal).then(resolve, reject);
        return (error) => leaving.abort(error);
      });
    } finally {
      this.#running.delete(leaving);
    }
  }

  async #release(): Promise<void> {
    this.#started = false;
    await this.release(this.#giveUp());
  }

  #giveUp(): HostError {
    const error = new HostError("closed", `The host "${this.peerId}" was stopped`);
    for (const leaving of [...this.#running]) leaving.abort(error);
    return error;
  }
}
