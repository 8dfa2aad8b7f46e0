/**
 * What js-libp2p 3 does more often than it has to, behind its interfaces: small writes, copies, and saying how much may
 * come. All that is used here is looked for first; where it is not found, everything is as it was, and slower.
 *
 * @module
 */

import type { Connection, Stream as MuxedStream } from "@libp2p/interface";
import { letGo } from "../streams/mod.ts";

/** What a connection is behind its interface. */
interface Inside {
  /** The connection without encryption. */
  readonly maConn?: Partial<SocketConnection>;
  /** What the streams are on, and below it, what encrypts. */
  readonly muxer?: { readonly maConn?: EncryptedConnection };
}

/** The connection with encryption by noise. */
interface EncryptedConnection {
  readonly writableNeedsDrain?: boolean;
  readonly handshake?: { readonly decrypt?: (message: Message) => Message };
  decrypt?(message: Message): Message;
}

/** Bytes, in one piece or in some. */
type Message = Uint8Array | Iterable<Uint8Array> & { readonly byteLength: number; slice(): Uint8Array };

/** The connection over a socket. */
interface SocketConnection {
  readonly socket: Pick<import("node:net").Socket, "cork" | "uncork" | "write">;
  sendData(data: Iterable<Uint8Array>): { sentBytes: number; canSendMore: boolean };
}

/** What yamux has of a stream. */
interface YamuxStream {
  /** How much the other side still takes. */
  readonly sendWindowCapacity?: number;
  /** How much goes into one frame. */
  readonly maxMessageSize?: number;
  readonly state?: number;
  /** How much the other side may send while nobody reads, and what is left of it. */
  readonly recvWindow?: number;
  readonly recvWindowCapacity?: number;
  sendWindowUpdate?(): void;
}

/** The state of a stream of yamux that is open on both sides. */
const ESTABLISHED = 3;
/** Shorter messages are decrypted in another way, which uses the memory that it is given. */
const LONG_MESSAGE_BYTES = 1200;

/** What noise writes before each message. */
const LENGTH_BYTES = 2;

/** Sets a new connection up. */
export function quicken(connection: Connection): void {
  const { maConn, muxer } = connection as Inside;
  if (maConn !== undefined) corkSocket(maConn);
  if (muxer?.maConn !== undefined) decryptOnce(muxer.maConn);
}

/** A message leaves as one piece: noise makes four of it, and the socket would get each of them by itself. */
function corkSocket(maConn: Partial<SocketConnection>): void {
  const { socket } = maConn;
  if (typeof maConn.sendData !== "function") return;
  if (typeof socket?.cork !== "function" || typeof socket.uncork !== "function") return;
  maConn.sendData = (data) => {
    let sentBytes = 0;
    let canSendMore = true;
    socket.cork();
    try {
      for (const part of data) {
        canSendMore = socket.write(part);
        sentBytes += part.byteLength;
      }
    } finally {
      socket.uncork();
    }
    return { sentBytes, canSendMore };
  };
}

/** Noise copies each message, to have memory for what is in it, and then, if it is long, does not use that. */
function decryptOnce(encrypted: EncryptedConnection): void {
  const { handshake } = encrypted;
  const decrypt = encrypted.decrypt?.bind(encrypted);
  const directly = handshake?.decrypt?.bind(handshake);
  if (decrypt === undefined || directly === undefined) return;
  const memory = new ReadMemory();
  encrypted.decrypt = (message) => {
    // In place, what is in a short message would be in the memory that the socket has read into.
    if (message.byteLength < LONG_MESSAGE_BYTES) return decrypt(message.slice());
    const plain = directly(message);
    memory.used(message);
    return plain;
  };
}

/** The memory that a socket reads into: it is let go of when all that is in it was decrypted. */
class ReadMemory {
  /** What is read from, if that was done from its beginning: what came before noise may still be in use. */
  #begun: ArrayBufferLike | null = null;

  /** All that is in a message was decrypted. */
  used(message: Message): void {
    for (const { buffer, byteOffset, byteLength } of message instanceof Uint8Array ? [message] : message) {
      if (byteOffset <= LENGTH_BYTES) this.#begun = buffer;
      if (byteOffset + byteLength === buffer.byteLength && this.#begun === buffer) letGo(buffer as ArrayBuffer);
    }
  }
}

/** A stream says that more may come when half of its window is used, in place of after each frame. */
export function updateWindowSeldom(muxed: MuxedStream): void {
  const stream = muxed as YamuxStream;
  const update = stream.sendWindowUpdate?.bind(stream);
  if (update === undefined) return;
  stream.sendWindowUpdate = () => {
    const { state, recvWindow = 0, recvWindowCapacity = 0 } = stream;
    if (state !== ESTABLISHED || 2 * recvWindowCapacity <= recvWindow) update();
  };
}

/**
 * How many bytes a stream encrypts before `send()` returns, if it gets no more than these; 0 if some might be kept as
 * they are: then only bytes may be sent that nobody else uses.
 */
export function roomAtOnce(muxed: MuxedStream, connection: Connection): number {
  const { sendWindowCapacity: window, maxMessageSize: frame } = muxed as YamuxStream;
  const needsDrain = (connection as Inside).muxer?.maConn?.writableNeedsDrain;
  if (typeof window !== "number" || typeof frame !== "number" || needsDrain !== false) return 0;
  return muxed.writeBufferLength === 0 ? Math.min(window, frame) : 0;
}
