/**
 * Paths mounted on an astral host. Queries may have arguments behind the path, which mounted protocols show.
 *
 * @module
 */

import type { IncomingStream, PeerInfo, Stream, StreamProtocol, WaitOptions } from "./host.ts";
import { type Answers, StreamRequest } from "./incoming.ts";

/** A query for a mounted path. */
export class QueryRequest extends StreamRequest {
  /** The query as programs get it: its path has the arguments. */
  readonly asked: IncomingStream;

  constructor(peerInfo: PeerInfo, path: string, query: string, answers: Answers) {
    super(peerInfo, path, answers);
    this.asked = Object.freeze({
      peerInfo,
      path: query,
      accept: () => this.accept(),
      reject: (code?: number) => this.reject(code),
    });
  }
}

/** A mounted path whose requests are queries. */
export class QueryMount implements StreamProtocol {
  readonly path: string;
  readonly #inner: StreamProtocol;
  #unmounted: (() => void) | null;

  /** @param unmounted Called once, when the program unmounts it */
  constructor(inner: StreamProtocol, unmounted: () => void) {
    this.path = inner.path;
    this.#inner = inner;
    this.#unmounted = unmounted;
  }

  acceptStream(options?: WaitOptions): Promise<Stream> {
    return this.#inner.acceptStream(options);
  }

  async nextIncoming(options?: WaitOptions): Promise<IncomingStream> {
    return askedOf(await this.#inner.nextIncoming(options));
  }

  openStream(peer: PeerInfo, options?: WaitOptions): Promise<Stream> {
    return this.#inner.openStream(peer, options);
  }

  unmount(): void {
    this.#inner.unmount();
    this.#unmounted?.();
    this.#unmounted = null;
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<IncomingStream, void, undefined> {
    for await (const incoming of this.#inner) yield askedOf(incoming);
  }
}

function askedOf(incoming: IncomingStream): IncomingStream {
  return incoming instanceof QueryRequest ? incoming.asked : incoming;
}
