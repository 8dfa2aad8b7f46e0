/**
 * A peer's request for a stream, on its way from the network to the program that accepts or rejects it.
 *
 * @module
 */

import { HostError } from "../error.ts";
import type { IncomingStream, PeerInfo, Stream } from "../host.ts";

/** Why a host, or the program on it, refuses a stream. */
export type Refusal =
  | { readonly answer: "rejected"; readonly code: number }
  | { readonly answer: "unknown-protocol" }
  | { readonly answer: "busy" };

/** How a host answers a request. Exactly one of the two is called, once. */
export interface Answers {
  /** Lets the stream come about. */
  accept(): Promise<Stream>;
  refuse(refusal: Refusal): void;
}

/** The number of a rejection that names none: what apphost calls "rejected". */
const REJECT_CODE = 1;

/** A request that the host gives to a mounted protocol. */
export class StreamRequest implements IncomingStream {
  readonly peerInfo: PeerInfo;
  readonly path: string;
  /** The answers, until one was given or the peer has left. */
  #answers: Answers | null;
  #left = false;
  /** For mounts: called when the peer leaves without having got an answer. */
  whenLeft: (() => void) | null = null;

  constructor(peerInfo: PeerInfo, path: string, answers: Answers) {
    this.peerInfo = peerInfo;
    this.path = path;
    this.#answers = answers;
  }

  accept(): Promise<Stream> {
    const answers = this.#takeAnswers();
    if (answers !== null) return answers.accept();
    const why = this.#left ? "the peer has left" : "it was answered before";
    return Promise.reject(new HostError("closed", `Cannot accept a stream of "${this.path}": ${why}`));
  }

  reject(code: number = REJECT_CODE): void {
    if (!Number.isInteger(code) || code < 1 || code > 255) {
      throw new RangeError(`Cannot reject with the code ${code}: it is a whole number from 1 to 255`);
    }
    this.refuse({ answer: "rejected", code });
  }

  /** For hosts: refuses without asking the program. */
  refuse(refusal: Refusal): void {
    this.#takeAnswers()?.refuse(refusal);
  }

  /** For hosts: the peer does not wait any more. */
  leave(): void {
    if (this.#takeAnswers() === null) return;
    this.#left = true;
    this.whenLeft?.();
  }

  #takeAnswers(): Answers | null {
    const answers = this.#answers;
    this.#answers = null;
    return answers;
  }
}

/** The error that the opener of a stream gets for a refusal. */
export function refusalError(refusal: Refusal, path: string): HostError {
  switch (refusal.answer) {
    case "rejected":
      return new HostError("rejected", `Opening "${path}" was rejected with the code ${refusal.code}`, {
        rejectCode: refusal.code,
      });
    case "unknown-protocol":
      return new HostError("unknown-protocol", `Opening "${path}" failed: the peer has not mounted it`);
    case "busy":
      return new HostError("busy", `Opening "${path}" failed: too many requests wait at the peer`);
  }
}
