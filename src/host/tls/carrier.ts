/**
 * What carries the encrypted bytes of a connection.
 *
 * @module
 */

import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../host.ts";
import { SocketTransport } from "../socket/mod.ts";

/**
 * Whether TLS reads on from a socket although nobody takes what it has decrypted, as in Deno 2.9: a peer could fill the
 * memory. There it gets a stream on the socket, and the socket is paused. That costs as much time as without it.
 */
const readsOn = "Deno" in globalThis;

/** Where sockets below carriers are read into: their bytes are decrypted before it is filled again. */
const readMemory = new Uint8Array(64 * 1024);

/** What is given to TLS to carry its bytes. */
export function carrierOf(raw: Socket): Duplex {
  return readsOn ? new Carrier(raw) : raw;
}

/** Begins a connection; returns the socket, and what is given to TLS. */
export function connectCarrier(to: TcpNetConnectOpts): { readonly raw: Socket; readonly carrier: Duplex } {
  if (!readsOn) {
    const raw = connect(to);
    return { raw, carrier: raw };
  }
  const callback = (count: number, memory: Uint8Array) => {
    carrier.receive(memory.subarray(0, count));
    return true;
  };
  const raw = connect({ ...to, onread: { buffer: readMemory, callback } });
  const carrier = new Carrier(raw);
  return { raw, carrier };
}

/** The transport of a connection that is carried by a socket. */
export function tlsTransport(socket: TLSSocket, raw: Socket, clock: Clock, closeTimeoutMs: number): SocketTransport {
  const below = readsOn ? { carrier: raw, paused: raw, free: letGo } : { carrier: raw, paused: socket };
  return SocketTransport.over(socket, below, clock, closeTimeoutMs);
}

/** Lets go of memory at once: pieces that wait for the collector of garbage were 100 MB and more in a long transfer. */
function letGo(memory: ArrayBuffer): void {
  (memory as { transfer?(length: number): ArrayBuffer }).transfer?.(0);
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

  /** Bytes have come, in memory that is used again. */
  receive(piece: Uint8Array): void {
    if (this.readableFlowing === true && this.readableLength === 0) this.emit("data", piece);
    else this.push(piece.slice());
  }

  override _read(): void {}

  override _write(piece: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#raw.write(piece, (error) => {
      // What was encrypted is in memory of its own.
      if (piece.length === piece.buffer.byteLength) letGo(piece.buffer as ArrayBuffer);
      done(error);
    });
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }
}
