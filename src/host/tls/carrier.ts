/**
 * What carries the encrypted bytes of a connection.
 *
 * @module
 */

import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Clock } from "../host.ts";
import { type OnRead, SocketTransport } from "../socket/mod.ts";
import { letGo } from "../streams/mod.ts";

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

/** A connection that has begun. */
interface Begun {
  readonly socket: TLSSocket;
  /** What the system has opened: the same socket where it carries its bytes itself. */
  readonly raw: Socket;
  readonly transport: SocketTransport;
}

/** Begins a connection. The last parameter is that of {@link SocketTransport.connect}. */
export function connectOver(
  to: TcpNetConnectOpts,
  options: ConnectionOptions,
  clock: Clock,
  closeTimeoutMs: number,
): Begun {
  if (!readsOn) return connectItself(to, options, clock, closeTimeoutMs);
  const callback = (count: number, memory: Uint8Array) => {
    carrier.receive(memory.subarray(0, count));
    return true;
  };
  const raw = connect({ ...to, onread: { buffer: readMemory, callback } });
  const carrier = new Carrier(raw);
  const socket = connectTls({ ...options, socket: carrier });
  return { socket, raw, transport: tlsTransport(socket, raw, clock, closeTimeoutMs) };
}

/**
 * A socket that connects itself decrypts into the memory that is read from. Over another one it makes memory of its own
 * for each 16 KiB, whose collection took a third of a receiver's time.
 */
function connectItself(to: TcpNetConnectOpts, options: ConnectionOptions, clock: Clock, closeTimeoutMs: number): Begun {
  const make = (onread: OnRead) => connectTls({ ...options, ...to, onread } as ConnectionOptions);
  const belowOf = (socket: TLSSocket) => ({ carrier: socket, paused: socket, reset: () => reset(socket) });
  const transport = SocketTransport.reading(make, clock, closeTimeoutMs, belowOf);
  const socket = transport.socket as TLSSocket;
  // These options are not taken from a socket's of TLS.
  socket.setNoDelay(to.noDelay).setKeepAlive(to.keepAlive, to.keepAliveInitialDelay);
  return { socket, raw: socket, transport };
}

/** `resetAndDestroy()` refuses sockets of TLS. What closes them closes the handle of TCP below, which can do both. */
function reset(socket: TLSSocket): void {
  const { _handle } = socket as unknown as { _handle?: { _parent?: { close: unknown; reset?: unknown } } | null };
  const below = _handle?._parent;
  if (typeof below?.reset === "function") below.close = below.reset;
  socket.destroy();
}

/** The transport of a connection that is carried by a socket. */
export function tlsTransport(socket: TLSSocket, raw: Socket, clock: Clock, closeTimeoutMs: number): SocketTransport {
  const below = readsOn ? { carrier: raw, paused: raw, free: letGo } : { carrier: raw, paused: socket };
  return SocketTransport.over(socket, below, clock, closeTimeoutMs);
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
