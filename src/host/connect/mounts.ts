/**
 * The protocols mounted on a host: every host keeps them in a table like this one.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type {
  Clock,
  Datagram,
  DatagramMountOptions,
  DatagramProtocol,
  IncomingStream,
  PeerInfo,
  Stream,
  StreamMountOptions,
  StreamProtocol,
  WaitOptions,
} from "../host.ts";
import type { StreamRequest } from "./stream-request.ts";
import { AsyncQueue } from "../streams/mod.ts";

/** The largest path in bytes, so that one byte can hold its length. */
export const PATH_BYTES_MAX = 255;
/** The default of `backlogMax`: what operating systems have as backlog of a listening socket. */
const BACKLOG_MAX = 128;
/** The default of `queueBytesMax`. */
const QUEUE_BYTES_MAX = 1024 * 1024;
/** What a datagram costs in the queue beyond its bytes, so that empty ones are bounded too. */
const DATAGRAM_COST_BYTES = 64;

const UTF8 = new TextEncoder();

/** What protocols mounted for streams need of their host. */
export interface StreamMountHost {
  readonly clock: Clock;
  openStream(peer: PeerInfo, path: string, options?: WaitOptions): Promise<Stream>;
}

/** What protocols mounted for datagrams need of their host. */
export interface DatagramMountHost {
  readonly clock: Clock;
  /** The largest datagram of a path in bytes. */
  datagramBytesMax(path: string, options: DatagramMountOptions): number;
  /** Sends a datagram that is not too large. */
  sendDatagram(mount: MountedDatagrams, bytes: Uint8Array, peer: PeerInfo): Promise<void>;
}

/** The protocols that one host has mounted for streams. */
export class StreamMountTable {
  readonly #host: StreamMountHost;
  readonly #streams = new Map<string, MountedStreams>();

  constructor(host: StreamMountHost) {
    this.#host = host;
  }

  /** See `Host.mountStreams`. `unmounted` is called once, when the path is mounted no more. */
  mountStreams(path: string, options: StreamMountOptions, unmounted: () => void = () => {}): StreamProtocol {
    checkFree(this.#streams, path);
    const mount = new MountedStreams(this.#host, path, options, () => {
      this.#streams.delete(path);
      unmounted();
    });
    this.#streams.set(path, mount);
    return mount;
  }

  /** The paths that are mounted. */
  paths(): readonly string[] {
    return [...this.#streams.keys()];
  }

  /** The mounted path that a query of an astral node is for: all of it, or what is before its arguments. */
  pathOf(query: string): string | null {
    if (this.#streams.has(query)) return query;
    const [path] = query.split("?", 1);
    return this.#streams.has(path) ? path : null;
  }

  /** Gives a request to the protocol mounted under a path, by default the one it asks for, or refuses it. */
  request(request: StreamRequest, path: string | null = request.path): void {
    const mount = path === null ? undefined : this.#streams.get(path);
    if (mount === undefined) request.refuse({ answer: "unknown-protocol" });
    else mount.request(request);
  }

  /** Unmounts everything. */
  clear(): void {
    for (const mount of [...this.#streams.values()]) mount.unmount();
  }
}

/** The protocols that one host has mounted for datagrams. */
export class DatagramMountTable {
  readonly #host: DatagramMountHost;
  /** No table by path: most hosts have one path, and thousands of hosts may be in one process. */
  #datagrams: readonly MountedDatagrams[] = [];

  constructor(host: DatagramMountHost) {
    this.#host = host;
  }

  /** See `Host.mountDatagrams`. */
  mountDatagrams(path: string, options: DatagramMountOptions): MountedDatagrams {
    checkFree({ has: (path) => this.at(path) !== undefined }, path);
    const mount: MountedDatagrams = new MountedDatagrams(this.#host, path, options, () => {
      this.#datagrams = this.#datagrams.filter((other) => other !== mount);
    });
    // Pushing would make room for sixteen more.
    this.#datagrams = this.#datagrams.concat([mount]);
    return mount;
  }

  /** The protocol mounted for datagrams under a path. */
  at(path: string): MountedDatagrams | undefined {
    for (const mount of this.#datagrams) if (mount.path === path) return mount;
    return undefined;
  }

  /** The path mounted for datagrams whose packets have no header, where it is the only one. */
  raw(): MountedDatagrams | undefined {
    const [first] = this.#datagrams;
    return first?.raw === true ? first : undefined;
  }

  /** How many paths are mounted for datagrams. */
  get size(): number {
    return this.#datagrams.length;
  }

  /** Unmounts everything. */
  clear(): void {
    for (const mount of [...this.#datagrams]) mount.unmount();
  }
}

/** @throws HostError `mounted`; RangeError for a path that is none */
export function checkFree(table: Pick<ReadonlyMap<string, unknown>, "has">, path: string): void {
  checkText(path, "path");
  if (table.has(path)) throw new HostError("mounted", `Cannot mount "${path}": it is mounted already`);
}

/** @throws RangeError for a path or peer id that is empty, is longer than a byte can say, or has a lone surrogate */
export function checkText(text: string, what: "path" | "peer id"): void {
  if (!text.isWellFormed()) throw new RangeError(`Cannot use a ${what} with a lone surrogate`);
  const { length } = UTF8.encode(text);
  if (length >= 1 && length <= PATH_BYTES_MAX) return;
  throw new RangeError(`Cannot use a ${what} of ${length} bytes: it has 1 to ${PATH_BYTES_MAX}`);
}

class MountedStreams implements StreamProtocol {
  readonly path: string;
  readonly #host: StreamMountHost;
  readonly #backlogMax: number;
  readonly #remove: () => void;
  readonly #requests: AsyncQueue<StreamRequest>;
  #mounted = true;

  constructor(host: StreamMountHost, path: string, options: StreamMountOptions, remove: () => void) {
    this.#host = host;
    this.path = path;
    this.#backlogMax = options.backlogMax ?? BACKLOG_MAX;
    this.#remove = remove;
    this.#requests = new AsyncQueue(host.clock, `Accepting "${path}"`, () => 1);
  }

  request(request: StreamRequest): void {
    if (!this.#requests.awaited && this.#requests.cost >= this.#backlogMax) {
      request.refuse({ answer: "busy" });
      return;
    }
    request.whenLeft = () => this.#requests.withdraw(request);
    this.#requests.put(request);
  }

  async acceptStream(options: WaitOptions = {}): Promise<Stream> {
    const { clock } = this.#host;
    const { signal, timeoutMs = Infinity } = options;
    const start = clock.now();
    for (;;) {
      const leftMs = Math.max(0, timeoutMs - (clock.now() - start));
      const incoming = await this.nextIncoming({ signal, timeoutMs: leftMs });
      try {
        return await incoming.accept();
      } catch (error) {
        // The peer left in this very moment: on to the next one.
        if (!(error instanceof HostError)) throw error;
      }
    }
  }

  nextIncoming(options: WaitOptions = {}): Promise<IncomingStream> {
    return this.#requests.next(options);
  }

  openStream(peer: PeerInfo, options?: WaitOptions): Promise<Stream> {
    return this.#host.openStream(peer, this.path, options);
  }

  unmount(): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    this.#remove();
    for (const request of this.#requests.close(unmountedError(this.path))) {
      request.refuse({ answer: "unknown-protocol" });
    }
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  [Symbol.asyncIterator](): AsyncIterator<IncomingStream> {
    return untilClosed(() => this.nextIncoming());
  }
}

/** A path mounted for datagrams. */
export class MountedDatagrams implements DatagramProtocol {
  readonly path: string;
  /** Whether packets are the datagrams, see `DatagramMountOptions.raw`. */
  readonly raw: boolean;
  readonly datagramBytesMax: number;
  readonly #host: DatagramMountHost;
  readonly #receive: ((datagram: Datagram) => void) | null;
  readonly #queueBytesMax: number;
  readonly #remove: () => void;
  /** What waits for `acceptDatagram()`; made when first needed, which with `receive` is hardly ever. */
  #queue: AsyncQueue<Datagram> | null = null;
  #mounted = true;

  constructor(host: DatagramMountHost, path: string, options: DatagramMountOptions, remove: () => void) {
    this.#host = host;
    this.path = path;
    this.raw = options.raw ?? false;
    this.datagramBytesMax = host.datagramBytesMax(path, options);
    this.#receive = options.receive ?? null;
    this.#queueBytesMax = options.queueBytesMax ?? QUEUE_BYTES_MAX;
    this.#remove = remove;
  }

  /** For hosts: a datagram has come, in memory of its own. */
  deliver(datagram: Datagram): void {
    if (!this.#mounted) return;
    if (this.#receive !== null) return this.#receive(datagram);
    const queue = this.#forWaiting();
    if (queue.awaited || queue.cost + costOf(datagram) <= this.#queueBytesMax) queue.put(datagram);
  }

  acceptDatagram(options: WaitOptions = {}): Promise<Datagram> {
    return this.#forWaiting().next(options);
  }

  sendDatagram(bytes: Uint8Array, peer: PeerInfo): Promise<void> {
    if (!this.#mounted) return Promise.reject(unmountedError(this.path));
    if (bytes.length > this.datagramBytesMax) {
      const message = `Cannot send a datagram of ${bytes.length} bytes: "${this.path}" takes ${this.datagramBytesMax}`;
      return Promise.reject(new HostError("too-large", message));
    }
    return this.#host.sendDatagram(this, bytes, peer);
  }

  unmount(): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    this.#remove();
    this.#queue?.close(unmountedError(this.path));
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  [Symbol.asyncIterator](): AsyncIterator<Datagram> {
    return untilClosed(() => this.acceptDatagram());
  }

  #forWaiting(): AsyncQueue<Datagram> {
    if (this.#queue !== null) return this.#queue;
    this.#queue = new AsyncQueue(this.#host.clock, `Accepting a datagram of "${this.path}"`, costOf);
    if (!this.#mounted) this.#queue.close(unmountedError(this.path));
    return this.#queue;
  }
}

function costOf(datagram: Datagram): number {
  return datagram.bytes.length + DATAGRAM_COST_BYTES;
}

function unmountedError(path: string): HostError {
  return new HostError("closed", `"${path}" is not mounted any more`);
}

async function* untilClosed<T>(next: () => Promise<T>): AsyncGenerator<T, void, undefined> {
  for (;;) {
    let item: T;
    try {
      item = await next();
    } catch (error) {
      if (error instanceof HostError && error.code === "closed") return;
      throw error;
    }
    yield item;
  }
}
