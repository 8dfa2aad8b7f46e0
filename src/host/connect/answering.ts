/**
 * Answering those who connect, where each stream is a connection of its own: the other half of the opening exchange.
 *
 * @module
 */

import type { HostStream } from "../streams/mod.ts";
import type { Clock } from "../host.ts";
import { type Refusal, StreamRequest } from "./stream-request.ts";
import type { StreamMountTable } from "./mounts.ts";
import { type OpeningAnswer, peerOf, readOpening, writeAnswer } from "./opening.ts";

/** What answering needs of its host. */
export interface AnsweringHost {
  readonly peerId: string;
  readonly clock: Clock;
  readonly mounts: StreamMountTable;
  /** How long a caller may take to say what it wants, in milliseconds. */
  readonly openingTimeoutMs: number;
  /** How long a program may take to accept or reject, in milliseconds. */
  readonly decisionTimeoutMs: number;
  /** Where this host listens, as peers are told. */
  announced(): string[];
}

/** A connection that somebody has made. */
export interface Caller {
  readonly stream: HostStream;
  /** Whom to tell when the caller ends the connection, or it breaks. */
  readonly transport: { whenEnded: (() => void) | null };
  /** What an address means here that the caller says it listens on. */
  reachable(address: string): string;
}

/** Answers the callers of one host. */
export class Answering {
  readonly #host: AnsweringHost;
  readonly #used = new WeakSet<HostStream>();

  constructor(host: AnsweringHost) {
    this.#host = host;
  }

  /** Whether a program has accepted a stream, which until then has to give way to others. */
  isUsed(stream: HostStream): boolean {
    return this.#used.has(stream);
  }

  /** Never rejects: whoever breaks the exchange is cut off, which harms nobody else. */
  async answer(from: Caller): Promise<void> {
    const { stream, reachable } = from;
    const timer = this.#host.clock.setTimer(this.#host.openingTimeoutMs, () => stream.abort());
    try {
      const { caller, target, path, addresses } = await readOpening(stream);
      stream.peerInfo = peerOf(caller, addresses.map((text) => reachable(text)));
      if (target !== "" && target !== this.#host.peerId) {
        await refuse(stream, { answer: "other-peer", peerId: this.#host.peerId });
      } else if (path === "") {
        await this.#accept(stream);
        await stream.close();
      } else {
        this.#request(from, path);
      }
    } catch (error) {
      stream.abort(error);
    } finally {
      timer.clear();
    }
  }

  #request({ transport, stream }: Caller, path: string): void {
    const answered = () => {
      timer.clear();
      transport.whenEnded = null;
    };
    const request = new StreamRequest(stream.peerInfo, path, {
      accept: () => {
        answered();
        this.#used.add(stream);
        return this.#accept(stream);
      },
      refuse: (refusal: Refusal) => {
        answered();
        refuse(stream, refusal).catch(() => {});
      },
    });
    const { clock, mounts, decisionTimeoutMs } = this.#host;
    const timer = clock.setTimer(decisionTimeoutMs, () => request.refuse({ answer: "busy" }));
    transport.whenEnded = () => {
      timer.clear();
      request.leave();
      stream.abort();
    };
    mounts.request(request);
  }

  async #accept(stream: HostStream): Promise<HostStream> {
    const { peerId } = this.#host;
    await writeAnswer(stream, { answer: "accepted", peerId, addresses: this.#host.announced() });
    return stream;
  }
}

async function refuse(stream: HostStream, answer: OpeningAnswer): Promise<void> {
  await writeAnswer(stream, answer);
  await stream.close();
}
