/**
 * Hosts on the sockets of the system: streams over TCP and unix sockets, datagrams over UDP. On Node and Deno.
 *
 * Nothing here is authenticated or encrypted: a peer's id is what it says. Listen where only those can connect who may,
 * which is why the default is the loopback interface.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import {
  boundAddress,
  closeServer,
  ConnectionHost,
  type ConnectionHostOptions,
  DatagramMountTable,
  type DialTarget,
  formatSocketAddress,
  listenOnAll,
  machineGroup,
  machineOf,
  type MountedDatagrams,
  parseSocketAddress,
  peerOf,
  reachableAddress,
  type SocketAddress,
  startListening,
} from "../connect/mod.ts";
import { HostStream } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type { DatagramMountOptions, DatagramProtocol, PeerInfo } from "../host.ts";
import { SocketTransport } from "./transport.ts";
import { DatagramSockets } from "./datagrams.ts";

/** Where a host listens by default: on free ports that only this machine can reach. */
const LISTEN = ["tcp:127.0.0.1:0", "udp:127.0.0.1:0"];

/** Small messages leave at once; peers that vanished without a word are noticed after some minutes. */
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/** What a {@link SocketHost} needs to know. */
export interface SocketHostOptions extends ConnectionHostOptions {
  /**
   * Where to listen: `tcp:127.0.0.1:4001`, `unix:/run/warpwire`, `udp:127.0.0.1:4001` (one for each version of IP);
   * port 0 takes a free one. Default: TCP and UDP on free ports of 127.0.0.1. An empty list only opens streams.
   */
  readonly listen?: readonly string[];
}

/** A connection as a stream. */
interface Connection {
  readonly transport: SocketTransport;
  readonly stream: HostStream;
}

/**
 * A host on sockets. Constructing it opens nothing. `start()` throws `HostError` `address` if one of the addresses
 * cannot be listened on; then none is.
 */
export class SocketHost extends ConnectionHost {
  readonly #listen: readonly SocketAddress[];
  readonly #sockets: DatagramSockets;
  readonly #servers = new Map<Server, SocketAddress>();
  readonly #connections = new Map<Socket, HostStream>();
  protected readonly datagrams: DatagramMountTable = new DatagramMountTable({
    clock: this.clock,
    datagramBytesMax: (path, { raw = false }) => this.#sockets.datagramBytesMax(path, raw),
    sendDatagram: (mount, bytes, peer) => this.#sendDatagram(mount, bytes, peer),
  });

  /**
   * @throws HostError `address` for a text in `listen` that is not an address; RangeError for a peer id without bytes
   */
  constructor(options: SocketHostOptions) {
    super(options);
    this.#listen = (options.listen ?? LISTEN).map(parseListen);
    this.#sockets = new DatagramSockets(this.peerId, this.datagrams);
  }

  /** How many handles of the system this host holds: sockets that listen, connections, UDP sockets. */
  get openHandles(): number {
    return this.#servers.size + this.#connections.size + this.#sockets.openSockets;
  }

  addresses(): readonly string[] {
    const streams = [...this.#servers.values()].map(formatSocketAddress);
    return [...streams, ...this.#sockets.addresses()];
  }

  override mountDatagrams(path: string, options: DatagramMountOptions = {}): DatagramProtocol {
    if (!this.#listen.some(({ kind }) => kind === "udp")) {
      throw new HostError("unsupported", `Cannot mount "${path}" for datagrams: the host does not listen on UDP`);
    }
    if (this.datagrams.raw() !== undefined || (options.raw && this.datagrams.size > 0)) {
      throw new HostError("mounted", `Cannot mount "${path}": raw datagrams need the UDP socket for themselves`);
    }
    return super.mountDatagrams(path, options);
  }

  protected targets(addresses: readonly string[]): DialTarget[] {
    return addresses.flatMap((text) => parseSocketAddress(text) ?? []).filter(({ kind }) => kind !== "udp")
      .map((address) => ({
        address: formatSocketAddress(address),
        connect: () => this.#connect(address),
        reachable: (text) => reachableAddress(text, address.kind === "unix" ? undefined : address.host),
      }));
  }

  #connect(address: SocketAddress): HostStream {
    const to = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port, ...TCP };
    return this.#carry(SocketTransport.connect(to, this.clock, this.closeTimeoutMs)).stream;
  }

  /** Makes a socket a stream of this host. */
  #carry(transport: SocketTransport): Connection {
    const { socket } = transport;
    const stream = new HostStream(this.clock, peerOf("", []), transport);
    transport.attach(stream);
    this.#connections.set(socket, stream);
    socket.once("close", () => this.#connections.delete(socket));
    return { transport, stream };
  }

  #onConnection(accepted: Socket): void {
    if (!this.started) return void accepted.destroy();
    const connection = this.#carry(SocketTransport.accept(accepted, this.clock, this.closeTimeoutMs));
    const { stream, transport: { socket } } = connection;
    const machine = machineOf(socket);
    const slot = { group: machineGroup(machine), known: false, used: false, evict: () => stream.abort() };
    if (!this.slots.take(slot)) return stream.abort();
    socket.once("close", () => this.slots.leave(slot));
    void this.responder.answer({
      ...connection,
      peerInfo: (id, addresses) => peerOf(id, addresses.map((text) => reachableAddress(text, machine))),
      whenUsed: () => slot.used = true,
    });
  }

  protected async open(): Promise<void> {
    await listenOnAll(this.#listen, (address) => this.#listenOn(address));
  }

  async #listenOn(address: SocketAddress): Promise<void> {
    if (address.kind === "udp") return await this.#sockets.listen(address);
    const server = createServer(TCP, (socket) => this.#onConnection(socket));
    const where = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
    await startListening(server, where, formatSocketAddress(address));
    this.#servers.set(server, boundAddress(server, address));
  }

  protected async disconnect(error: HostError): Promise<void> {
    const closed: Promise<unknown>[] = [this.#sockets.close()];
    for (const server of this.#servers.keys()) closed.push(closeServer(server));
    for (const [socket, stream] of this.#connections) {
      closed.push(new Promise((resolve) => socket.once("close", resolve)));
      stream.fail(error);
    }
    await Promise.all(closed);
    this.#servers.clear();
  }

  #sendDatagram(mount: MountedDatagrams, bytes: Uint8Array, peer: PeerInfo): Promise<void> {
    if (!this.started) return Promise.reject(new HostError("closed", "Cannot send: the host is not started"));
    return this.#sockets.send(mount, bytes, this.dialer.book.addressesOf(peer));
  }
}

/** A started host on sockets, see {@link SocketHost}. */
export async function socketHost(options: SocketHostOptions): Promise<SocketHost> {
  const host = new SocketHost(options);
  await host.start();
  return host;
}

function parseListen(text: string): SocketAddress {
  const address = parseSocketAddress(text);
  if (address === null) throw new HostError("address", `Cannot listen on "${text}", which is not a socket address`);
  return address;
}
