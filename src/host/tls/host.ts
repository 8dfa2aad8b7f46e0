/**
 * The host on TLS: a connection for each stream, encrypted, and both sides prove their identities.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type Server as TlsServer,
  type TLSSocket,
} from "node:tls";
import type { Identity } from "../../identity/mod.ts";
import {
  boundAddress,
  closeServer,
  ConnectionHost,
  type ConnectionHostOptions,
  type DialTarget,
  formatSocketAddress,
  formatTlsAddress,
  type HostShare,
  listenOnAll,
  machineGroup,
  machineOf,
  OtherPeerError,
  parseTlsAddress,
  peerOf,
  reachableAddress,
  type SlotHolder,
  SlotTable,
  type SocketAddress,
  startListening,
  StreamDatagrams,
} from "../connect/mod.ts";
import { HostError } from "../error.ts";
import type { PeerInfo } from "../host.ts";
import { HostStream } from "../streams/mod.ts";
import { connectOver, tlsTransport } from "./carrier.ts";
import { type Certificate, makeCertificate, peerIdOfCertificate } from "./certificate.ts";
import { ProvenTransport } from "./transport.ts";

/** Where a host listens by default: on a free port that only this machine can reach. */
const LISTEN = ["tls:127.0.0.1:0"];
/**
 * How many connections may be proving themselves at once: what each costs is a handshake. One machine has half of them,
 * and opens a connection for each stream.
 */
const PROVING_MAX = 512;

/** The first byte of a connection of TLS: a record with a message of the handshake. */
const HANDSHAKE = 0x16;

/** Small messages leave at once; peers that vanished without a word are noticed after some minutes. */
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
/** By this name TLS tells what is spoken inside: the handshake of all hosts, and then the stream. */
const PROTOCOL = "warpwire/1";
/**
 * Both sides show certificates. The system's checks are for those of the web, which name machines and are signed by
 * others; so it is told to let all pass, and we check what they prove.
 */
const TLS = {
  minVersion: "TLSv1.3",
  requestCert: true,
  rejectUnauthorized: false,
  ALPNProtocols: [PROTOCOL],
} as const;

/** What a {@link TlsHost} needs to know. */
export interface TlsHostOptions extends Omit<ConnectionHostOptions, "peerId"> {
  /** Whose key this host has. Its id is the compressed public key as 66 hex digits. */
  readonly identity: Identity;
  /**
   * Where to listen: `tls:0.0.0.0:4001`, `tls:[::1]:0`; port 0 takes a free one. Default: a free port of 127.0.0.1. An
   * empty list only opens streams.
   */
  readonly listen?: readonly string[];
  /** Whether a peer is known: slots of strangers are taken for it. It is asked often, and must not throw. */
  readonly isKnown?: (peerId: string) => boolean;
  /**
   * Called when a connection that others make gets no place, or has to give way, with the peer's id or, before that is
   * proven, the address of its machine. It must not throw.
   */
  readonly whenRefused?: (source: string, reason: "over the limit" | "given way") => void;
}

/** What a host has in common with another one at the same addresses, which are `tcp:` for both. */
export interface TlsHostShare extends HostShare {
  /**
   * Gets each connection that does not begin as one of TLS, a `Socket` of `node:net`, whose types users of the package
   * need not have. It is paused, and what has come is unshifted. Until this resolves, it counts as one that begins.
   */
  whenOther(socket: object): Promise<void>;
  /** Gets each peer that opens a stream, with the addresses that it says it has. */
  whenOpened(peer: PeerInfo): void;
}

/** A server that gets one connection, so that it is known which one it is when its handshake is over. */
interface AnsweringServer extends TlsServer {
  whenSecure(socket: TLSSocket): void;
}

/**
 * A host on TLS. Constructing it opens nothing. `start()` throws `HostError` `address` if one of the addresses cannot
 * be listened on; then none is.
 */
export class TlsHost extends ConnectionHost {
  protected readonly datagrams: StreamDatagrams = new StreamDatagrams(this);
  readonly #options: TlsHostOptions;
  readonly #share: TlsHostShare | undefined;
  readonly #listen: readonly SocketAddress[];
  readonly #servers = new Map<Server, SocketAddress>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Map<Socket, HostStream>();
  readonly #proving = new SlotTable<SlotHolder>(PROVING_MAX);
  readonly #beginnings = new Set<Socket>();
  #context: SecureContext | null = null;
  #tls: TlsServer | null = null;

  /**
   * @param share For a host that is at the same addresses
   * @throws HostError `address` for a text in `listen` that is not an address of TLS, or of TCP if they are shared
   */
  constructor(options: TlsHostOptions, share?: TlsHostShare) {
    super({ ...options, peerId: options.identity.astralIdentity }, share);
    this.#options = options;
    this.#share = share;
    this.#listen = (options.listen ?? LISTEN).map((text) => {
      const address = this.#parse(text);
      if (address !== null) return address;
      const kind = share === undefined ? "an address of TLS" : "a TCP address";
      throw new HostError("address", `Cannot listen on "${text}", which is not ${kind}`);
    });
  }

  /** How many handles of the system this host holds: sockets that listen, connections. */
  get openHandles(): number {
    return this.#servers.size + this.#sockets.size;
  }

  addresses(): readonly string[] {
    return [...this.#servers.values()].map((address) => this.#format(address));
  }

  #parse(text: string): ReturnType<typeof parseTlsAddress> {
    return parseTlsAddress(this.#share === undefined ? text : text.replace(/^tcp:/, "tls:"));
  }

  #format(address: SocketAddress): string {
    return this.#share === undefined ? formatTlsAddress(address) : formatSocketAddress(address);
  }

  protected targets(addresses: readonly string[]): DialTarget[] {
    return addresses.flatMap((text) => this.#parse(text) ?? []).map((address) => ({
      address: this.#format(address),
      connect: (peerId) => this.#connect(address, peerId),
      reachable: (text) => reachableAddress(text, address.host),
    }));
  }

  #connect({ host, port }: SocketAddress & { readonly kind: "tcp" }, wanted: string): HostStream {
    if (this.#context === null) throw new HostError("closed", "Cannot connect: the host is not started");
    const options = { ...TLS, checkServerIdentity: () => undefined, secureContext: this.#context };
    const { socket, raw, transport } = connectOver({ host, port, ...TCP }, options, this.clock, this.closeTimeoutMs);
    this.#hold(raw);
    let prove = (_error: HostError | null) => {};
    const proof = new Promise<void>((resolve, reject) => {
      prove = (error) => error === null ? resolve() : reject(error);
    });
    const stream = new HostStream(this.clock, peerOf("", []), new ProvenTransport(transport, proof));
    transport.attach(stream);
    this.#keep(socket, stream);
    socket.once("secureConnect", () => {
      try {
        const peerId = this.#peerIdOf(socket);
        if (wanted !== "" && peerId !== wanted) throw new OtherPeerError(wanted, peerId);
        stream.peerInfo = peerOf(peerId, []);
        prove(null);
      } catch (error) {
        prove(error as HostError);
        stream.fail(error as HostError);
      }
    });
    socket.once("close", () => prove(stream.brokenError()));
    return stream;
  }

  /** Who is at the other end of a connection whose handshake is over. */
  #peerIdOf(socket: TLSSocket): string {
    if (socket.alpnProtocol !== PROTOCOL) throw new HostError("protocol", "The other side speaks another protocol");
    // Whoever takes up an earlier connection proves nothing in this one.
    if (socket.isSessionReused()) throw new HostError("protocol", "The other side has not shown its certificate");
    const { raw } = socket.getPeerCertificate();
    if (raw === undefined) throw new HostError("protocol", "The other side has no certificate");
    return peerIdOfCertificate(raw, Date.now());
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #keep(socket: TLSSocket, stream: HostStream): void {
    this.#streams.set(socket, stream);
    socket.once("close", () => this.#streams.delete(socket));
  }

  /** Takes a connection that was accepted: it has a limited time to become one of TLS, or of another kind. */
  #take(raw: Socket): void {
    if (!this.started || this.#tls === null) return void raw.destroy();
    const group = machineGroup(machineOf(raw));
    const { whenRefused = () => {} } = this.#options;
    const slot: SlotHolder = {
      ...{ group, known: false, used: false },
      evict: () => {
        whenRefused(group ?? "", "given way");
        raw.destroy();
      },
    };
    if (!this.#proving.take(slot)) {
      whenRefused(group ?? "", "over the limit");
      return void raw.destroy();
    }
    this.#hold(raw);
    const timer = this.clock.setTimer(this.openingTimeoutMs, () => raw.destroy());
    const leave = () => {
      timer.clear();
      this.#proving.leave(slot);
      this.#beginnings.delete(raw);
    };
    this.#beginnings.add(raw);
    raw.once("close", leave);
    raw.on("error", () => {});
    // One of its own for each connection, but not a new one, which would take 2 ms.
    const server: AnsweringServer = Object.create(this.#tls);
    server.whenSecure = (socket) => {
      leave();
      this.#answer(socket, raw);
    };
    const share = this.#share;
    if (share === undefined) return void server.emit("connection", raw);
    raw.once("data", (piece) => {
      raw.pause();
      raw.unshift(piece);
      if (piece[0] === HANDSHAKE) return void server.emit("connection", raw);
      void share.whenOther(raw).finally(() => {
        leave();
        this.#sockets.delete(raw);
      });
    });
  }

  /** The handshake with a caller is over. */
  #answer(socket: TLSSocket, raw: Socket): void {
    socket.on("error", () => {});
    let peerId: string;
    try {
      peerId = this.#peerIdOf(socket);
    } catch {
      return void socket.destroy();
    }
    const transport = tlsTransport(socket, raw, this.clock, this.closeTimeoutMs);
    const machine = machineOf(raw);
    const stream = new HostStream(this.clock, peerOf(peerId, []), transport);
    this.#keep(socket, stream);
    transport.attach(stream);
    const slot = this.#slotOf(peerId, machine, stream);
    if (!this.slots.take(slot)) {
      this.#options.whenRefused?.(peerId, "over the limit");
      return stream.abort();
    }
    socket.once("close", () => this.slots.leave(slot));
    void this.responder.answer({
      ...{ stream, transport },
      peerInfo: (_claimed, addresses) => {
        const peer = peerOf(peerId, addresses.map((text) => reachableAddress(text, machine)));
        this.#share?.whenOpened(peer);
        return peer;
      },
      whenUsed: () => slot.used = true,
    });
  }

  #slotOf(peerId: string, machine: string | undefined, stream: HostStream): SlotHolder & { used: boolean } {
    const { isKnown = () => false, whenRefused = () => {} } = this.#options;
    return {
      group: isKnown(peerId) ? peerId : machineGroup(machine),
      get known() {
        return isKnown(peerId);
      },
      used: false,
      evict: () => {
        whenRefused(peerId, "given way");
        stream.abort();
      },
    };
  }

  protected async open(): Promise<void> {
    const certificate: Certificate = await makeCertificate(this.#options.identity);
    this.#context = createSecureContext({ ...certificate, minVersion: TLS.minVersion });
    // It listens nowhere, but gets the connections: so they can be counted, and given up, before their handshakes.
    this.#tls = createTlsServer({ ...TLS, ...certificate }, function (this: TlsServer, socket) {
      (this as AnsweringServer).whenSecure(socket);
    });
    this.#tls.on("tlsClientError", (_error, socket) => socket.destroy());
    await listenOnAll(this.#listen, (address) => this.#listenOn(address));
  }

  async #listenOn(address: SocketAddress): Promise<void> {
    const server = createServer(TCP, (socket) => this.#take(socket));
    const { host, port } = address as SocketAddress & { readonly kind: "tcp" };
    await startListening(server, { host, port, ipv6Only: this.#share !== undefined }, this.#format(address));
    this.#servers.set(server, boundAddress(server, address));
  }

  protected async disconnect(error: HostError): Promise<void> {
    const closed: Promise<unknown>[] = [...this.#servers.keys()].map(closeServer);
    for (const socket of this.#sockets) closed.push(new Promise((resolve) => socket.once("close", resolve)));
    for (const stream of this.#streams.values()) stream.fail(error);
    for (const raw of this.#beginnings) raw.destroy();
    await Promise.all(closed);
    this.#servers.clear();
    this.#context = null;
    this.#tls = null;
  }
}

/** A started host on TLS, see {@link TlsHost}. */
export async function tlsHost(options: TlsHostOptions): Promise<TlsHost> {
  const host = new TlsHost(options);
  await host.start();
  return host;
}
