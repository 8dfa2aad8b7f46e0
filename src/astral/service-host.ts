/**
 * The service as a host, for programs in its own process: paths that they mount are names that guests and other nodes
 * can query, and streams that they open are queries.
 *
 * @module
 */

import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import {
  type Clock,
  type DatagramProtocol,
  type Host,
  HostError,
  type PeerInfo,
  type Random,
  type Stream,
  type StreamMountOptions,
  type StreamProtocol,
  type WaitOptions,
} from "../host/mod.ts";
import { HostStream } from "../host/streams/mod.ts";
import { checkText, refusalError, StreamMountTable, StreamRequest } from "../host/connect/mod.ts";
import { wait } from "../host/timing/mod.ts";
import { type Answerer, type Call, Connection, localStream, pipe } from "./channels/mod.ts";
import type { Registration } from "./events.ts";

/** How long opening a stream may take unless the caller says otherwise, in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;

/** What the host needs of the service. */
export interface ServiceHostParts {
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly link: Host | null;
  /** Whether a name is a guest's or the service's own, and cannot be mounted then. */
  readonly isTaken: (name: string) => boolean;
  readonly ask: (call: Call, options: WaitOptions, peer: PeerInfo) => Promise<Connection>;
}

/**
 * A host whose streams are queries. It is started with its service; stopping it only unmounts what programs have
 * mounted and breaks their streams off, and the service goes on.
 */
export class ServiceHost implements Host, Answerer {
  readonly peerId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly #parts: ServiceHostParts;
  readonly #mounts = new StreamMountTable(this);
  readonly #streams = new Set<HostStream>();
  /** How to give up what programs have been asked for, and what they asked for. */
  readonly #waiting = new Set<(error: HostError) => void>();
  #started = false;

  constructor(parts: ServiceHostParts) {
    this.peerId = parts.identity;
    this.clock = parts.clock;
    this.random = parts.random;
    this.#parts = parts;
  }

  start(): Promise<void> {
    this.#started = true;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#started = false;
    this.#mounts.clear();
    const error = new HostError("closed", `The host "${this.peerId}" was stopped`);
    for (const giveUp of [...this.#waiting]) giveUp(error);
    for (const stream of [...this.#streams]) stream.fail(error);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  addresses(): readonly string[] {
    return this.#started ? this.#parts.link?.addresses() ?? [] : [];
  }

  /** The paths that are mounted. */
  list(): readonly Registration[] {
    return this.#mounts.paths().map((name) => ({ kind: "mount", name, address: "" }));
  }

  /** Whether a path is mounted. */
  has(path: string): boolean {
    return this.#mounts.paths().includes(path);
  }

  mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    if (this.#parts.isTaken(path)) throw new HostError("mounted", `Cannot mount "${path}": the name is taken`);
    return this.#mounts.mountStreams(path, options);
  }

  mountDatagrams(): DatagramProtocol {
    throw noDatagrams();
  }

  async openStream(peer: PeerInfo, path: string, options: WaitOptions = {}): Promise<Stream> {
    checkText(path, "path");
    const action = `Opening "${path}"`;
    this.#checkStarted(action);
    const { signal, timeoutMs = OPEN_TIMEOUT_MS } = options;
    const call: Call = {
      origin: "host",
      caller: this.peerId,
      target: peer.peerId === "" ? ZERO_IDENTITY : peer.peerId,
      query: path,
      network: true,
    };
    const far = await this.#while(action, { signal, timeoutMs }, (within) => {
      if (peer.peerId !== "" || (peer.addresses?.length ?? 0) > 0) return this.#askFor(call, within, peer);
      return Promise.reject(new HostError("unreachable", `${action} failed: the peer has neither id nor address`));
    });
    return this.#adopt(far, peer.peerId === "" ? far.stream.peerInfo : peer);
  }

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    this.#checkStarted("Connecting");
    if (peer.peerId === this.peerId) return { peerId: this.peerId, addresses: this.addresses() };
    const { link } = this.#parts;
    if (link === null) throw new HostError("unreachable", `No way leads to "${peer.peerId}"`);
    const { signal, timeoutMs = OPEN_TIMEOUT_MS } = options;
    return await this.#while("Connecting", { signal, timeoutMs }, (within) => link.connect(peer, within));
  }

  /** The stream of a query to a path that is mounted here. */
  ask(call: Call, options: WaitOptions): Promise<Connection> | null {
    const { caller, query } = call;
    const path = call.target === this.peerId ? this.#mounts.pathOf(query) : null;
    if (path === null) return null;
    return wait<Connection>(this.clock, `Asking "${path}"`, options, ({ resolve, reject }) => {
      const answered = () => this.#waiting.delete(abandon);
      const peerInfo = { peerId: caller === ZERO_IDENTITY ? "" : caller };
      const request = new StreamRequest(peerInfo, query, {
        accept: () => {
          answered();
          const [near, far] = this.#pair(peerInfo, { peerId: this.peerId });
          resolve(new Connection(far));
          return Promise.resolve(near);
        },
        refuse: (refusal) => {
          answered();
          reject(refusalError(refusal, query));
        },
      });
      const abandon = () => {
        request.leave();
        answered();
        reject(new HostError("unreachable", `Nobody answers at "${this.peerId}"`));
      };
      this.#waiting.add(abandon);
      this.#mounts.request(request, path);
      return () => {
        answered();
        request.leave();
      };
    });
  }

  /** Carries out something that ends when this host stops. */
  #while<T>(action: string, options: WaitOptions, work: (within: WaitOptions) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    let giveUp: (error: HostError) => void = nothing;
    return wait<T>(this.clock, action, options, ({ resolve, reject }) => {
      giveUp = (error) => {
        controller.abort(error);
        reject(error);
      };
      this.#waiting.add(giveUp);
      work({ signal: controller.signal, timeoutMs: options.timeoutMs }).then(resolve, reject);
      return giveUp;
    }).finally(() => this.#waiting.delete(giveUp));
  }

  async #askFor(call: Call, within: WaitOptions, peer: PeerInfo): Promise<Connection> {
    const connection = await this.#parts.ask(call, within, peer);
    // Nobody waits any more.
    if (within.signal?.aborted) connection.abort(within.signal.reason);
    return connection;
  }

  /** The stream that a program gets for one that the service has. */
  #adopt(far: Connection, peerInfo: PeerInfo): Stream {
    const [near, inner] = this.#pair(peerInfo, { peerId: this.peerId });
    void pipe(new Connection(inner), far);
    return near;
  }

  #pair(nearPeer: PeerInfo, farPeer: PeerInfo): [near: HostStream, far: HostStream] {
    const ended = () => this.#streams.delete(near);
    const [near, far] = localStream(this.clock, { peerInfo: nearPeer, ended }, { peerInfo: farPeer, ended: nothing });
    this.#streams.add(near);
    return [near, far];
  }

  #checkStarted(action: string): void {
    if (!this.#started) throw new HostError("closed", `${action} failed: the host is not started`);
  }
}

function noDatagrams(): HostError {
  return new HostError("unsupported", "A local service has no datagrams");
}

function nothing(): void {}
