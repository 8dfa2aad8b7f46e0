/**
 * What carries the encrypted bytes of a connection.
 *
 * @module
 */

import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Clock } from "../host.ts";
import { type OnRead, SocketTransport } from "../socket/mod.ts";
import { letGo } from "../streams/mod.ts";

/** What Deno has below a socket, of which TLS takes the reading over. */
interface NativeHandle {
  readStart(): void;
  readStop(): void;
  /** 0 while there is somebody at the other end. */
  getpeername(into: object): number;
  /** Called with what was read; with nothing at the end, and after an error. */
  onread(piece?: ArrayBuffer | Uint8Array): void;
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
  if (!("Deno" in globalThis)) return connectItself(to, options, clock, closeTimeoutMs);
  const raw = connect(to);
  const socket = connectTls({ ...options, socket: raw });
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

/** The transport of a connection that is carried by a socket, after TLS has taken that over. */
export function tlsTransport(socket: TLSSocket, raw: Socket, clock: Clock, closeTimeoutMs: number): SocketTransport {
  if (!("Deno" in globalThis)) {
    return SocketTransport.over(socket, { carrier: raw, paused: socket }, clock, closeTimeoutMs);
  }
  const handle = () => (raw as unknown as { readonly _handle: NativeHandle | null })._handle;
  const paused = { pause: () => handle()?.readStop(), resume: () => handle()?.readStart() };
  if (raw.connecting) socket.once("secureConnect", () => mend(handle(), socket));
  else mend(handle(), socket);
  return SocketTransport.over(socket, { carrier: raw, paused, free: letGo }, clock, closeTimeoutMs);
}

/**
 * TLS of Deno 2.9 takes a reset for an end, and keeps what it has decrypted until a garbage collection. It also reads on
 * although nobody takes anything, so that a peer could fill the memory: therefore what is below it is paused.
 */
function mend(handle: NativeHandle | null, socket: TLSSocket): void {
  if (handle === null) return;
  const { onread } = handle;
  handle.onread = (piece) => {
    if (piece === undefined && handle.getpeername({}) !== 0) return void socket.destroy(new Error("It was reset"));
    onread.call(handle, piece);
    if (piece !== undefined) letGo(piece instanceof ArrayBuffer ? piece : piece.buffer);
  };
  // It looks for that only when reading begins.
  handle.readStop();
  handle.readStart();
}
