/**
 * Streams over TLS: nothing is written before the other side has proven who it is.
 *
 * @module
 */

import type { Transport } from "../streams/mod.ts";

/** The transport of a stream that is being opened. */
export class ProvenTransport implements Transport {
  readonly #transport: Transport;
  readonly #proof: Promise<void>;
  #isProven = false;

  /** @param proof Rejects with the error for those who write */
  constructor(transport: Transport, proof: Promise<void>) {
    this.#transport = transport;
    this.#proof = proof;
    // This is called before all writes that wait, which keep their order so.
    proof.then(() => this.#isProven = true, () => {});
  }

  get comesInTurns(): boolean {
    return this.#transport.comesInTurns === true;
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#isProven ? this.#transport.write(bytes) : this.#proof.then(() => this.#transport.write(bytes));
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  abort(): void {
    this.#transport.abort();
  }

  taken(count: number, left: number): void {
    this.#transport.taken(count, left);
  }
}
