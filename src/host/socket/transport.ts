/**
 * Streams over the sockets of `node:net`, which Node and Deno have.
 *
 * @module
 */

import { connect, type ConnectOpts, type NetConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { HostStream, Transport } from "../streams/mod.ts";
import type { Clock, Timer } from "../host.ts";

/** What may wait unread before the socket is read no further; the system's buffers come on top of it. */
export const RECEIVE_BYTES_MAX = 256 * 1024;
/** How much is read from a socket at once. */
const READ_BYTES = 64 * 1024;
/** How long the other side's end is waited for after our own, in milliseconds, if closing may take that long. */
const LINGER_MS = 1000;
/** What the other side may still send after our end, in bytes, before the socket is cut off. */
const LINGER_BYTES_MAX = 1024 * 1024;

/**
 * Where all sockets are read into. One piece of memory is enough: the system fills it right before the bytes are
 * reported, and they are copied out before it is filled again. Sockets that make memory for each piece keep it until a
 * garbage collection, tens of mebibytes in a long transfer, and get half as much through: the system has to find fresh
 * memory, and the collector is kept busy.
 */
const readMemory = new Uint8Array(READ_BYTES);

/** What makes a socket read into memory that it is given. */
export type OnRead = NonNullable<ConnectOpts["onread"]>;

/** The sockets below one whose bytes are encrypted. */
interface Below {
  /** What carries the encrypted bytes. */
  readonly carrier: Socket;
  /** What is paused while nobody reads. */
  readonly paused: { pause(): void; resume(): void };
  /** Gets the memory of each piece back, which nobody else has. */
  readonly free?: ((memory: ArrayBuffer) => void) | undefined;
  /** Cuts the connection with a reset; default the method of the carrier. */
  readonly reset?: (() => void) | undefined;
}

/** The transport of a stream that is a socket. */
export class SocketTransport implements Transport {
  /** The socket; for hosts, to distinguish their connections. */
  readonly socket: Socket;
  /** What carries its bytes, and which socket to pause: the socket itself, or one that encrypted bytes go through. */
  readonly #below: Below;
  readonly comesInTurns = true;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  #stream: HostStream | null = null;
  #paused = false;
  #closing: Promise<void> | null = null;
  #lingerBytes = 0;
  #timer: Timer | null = null;
  /** For hosts: called when the other side has ended the stream, or the socket is closed. */
  whenEnded: (() => void) | null = null;

  private constructor(
    socket: Socket,
    clock: Clock,
    closeTimeoutMs: number,
    below: Below = { carrier: socket, paused: socket },
  ) {
    this.socket = socket;
    this.#below = below;
    this.#clock = clock;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  /**
   * Begins to connect a socket.
   *
   * @param closeTimeoutMs How long `close()` waits until the system has taken what was written, in milliseconds
   */
  static connect(to: NetConnectOpts, clock: Clock, closeTimeoutMs: number): SocketTransport {
    return SocketTransport.reading((onread) => connect({ ...to, onread }), clock, closeTimeoutMs);
  }

  /**
   * Takes over a socket that a server has accepted. Servers cannot be configured where to read into, so the connection
   * moves to a socket of ours; the server's is closed without it. Node and Deno both do that, though they do not
   * document it; where it cannot be done, the socket is used as it is. The other parameter is that of {@link
   * SocketTransport.connect}.
   */
  static accept(accepted: Socket, clock: Clock, closeTimeoutMs: number): SocketTransport {
    const holder = accepted as unknown as { _handle?: object | null };
    const handle = holder._handle;
    if (handle === undefined || handle === null) return new SocketTransport(accepted, clock, closeTimeoutMs);
    holder._handle = null;
    accepted.destroy();
    const options = (onread: OnRead) => ({ handle, onread }) as SocketConstructorOpts;
    return SocketTransport.reading((onread) => new Socket(options(onread)), clock, closeTimeoutMs);
  }

  /** Takes over a socket whose bytes another one carries. The last parameter is that of {@link SocketTransport.connect}. */
  static over(socket: Socket, below: Below, clock: Clock, closeTimeoutMs: number): SocketTransport {
    return new SocketTransport(socket, clock, closeTimeoutMs, below);
  }

  /** Makes a socket that reads into the memory it is given. The last parameter is that of {@link SocketTransport.connect}. */
  static reading<S extends Socket>(
    makeSocket: (onread: OnRead) => S,
    clock: Clock,
    closeTimeoutMs: number,
    belowOf = (socket: S): Below => ({ carrier: socket, paused: socket }),
  ): SocketTransport {
    const callback = (count: number, memory: Uint8Array) => {
      transport.#onData(memory.subarray(0, count), true);
      // The socket is paused to stop further data.
      return true;
    };
    const socket = makeSocket({ buffer: readMemory, callback });
    const transport: SocketTransport = new SocketTransport(socket, clock, closeTimeoutMs, belowOf(socket));
    return transport;
  }

  /** Sets the stream that this is the transport of, and lets bytes come. */
  attach(stream: HostStream): void {
    this.#stream = stream;
    this.socket
      .on("data", (chunk) => this.#onData(chunk, false))
      .on("end", () => {
        stream.receiveEnd();
        this.whenEnded?.();
      })
      .on("error", (error) => stream.receiveReset(error))
      .on("close", () => {
        // After an orderly end, or our own, this changes nothing.
        if (!this.socket.readableEnded) stream.receiveReset();
        this.#timer?.clear();
        this.whenEnded?.();
      });
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => {
        // Node reports writes that a destroyed socket has cut off as done.
        if (error || this.socket.destroyed) reject(this.#stream?.brokenError(error) ?? error);
        else resolve(bytes.length);
      });
    });
  }

  close(): Promise<void> {
    return this.#closing ??= new Promise((resolve) => {
      // A socket that is gone reports no end, nor that it is closed, a second time.
      if (this.socket.destroyed) return resolve();
      this.#timer = this.#clock.setTimer(this.#closeTimeoutMs, () => this.abort());
      this.socket.once("close", resolve);
      this.socket.end(() => {
        resolve();
        this.#linger();
      });
      // What still comes is read and dropped: a socket that is closed with unread bytes in it sends a reset, which on
      // some systems takes from the other side what it has not read yet.
      this.socket.resume();
      this.#below.paused.resume();
    });
  }

  abort(): void {
    const socket = this.socket;
    const { carrier, reset } = this.#below;
    // A reset tells the other side that this is not an orderly end. Unix sockets have none, and unconnected ones nobody
    // to tell; and where the end was sent already, Node 20 fails to reset and then never closes the socket.
    const endSent = socket.writableEnded && socket.writableLength === 0;
    if (carrier.remoteAddress === undefined || carrier.connecting || endSent) socket.destroy();
    else if (reset !== undefined) reset();
    else carrier.resetAndDestroy();
  }

  taken(_count: number, left: number): void {
    if (!this.#paused || left > RECEIVE_BYTES_MAX / 2) return;
    this.#paused = false;
    this.#below.paused.resume();
  }

  #onData(chunk: Uint8Array, lent: boolean): void {
    if (this.#closing !== null) {
      this.#lingerBytes += chunk.length;
      if (this.#lingerBytes > LINGER_BYTES_MAX) this.socket.destroy();
      return;
    }
    // Without the methods of Node's Buffer, whose slice() does not copy.
    const memory = chunk.buffer as ArrayBuffer;
    const piece = new Uint8Array(memory, chunk.byteOffset, chunk.length);
    const { free } = this.#below;
    const queued = this.#stream?.receive(piece, lent || free !== undefined ? "lent" : "given") ?? 0;
    free?.(memory);
    if (queued > RECEIVE_BYTES_MAX) {
      this.#paused = true;
      this.#below.paused.pause();
    }
  }

  /** The other side ends its direction too as soon as it sees our end; if it doesn't look, it is not waited for. */
  #linger(): void {
    this.#timer?.clear();
    if (this.socket.destroyed) return;
    this.#timer = this.#clock.setTimer(Math.min(LINGER_MS, this.#closeTimeoutMs), () => this.socket.destroy());
  }
}
