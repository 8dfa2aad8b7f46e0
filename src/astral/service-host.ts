/**
 * The service as a host, for programs in its own process: paths that they mount are names that guests and other nodes
 * can query, and streams that they open are queries.
 *
 * @module
 */

import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import {
  type Clock,
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
import { BaseHost, type DatagramMounts, refusalError, StreamRequest } from "../host/connect/mod.ts";
import { TIME_LIMITS, wait } from "../host/timing/mod.ts";
import { type Answerer, type Call, Connection, localStream, pipe } from "./channels/mod.ts";
import type { Registration } from "./events.ts";

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
 * mounted and breaks their streams off, and the service continues.
 */
export class ServiceHost extends BaseHost implements Answerer {
  readonly peerId: string;
  protected readonly datagrams: DatagramMounts = { mountDatagrams: noDatagrams, clear: nothing };
  readonly #parts: ServiceHostParts;
  readonly #streams = new Set<HostStream>();
  /** How to give up what programs have been asked for. */
  readonly #asked = new Set<() => void>();

  constructor(parts: ServiceHostParts) {
    super(parts.clock, parts.random);
    this.peerId = parts.identity;
    this.#parts = parts;
  }

  addresses(): readonly string[] {
    return this.started ? this.#parts.link?.addresses() ?? [] : [];
  }

  /** The paths that are mounted. */
  list(): readonly Registration[] {
    return this.mounts.paths().map((name) => ({ kind: "mount", name, address: "" }));
  }

  /** Whether a path is mounted. */
  has(path: string): boolean {
    return this.mounts.paths().includes(path);
  }

  override mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    if (this.#parts.isTaken(path)) throw new HostError("mounted", `Cannot mount "${path}": the name is taken`);
    return super.mountStreams(path, options);
  }

  /** There is nothing to begin. */
  protected async open(): Promise<void> {}

  protected release(error: HostError): Promise<void> {
    for (const abandon of [...this.#asked]) abandon();
    for (const stream of [...this.#streams]) stream.fail(error);
    return Promise.resolve();
  }

  protected async openPath(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<Stream> {
    const { timeoutMs = TIME_LIMITS.openMs } = options;
    const call: Call = {
      origin: "host",
      caller: this.peerId,
      target: peer.peerId === "" ? ZERO_IDENTITY : peer.peerId,
      query: path,
      network: true,
    };
    const far = await this.run(action, options, (signal) => {
      if (peer.peerId !== "" || (peer.addresses?.length ?? 0) > 0) {
        return this.#askFor(call, { signal, timeoutMs }, peer);
      }
      return Promise.reject(new HostError("unreachable", `${action} failed: the peer has neither id nor address`));
    });
    return this.#adopt(far, peer.peerId === "" ? far.stream.peerInfo : peer);
  }

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    this.checkStarted("Connecting");
    if (peer.peerId === this.peerId) return { peerId: this.peerId, addresses: this.addresses() };
    const { link } = this.#parts;
    if (link === null) throw new HostError("unreachable", `No way leads to "${peer.peerId}"`);
    const { timeoutMs = TIME_LIMITS.openMs } = options;
    return await this.run("Connecting", options, (signal) => link.connect(peer, { signal, timeoutMs }));
  }

  /** The stream of a query to a path that is mounted here. */
  ask(call: Call, options: WaitOptions): Promise<Connection> | null {
    const { caller, query } = call;
    const path = call.target === this.peerId ? this.mounts.pathOf(query) : null;
    if (path === null) return null;
    return wait<Connection>(this.clock, `Asking "${path}"`, options, ({ resolve, reject }) => {
      const answered = () => this.#asked.delete(abandon);
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
        reject(new HostError("unreachable", `No peer answers at "${this.peerId}"`));
      };
      this.#asked.add(abandon);
      this.mounts.request(request, path);
      return () => {
        answered();
        request.leave();
      };
    });
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
}

function noDatagrams(): never {
  throw new HostError("unsupported", "A local service has no datagrams");
}

function nothing(): void {}
