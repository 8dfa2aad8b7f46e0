/**
 * Datagrams over UDP with `node:dgram`, which Node and Deno have.
 *
 * @module
 */

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP } from "node:net";
import {
  bytes,
  CodecError,
  decode,
  encode,
  type Infer,
  literal,
  rest,
  string,
  struct,
  u8,
} from "../../../codec/mod.ts";
import { HostError } from "../error.ts";
import {
  type DatagramMountTable,
  formatSocketAddress,
  listenFailure,
  type MountedDatagrams,
  parseSocketAddress,
  type SocketAddress,
} from "../connect/mod.ts";

/** The largest payload of UDP over IPv4: 65,535 bytes less 20 of IPv4's header and 8 of UDP's (RFC 768, RFC 791). */
const UDP_BYTES_MAX = 65507;
/**
 * What a socket asks the system to keep until it is read: a few thousand datagrams. With the default of Linux, 208 KiB, 256
 * of 2,000 small datagrams arrive that are sent in one turn of the event loop, or 92 of 830 bytes; with this, all do.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Systems that refuse so much (macOS) are asked for half, and half again, down to this. */
const RECEIVE_BUFFER_BYTES_MIN = 256 * 1024;
/** How many destinations are kept in parsed form. */
const DESTINATIONS_MAX = 1024;

/** What is before a datagram in a packet, unless its path is mounted raw: `w`, version 1, path, sender's id. */
const header = { magic: literal([0x77, 0x01]), path: string(u8), sender: string(u8) };
const Header = struct(header);
/** A packet with a header. */
export const Packet = struct({ ...header, datagram: bytes(rest) });

interface Destination {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** The UDP sockets of a host. */
export class DatagramSockets {
  readonly #peerId: string;
  readonly #mounts: DatagramMountTable;
  readonly #sockets = new Map<4 | 6, Socket>();
  readonly #destinations = new Map<string, Destination>();
  readonly #headers = new WeakMap<MountedDatagrams, Uint8Array>();

  constructor(peerId: string, mounts: DatagramMountTable) {
    this.#peerId = peerId;
    this.#mounts = mounts;
  }

  /** How many sockets are open. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Listens on an address, one for each version of IP. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    const family = familyOf(host);
    if (family === null || this.#sockets.has(family)) {
      throw new HostError(
        "address",
        `Cannot listen on "udp:${host}:${port}": that takes one address of each IP version`,
      );
    }
    const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", lookup: lookUpNothing });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(listenFailure(formatSocketAddress({ kind: "udp", host, port }), error));
      });
      socket.bind({ address: host, port }, resolve);
    });
    enlargeReceiveBuffer(socket);
    // Later errors belong to single datagrams, which may get lost anyway.
    socket.removeAllListeners("error").on("error", () => {});
    socket.on("message", (message, sender) => this.#onMessage(message, sender));
    this.#sockets.set(family, socket);
  }

  /** Where the sockets listen. */
  addresses(): string[] {
    return [...this.#sockets.values()].map((socket) => {
      const { address, port } = socket.address();
      return formatSocketAddress({ kind: "udp", host: address, port });
    });
  }

  /** The largest datagram of a path that is mounted with or without a header. */
  datagramBytesMax(path: string, raw: boolean): number {
    return raw ? UDP_BYTES_MAX : UDP_BYTES_MAX - encode(Header, { path, sender: this.#peerId }).length;
  }

  /** Sends a datagram to the first of the addresses that UDP can reach. */
  send(mount: MountedDatagrams, datagram: Uint8Array, addresses: readonly string[]): Promise<void> {
    const destination = this.#destinationOf(addresses);
    if (destination === null) {
      const message =
        `Cannot send a datagram of "${mount.path}": no address of the peer is one of UDP that we can reach`;
      return Promise.reject(new HostError("unreachable", message));
    }
    const { host, port, family } = destination;
    const packet = mount.raw ? datagram : [this.#headerOf(mount), datagram];
    return new Promise((resolve, reject) => {
      this.#sockets.get(family)!.send(packet as Uint8Array, port, host, (error) => {
        if (error) reject(sendError(error, mount.path));
        else resolve();
      });
    });
  }

  /** Closes the sockets. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
  }

  #onMessage(message: Uint8Array, { address, port }: RemoteInfo): void {
    const from = [formatSocketAddress({ kind: "udp", host: address, port })];
    const raw = this.#mounts.raw();
    // Without the methods of Node's Buffer, whose slice() does not copy.
    const packet = new Uint8Array(message.buffer as ArrayBuffer, message.byteOffset, message.length);
    if (raw !== undefined) raw.deliver({ bytes: packet, peerInfo: { peerId: "", addresses: from } });
    else this.#deliver(packet, from);
  }

  #deliver(packet: Uint8Array, addresses: readonly string[]): void {
    const found = parsePacket(packet);
    if (found === null) return;
    const { path, sender, datagram } = found;
    this.#mounts.at(path)?.deliver({ bytes: datagram, peerInfo: { peerId: sender, addresses } });
  }

  #headerOf(mount: MountedDatagrams): Uint8Array {
    let header = this.#headers.get(mount);
    if (header === undefined) {
      header = encode(Header, { path: mount.path, sender: this.#peerId }, { owned: true });
      this.#headers.set(mount, header);
    }
    return header;
  }

  #destinationOf(addresses: readonly string[]): Destination | null {
    for (const text of addresses) {
      const known = this.#destinations.get(text);
      if (known !== undefined) return known;
      const found = destinationOf(parseSocketAddress(text));
      if (found === null || !this.#sockets.has(found.family)) continue;
      if (this.#destinations.size >= DESTINATIONS_MAX) this.#destinations.clear();
      this.#destinations.set(text, found);
      return found;
    }
    return null;
  }
}

/**
 * The system may give less than it is asked for, or refuse; then more datagrams get lost when many come at once. Deno 2.9
 * does not pass it on to the system, but allocates as much for each datagram: 3 ms instead of 0.1 ms for an exchange.
 */
function enlargeReceiveBuffer(socket: Socket): void {
  if ("Deno" in globalThis) return;
  for (let bytes = RECEIVE_BUFFER_BYTES; bytes >= RECEIVE_BUFFER_BYTES_MIN; bytes /= 2) {
    try {
      return socket.setRecvBufferSize(bytes);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_SOCKET_BUFFER_SIZE") return;
    }
  }
}

/** Anybody can send anything to a UDP port: what is not a packet of ours is nobody's business. */
function parsePacket(packet: Uint8Array): Infer<typeof Packet> | null {
  try {
    return decode(Packet, packet);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

/** Where to send to; names of hosts are not looked up for every packet, nor for any. */
function destinationOf(address: SocketAddress | null): Destination | null {
  if (address?.kind !== "udp" || address.port === 0) return null;
  const family = familyOf(address.host);
  return family === null ? null : { host: address.host, port: address.port, family };
}

function familyOf(host: string): 4 | 6 | null {
  const family = isIP(host);
  return family === 4 || family === 6 ? family : null;
}

/** Addresses are numbers already; asking the system would only cost time. */
function lookUpNothing(
  host: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, host, isIP(host));
}

function sendError(cause: Error, path: string): HostError {
  return (cause as { code?: unknown }).code === "EMSGSIZE"
    ? new HostError("too-large", `The network does not take a datagram of "${path}" that large`, { cause })
    : new HostError("unreachable", `Cannot send a datagram of "${path}"`, { cause });
}
