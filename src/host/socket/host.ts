/**
 * The host on sockets: TCP and Unix streams, UDP datagrams.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import {
  Answerer,
  checkText,
  Dialer,
  type DialTarget,
  formatSocketAddress,
  listenFailure,
  machineGroup,
  type MountedDatagrams,
  type MountHost,
  MountTable,
  parseSocketAddress,
  PEER_ADDRESSES_MAX,
  peerOf,
  reachableAddress,
  type SlotHolder,
  SlotTable,
  type SocketAddress,
} from "../connect/mod.ts";
import { HostStream } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import type {
  DatagramMountOptions,
  DatagramProtocol,
  Host,
  PeerInfo,
  Stream,
  StreamMountOptions,
  StreamProtocol,
  WaitOptions,
} from "../host.ts";
import { mutex, systemClock, systemRandom } from "../timing/mod.ts";
import { SocketTransport } from "./transport.ts";
import { DatagramSockets } from "./datagrams.ts";

/** Where a host listens unless told otherwise: on free ports that only this machine can reach. */
const LISTEN = ["tcp:127.0.0.1:0", "udp:127.0.0.1:0"];
const CONNECTIONS_MAX = 1024;
const OPENING_TIMEOUT_MS = 5000;
const DECISION_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5000;

/** Small messages leave at once; peers that vanished without a word are noticed after some minutes. */
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/** What a {@link SocketHost} needs to know. */
export interface SocketHostOptions {
  /** The id that this host gives itself. */
  readonly peerId: string;
  /**
   * Where to listen: `tcp:127.0.0.1:4001`, `unix:/run/warpwire`, `udp:127.0.0.1:4001` (one for each version of IP);
   * port 0 takes a free one. Default: TCP and UDP on free ports of 127.0.0.1. An empty list only opens streams.
   */
  readonly listen?: readonly string[];
  /**
   * How many connections others may have here; those on which nothing was accepted yet give way to new ones,
   * and one machine has at most half of them. Default 1024.
   */
  readonly connectionsMax?: number;
  /** How long a caller may take to say what it wants, in milliseconds. Default 5 s. */
  readonly openingTimeoutMs?: number;
  /** How long a program may take to accept or reject a stream before the caller hears `busy`. Default 60 s. */
  readonly decisionTimeoutMs?: number;
  /** How long closing a stream may take until the system has what was written, in milliseconds. Default 5 s. */
  readonly closeTimeoutMs?: number;
}

/** A connection as a stream. */
interface Connection {
  readonly transport: SocketTransport;
  readonly stream: HostStream;
}

/** A host on sockets. Constructing it opens nothing. */
export class SocketHost implements Host {
  readonly peerId: string;
  readonly clock = systemClock;
  readonly random = systemRandom;
  readonly #listen: readonly SocketAddress[];
  readonly #closeTimeoutMs: number;
  readonly #mounts: MountTable;
  readonly #dialer: Dialer;
  readonly #answerer: Answerer;
  readonly #datagrams: DatagramSockets;
  readonly #servers = new Map<Server, SocketAddress>();
  readonly #slots: SlotTable<SlotHolder>;
  readonly #connections = new Map<Socket, HostStream>();
  #started = false;
  /** Carries out calls of start() and stop() one after the other. */
  readonly #exclusive = mutex();

  /** @throws HostError `address` for a text in `listen` that is no address; RangeError for a peer id without bytes */
  constructor(options: SocketHostOptions) {
    checkText(options.peerId, "peer id");
    this.peerId = options.peerId;
    this.#listen = (options.listen ?? LISTEN).map(parseListen);
    this.#slots = new SlotTable(options.connectionsMax ?? CONNECTIONS_MAX);
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    this.#mounts = new MountTable(this.#mountHost());
    const announced = () => this.addresses().slice(0, PEER_ADDRESSES_MAX);
    this.#dialer = new Dialer({
      peerId: this.peerId,
      clock: this.clock,
      announced,
      targets: (addresses) => this.#targets(addresses),
    });
    this.#answerer = new Answerer({
      peerId: this.peerId,
      clock: this.clock,
      mounts: this.#mounts,
      openingTimeoutMs: options.openingTimeoutMs ?? OPENING_TIMEOUT_MS,
      decisionTimeoutMs: options.decisionTimeoutMs ?? DECISION_TIMEOUT_MS,
      announced,
    });
    this.#datagrams = new DatagramSockets(this.peerId, this.#mounts);
  }

  /** How many handles of the system this host holds: sockets that listen, connections, UDP sockets. */
  get openHandles(): number {
    return this.#servers.size + this.#connections.size + this.#datagrams.openSockets;
  }

  /** @throws HostError `address` if one of the addresses cannot be listened on; then none is */
  start(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#started) return;
      this.#started = true;
      try {
        for (const address of this.#listen) await this.#listenOn(address);
      } catch (error) {
        await this.#release();
        throw error;
      }
    });
  }

  stop(): Promise<void> {
    return this.#exclusive(() => this.#halt());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  addresses(): readonly string[] {
    const streams = [...this.#servers.values()].map(formatSocketAddress);
    return [...streams, ...this.#datagrams.addresses()];
  }

  mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    return this.#mounts.mountStreams(path, options);
  }

  mountDatagrams(path: string, options: DatagramMountOptions = {}): DatagramProtocol {
    if (!this.#listen.some(({ kind }) => kind === "udp")) {
      throw new HostError("unsupported", `Cannot mount "${path}" for datagrams: the host does not listen on UDP`);
    }
    if (this.#mounts.rawDatagrams() !== undefined || (options.raw && this.#mounts.datagramPaths > 0)) {
      throw new HostError("mounted", `Cannot mount "${path}": raw datagrams need the UDP socket for themselves`);
    }
    return this.#mounts.mountDatagrams(path, options);
  }

  async openStream(peer: PeerInfo, path: string, options: WaitOptions = {}): Promise<Stream> {
    checkText(path, "path");
    return await this.#open(peer, path, `Opening "${path}"`, options);
  }

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    const stream = await this.#open(peer, "", "Connecting", options);
    await stream.close();
    return stream.peerInfo;
  }

  async #open(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<HostStream> {
    if (!this.#started) throw new HostError("closed", `${action} failed: the host is not started`);
    return await this.#dialer.open({ action, peer, path }, options);
  }

  #targets(addresses: readonly string[]): DialTarget[] {
    return addresses.flatMap((text) => parseSocketAddress(text) ?? []).filter(({ kind }) => kind !== "udp")
      .map((address) => ({
        address: formatSocketAddress(address),
        connect: () => this.#connect(address),
        reachable: (text) => reachableAddress(text, address.kind === "unix" ? undefined : address.host),
      }));
  }

  #connect(address: SocketAddress): HostStream {
    const to = address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port, ...TCP };
    return this.#carry(SocketTransport.connect(to, this.clock, this.#closeTimeoutMs)).stream;
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
    if (!this.#started) return void accepted.destroy();
    const connection = this.#carry(SocketTransport.accept(accepted, this.clock, this.#closeTimeoutMs));
    const { stream, transport: { socket } } = connection;
    const machine = socket.remoteAddress?.replace(/^::ffff:/, "");
    const slot = { group: machineGroup(machine), known: false, used: false, evict: () => stream.abort() };
    if (!this.#slots.take(slot)) return stream.abort();
    socket.once("close", () => this.#slots.leave(slot));
    void this.#answerer.answer({
      ...connection,
      peerInfo: (id, addresses) => peerOf(id, addresses.map((text) => reachableAddress(text, machine))),
      whenUsed: () => slot.used = true,
    });
  }

  async #listenOn(address: SocketAddress): Promise<void> {
    if (address.kind === "udp") return await this.#datagrams.listen(address);
    const server = createServer(TCP, (socket) => this.#onConnection(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        reject(listenFailure(formatSocketAddress(address), cause));
      });
      server.listen(
        address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port },
        resolve,
      );
    });
    // Later errors are those of single connections, such as too many open files; the server goes on.
    server.removeAllListeners("error").on("error", () => {});
    this.#servers.set(server, boundAddress(server, address));
  }

  async #halt(): Promise<void> {
    this.#mounts.clear();
    await this.#release();
  }

  /** Lets go of everything that the system has given this host. */
  async #release(): Promise<void> {
    this.#started = false;
    const error = new HostError("closed", `The host "${this.peerId}" was stopped`);
    this.#dialer.giveUp(error);
    const closed: Promise<unknown>[] = [this.#datagrams.close()];
    for (const server of this.#servers.keys()) closed.push(new Promise((resolve) => server.close(resolve)));
    for (const [socket, stream] of this.#connections) {
      closed.push(new Promise((resolve) => socket.once("close", resolve)));
      stream.fail(error);
    }
    await Promise.all(closed);
    this.#servers.clear();
  }

  #mountHost(): MountHost {
    return {
      clock: this.clock,
      datagramBytesMax: (path, { raw = false }) => this.#datagrams.datagramBytesMax(path, raw),
      openStream: (peer, path, options) => this.openStream(peer, path, options),
      sendDatagram: (mount, bytes, peer) => this.#sendDatagram(mount, bytes, peer),
    };
  }

  #sendDatagram(mount: MountedDatagrams, bytes: Uint8Array, peer: PeerInfo): Promise<void> {
    if (!this.#started) return Promise.reject(new HostError("closed", "Cannot send: the host is not started"));
    return this.#datagrams.send(mount, bytes, this.#dialer.book.addressesOf(peer));
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
  if (address === null) throw new HostError("address", `Cannot listen on "${text}", which is no address of a socket`);
  return address;
}

/** Where a server really listens: on the port that it was given in place of 0. */
function boundAddress(server: Server, asked: SocketAddress): SocketAddress {
  const bound = server.address();
  if (asked.kind === "unix" || bound === null || typeof bound === "string") return asked;
  return { kind: "tcp", host: bound.address, port: bound.port };
}
