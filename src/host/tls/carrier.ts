/**
 * What carries the encrypted bytes of a connection.
 *
 * @module
 */

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../host.ts";
import { SocketTransport } from "../socket/mod.ts";

/**
 * Whether TLS reads on from a socket although nobody takes what it has decrypted, as in Deno 2.9: a peer could fill the
 * memory. There it gets a stream on the socket, and the socket is paused. That costs as much time as without it.
 */
const readsOn = "Deno" in globalThis;

/** What is given to TLS to carry its bytes. */
export function carrierOf(raw: Socket): Duplex {
  return readsOn ? new Carrier(raw) : raw;
}

/** The transport of a connection that is carried by a socket. */
export function tlsTransport(socket: TLSSocket, raw: Socket, clock: Clock, closeTimeoutMs: number): SocketTransport {
  return SocketTransport.over(socket, { carrier: raw, paused: readsOn ? raw : socket }, clock, closeTimeoutMs);
}

/** A socket as a stream that is read as fast as its bytes come, until the socket is paused. */
class Carrier extends Duplex {
  readonly #raw: Socket;

  constructor(raw: Socket) {
    super();
    this.#raw = raw;
    raw
      .on("data", (piece) => this.push(piece))
      .on("end", () => this.push(null))
      .on("error", (error) => this.destroy(error))
      .on("close", () => this.destroy())
      .resume();
  }

  override _read(): void {}

  override _write(piece: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#raw.write(piece, done);
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }
}
