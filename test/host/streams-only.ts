/**
 * Hosts whose own datagrams nobody sees.
 *
 * @module
 */

import { StreamDatagrams } from "../../src/host/connect/datagrams-over-streams.ts";
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
} from "../../src/host/host.ts";

/** A host that has only the streams of another one, and datagrams over them. */
export class StreamsOnlyHost implements Host {
  readonly peerId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly #host: Host;
  readonly #datagrams: StreamDatagrams;

  constructor(host: Host) {
    this.peerId = host.peerId;
    this.clock = host.clock;
    this.random = host.random;
    this.#host = host;
    this.#datagrams = new StreamDatagrams(host);
  }

  start(): Promise<void> {
    return this.#host.start();
  }

  stop(): Promise<void> {
    this.#datagrams.clear();
    return this.#host.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  addresses(): readonly string[] {
    return this.#host.addresses();
  }

  mountStreams(path: string, options?: StreamMountOptions): StreamProtocol {
    return this.#host.mountStreams(path, options);
  }

  mountDatagrams(path: string, options?: DatagramMountOptions): DatagramProtocol {
    return this.#datagrams.mountDatagrams(path, options);
  }

  openStream(peer: PeerInfo, path: string, options?: WaitOptions): Promise<Stream> {
    return this.#host.openStream(peer, path, options);
  }

  connect(peer: PeerInfo, options?: WaitOptions): Promise<PeerInfo> {
    return this.#host.connect(peer, options);
  }
}
