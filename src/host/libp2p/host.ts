/**
 * The host on libp2p.
 *
 * @module
 */

import type { Connection, IdentifyResult, PeerId, PeerInfo as Libp2pPeerInfo } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import {
  BaseHost,
  checkText,
  type HostShare,
  listenFailures,
  PEER_ADDRESSES_MAX,
  peerOf,
  StreamDatagrams,
  withFailures,
} from "../connect/mod.ts";
import { HostError } from "../error.ts";
import type { PeerInfo, Stream, StreamMountOptions, StreamProtocol, WaitOptions } from "../host.ts";
import { canonicalPeerId, fromLibp2pId, fromMultiaddrText, toMultiaddrText } from "./names.ts";
import { closeConnection, isOpen, KnownPeers, Libp2pConnections, type Libp2pDialPlan } from "./connections.ts";
import { createLibp2pNode } from "./node.ts";
import { type ConnectionRefusal, LIBP2P_PROTOCOL, type Libp2pHostOptions, type MdnsOptions } from "./options.ts";
import { loadLibp2pPackages } from "./packages.ts";
import { PING_PROTOCOL, PING_STREAMS_MAX } from "./ping.ts";
import { isOfNode, MountedProtocols } from "./protocols.ts";
import { Libp2pSlots } from "./slots.ts";
import { Libp2pStreams } from "./streams.ts";
import { quicken } from "./wire.ts";
import { TIME_LIMITS } from "../timing/mod.ts";

export { type ConnectionRefusal, LIBP2P_PROTOCOL, type Libp2pHostOptions, type MdnsOptions };

/** Where a host listens by default: on a free port that only this machine can reach. */
const LISTEN = ["tcp:127.0.0.1:0"];
const CONNECTIONS_MAX = 256;
const STREAMS_MAX = 1024;
/**
 * How long the queues inside libp2p have, in milliseconds, to end the timers of 1 ms by which they say they are empty.
 */
const QUEUES_MS = 10;

/** What a host has in common with another one, which listens for both. */
export interface Libp2pHostShare extends HostShare {
  /** Where it listens. */
  bound(): readonly string[];
}

/** What there is while a host is started. */
interface Running {
  readonly node: Libp2p;
  readonly connections: Libp2pConnections;
  /** Takes a connection that others have made, if another host listens. */
  readonly take: ((socket: object) => void) | null;
}

/**
 * A host in a libp2p network. Constructing it opens nothing. `start()` throws `HostError` `unsupported` if packages of
 * libp2p are missing; `address` if one of the addresses cannot be listened on.
 */
export class Libp2pHost extends BaseHost {
  readonly peerId: string;
  protected readonly datagrams: StreamDatagrams = new StreamDatagrams(this);
  readonly #options: Libp2pHostOptions;
  readonly #listen: readonly string[];
  readonly #streams: Libp2pStreams;
  readonly #protocols: MountedProtocols;
  readonly #known = new KnownPeers();
  readonly #slots: Libp2pSlots;
  readonly #share: Libp2pHostShare | undefined;
  #running: Running | null = null;

  /** @throws HostError `address` for a text in `listen` that is not an address of TCP */
  constructor(options: Libp2pHostOptions, share?: Libp2pHostShare) {
    super(undefined, undefined, share);
    this.peerId = options.identity.astralIdentity;
    this.#options = options;
    this.#share = share;
    this.#listen = share === undefined ? (options.listen ?? LISTEN).map(parseListen) : [];
    for (const peer of options.peers ?? []) this.remember(peer);
    const given = new Set((options.peers ?? []).map(({ peerId }) => canonicalPeerId(peerId)));
    const isKnown = options.isKnown ?? ((peerId: string) => given.has(peerId));
    const streamsMax = options.streamsMax ?? STREAMS_MAX;
    this.#streams = new Libp2pStreams({
      clock: this.clock,
      peerId: this.peerId,
      mounts: this.mounts,
      isKnown,
      streamsMax,
      announced: () => (share?.announced() ?? this.addresses()).slice(0, PEER_ADDRESSES_MAX),
      infoOf: (peerId) => this.#infoOf(peerId),
      openingTimeoutMs: options.openingTimeoutMs ?? TIME_LIMITS.openingMs,
      decisionTimeoutMs: options.decisionTimeoutMs ?? TIME_LIMITS.decisionMs,
      closeTimeoutMs: options.closeTimeoutMs ?? TIME_LIMITS.closeMs,
    });
    this.#protocols = new MountedProtocols((muxed, from) => this.#streams.answerProtocol(muxed, from), streamsMax);
    this.#slots = new Libp2pSlots({
      connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
      isKnown,
      isUsed: (connection) => this.#streams.isUsed(connection),
      whenRefused: options.whenRefused ?? (() => {}),
    });
  }

  /** The same identity as libp2p writes it: `16Uiu2HAm...`. */
  get libp2pPeerId(): string {
    return this.#options.identity.peerId;
  }

  /** How many connections and streams this host holds. */
  get openHandles(): number {
    return (this.#running?.node.getConnections().length ?? 0) + this.#streams.size;
  }

  addresses(): readonly string[] {
    return this.#running?.node.getMultiaddrs().map((multiaddr) => fromMultiaddrText(multiaddr.toString())) ?? [];
  }

  /** The peers to which there is a connection, with the addresses known of them. */
  peers(): PeerInfo[] {
    const connections = this.#running?.node.getConnections().filter(isOpen) ?? [];
    return [...new Set(connections.map(peerIdOf))].map((peerId) => this.#infoOf(peerId));
  }

  /** Where a peer may be: the addresses given, or else those that are known. */
  addressesOf(peer: PeerInfo): readonly string[] {
    return this.#known.addressesOf({ ...peer, peerId: canonicalPeerId(peer.peerId) });
  }

  /** Whether there is a connection to a peer. */
  isConnected(peerId: string): boolean {
    return this.#running?.connections.find({ peer: { peerId: canonicalPeerId(peerId) }, addresses: [] }) != null;
  }

  /** Remembers where a peer is, as `peers` of the options does. */
  remember({ peerId, addresses = [] }: PeerInfo): void {
    this.#known.reached(canonicalPeerId(peerId), addresses);
  }

  /** A peer says where it is. */
  hear({ peerId, addresses = [] }: PeerInfo): void {
    this.#known.heard(peerId, addresses);
  }

  /** A path that begins with a slash is a protocol of the node, so that all programs of libp2p can open it. */
  override mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    if (isOfNode(path)) throw new HostError("mounted", `Cannot mount "${path}": the host itself answers it`);
    const protocol = this.mounts.mountStreams(path, options, () => this.#protocols.remove(path));
    this.#protocols.add(path);
    return protocol;
  }

  /**
   * Takes a connection, paused, that was accepted by the host which listens for this one. It is started for that.
   *
   * @param accepted A `Socket` of `node:net`, whose types users of the package need not have
   */
  async take(accepted: object): Promise<void> {
    const socket = accepted as Pick<import("node:net").Socket, "resume" | "destroy">;
    try {
      await this.start();
      const take = this.#running?.take ?? null;
      if (take === null) throw new HostError("closed", "The host was stopped");
      take(socket);
      socket.resume();
    } catch {
      socket.destroy();
    }
  }

  protected async openPath(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<Stream> {
    return await this.#reach(peer, action, options, async (connection, signal) => {
      try {
        return await this.#streams.open(connection, path, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw openingError(error, path);
      }
    });
  }

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    return await this.#reach(peer, "Connecting", options, (connection) => this.#infoOf(peerIdOf(connection)));
  }

  /**
   * Does something with a connection to a peer: with one that is there, or if that turns out to be broken, a new one.
   */
  async #reach<T>(
    peer: PeerInfo,
    action: string,
    options: WaitOptions,
    use: (connection: Connection, signal: AbortSignal) => Promise<T> | T,
  ): Promise<T> {
    if (peer.peerId !== "") checkText(peer.peerId, "peer id");
    const wanted = { ...peer, peerId: canonicalPeerId(peer.peerId) };
    const tried: Libp2pDialPlan["tried"] = { outcomes: new Map() };
    try {
      return await this.run(action, options, (signal) => {
        return this.#find({ action, peer: wanted, addresses: this.#known.addressesOf(wanted), signal, tried }, use);
      });
    } catch (error) {
      throw withFailures(error, [...tried.outcomes].map(([address, error]) => ({ address, error })));
    }
  }

  async #find<T>(
    plan: Libp2pDialPlan,
    use: (connection: Connection, signal: AbortSignal) => Promise<T> | T,
  ): Promise<T> {
    const connections = this.#running?.connections;
    if (connections === undefined) throw new HostError("closed", `${plan.action} failed: the host is not started`);
    const found = connections.find(plan);
    if (found !== null) {
      try {
        return await use(found, plan.signal);
      } catch (error) {
        if (isOpen(found) || plan.signal.aborted) throw error;
      }
    }
    const made = await connections.dial(plan);
    this.#known.reached(peerIdOf(made), [fromMultiaddrText(made.remoteAddr.toString())]);
    return await use(made, plan.signal);
  }

  #infoOf(peerId: string): PeerInfo {
    return peerOf(peerId, this.#known.addressesOf({ peerId }));
  }

  protected async open(): Promise<void> {
    const { identity, mdns = false } = this.#options;
    const packages = await loadLibp2pPackages();
    const listen = this.#share?.bound().map(parseListen) ?? this.#listen;
    const takes: ((socket: object) => void)[] = [];
    const node = await createLibp2pNode(packages, {
      secret: identity.toSecret(),
      listen,
      gater: this.#slots.gater,
      streamsMax: this.#options.streamsMax ?? STREAMS_MAX,
      openingTimeoutMs: this.#options.openingTimeoutMs ?? TIME_LIMITS.openingMs,
      mdns: mdns === false ? null : mdns === true ? {} : mdns,
      ...(this.#share !== undefined && { whenListening: (take) => takes.push(take) }),
    });
    await this.#listenToEvents(node);
    try {
      await node.start();
    } catch (cause) {
      await node.stop();
      throw listenFailures(
        listen.map(fromMultiaddrText),
        cause,
        (address) => toMultiaddrText(address) ?? address,
      );
    }
    // It is the same for libp2p which of its listeners gets a connection.
    this.#running = { node, connections: new Libp2pConnections(node, packages), take: takes[0] ?? null };
  }

  async #listenToEvents(node: Libp2p): Promise<void> {
    const maxStreams = this.#options.streamsMax ?? STREAMS_MAX;
    node.addEventListener("connection:open", ({ detail }) => {
      quicken(detail);
      this.#slots.admit(detail);
    });
    node.addEventListener("peer:identify", ({ detail }) => this.#onIdentify(detail));
    node.addEventListener("peer:discovery", ({ detail }) => this.#onDiscovery(node, detail));
    node.addEventListener("peer:disconnect", ({ detail }) => {
      if (this.#running !== null) forget(node, detail);
    });
    await node.handle(LIBP2P_PROTOCOL, (stream, connection) => this.#streams.answer(stream, connection), {
      maxInboundStreams: maxStreams,
      maxOutboundStreams: maxStreams,
    });
    await node.handle(PING_PROTOCOL, (stream, connection) => this.#streams.answerPings(stream, connection), {
      maxInboundStreams: PING_STREAMS_MAX,
    });
    this.#protocols.begin(node, this.mounts.paths());
  }

  #onIdentify({ peerId, listenAddrs }: IdentifyResult): void {
    const addresses = listenAddrs.map((each) => fromMultiaddrText(each.toString()));
    this.hear({ peerId: fromLibp2pId(peerId.toString()), addresses });
  }

  /** libp2p calls this "discovery" for every peer that is new to it, connected or not. */
  #onDiscovery(node: Libp2p, { id, multiaddrs }: Libp2pPeerInfo): void {
    if (multiaddrs.length === 0 || id.equals(node.peerId) || node.getConnections(id).length > 0) return;
    const peer = peerOf(fromLibp2pId(id.toString()), multiaddrs.map((each) => fromMultiaddrText(each.toString())));
    this.hear(peer);
    forget(node, id);
    this.#options.whenDiscovered?.(peer);
  }

  protected async release(error: HostError): Promise<void> {
    const node = this.#running?.node;
    this.#running = null;
    this.#protocols.end();
    await this.#streams.end(error);
    if (node === undefined) return;
    await Promise.all(node.getConnections().filter(isOpen).map((connection) => closeConnection(connection)));
    await node.stop();
    // The store may still be writing; a read waits for that.
    await node.peerStore.all();
    await new Promise<void>((resolve) => this.clock.setTimer(QUEUES_MS, resolve));
  }
}

/** A started host in a libp2p network, see {@link Libp2pHost}. */
export async function libp2pHost(options: Libp2pHostOptions): Promise<Libp2pHost> {
  const host = new Libp2pHost(options);
  await host.start();
  return host;
}

function parseListen(address: string): string {
  const text = toMultiaddrText(address);
  if (text === null) throw new HostError("address", `Cannot listen on "${address}", which is not a TCP address`);
  return text;
}

function peerIdOf({ remotePeer }: Connection): string {
  return fromLibp2pId(remotePeer.toString());
}

/** libp2p itself keeps only peers that are connected: its store has no bound, and strangers could fill it. */
function forget(node: Libp2p, peer: PeerId): void {
  node.peerStore.delete(peer).catch(() => {});
}

/** What the opener of a stream gets for what went wrong on a connection. */
function openingError(cause: unknown, path: string): HostError {
  if (cause instanceof HostError && !["reset", "closed", "protocol"].includes(cause.code)) return cause;
  switch ((cause as { name?: string }).name) {
    case "UnsupportedProtocolError":
      return new HostError("unknown-protocol", `Opening "${path}" failed: the peer does not speak it`, { cause });
    case "TooManyOutboundProtocolStreamsError":
      return new HostError("busy", `Opening "${path}" failed: too many streams go to the peer`, { cause });
    default:
      return new HostError("unreachable", `Opening "${path}" failed: the connection to the peer broke`, { cause });
  }
}
