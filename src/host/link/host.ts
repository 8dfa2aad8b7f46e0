/**
 * The host that identities meet on. It listens for TLS; connections that begin as anything else go to a libp2p host,
 * which has the same addresses.
 *
 * @module
 */

import { isIdentity } from "../../../codec/protocols/astral/mod.ts";
import { BaseHost, checkText, type DialFailureCode, StreamDatagrams, UnreachedError } from "../connect/mod.ts";
import type { HostError } from "../error.ts";
import type { PeerInfo, Stream, StreamMountOptions, StreamProtocol, WaitOptions } from "../host.ts";
import {
  canonicalPeerId,
  fromMultiaddrText,
  Libp2pHost,
  type Libp2pHostOptions,
  toMultiaddrText,
} from "../libp2p/mod.ts";
import { ownAddresses } from "../socket/mod.ts";
import { TIME_LIMITS } from "../timing/mod.ts";
import { TlsHost } from "../tls/mod.ts";
import { TlsWays } from "./ways.ts";

/** How long a peer to which libp2p has a connection is tried over TLS before a stream goes over libp2p, in milliseconds. */
const TRIAL_MS = 1000;
/** How long such a trial takes at most, in milliseconds. */
const TRIAL_MS_MAX = 5000;

/** Why nobody is at an address: nothing else would be answered there either. */
const NOBODY: ReadonlySet<DialFailureCode> = new Set(["refused", "no-route", "unknown-name"]);

/** Addresses that lead nowhere without an interface (RFC 4291, section 2.5.6). */
const LINK_LOCAL = /^tcp:\[fe[89ab][^%]*$/i;

/** A peer, and where it may be. */
interface KnownPeer extends PeerInfo {
  readonly addresses: readonly string[];
}

/** What a {@link LinkHost} needs to know: the same as a `Libp2pHost`. */
export type LinkHostOptions = Libp2pHostOptions;

/**
 * A host on TLS and libp2p. Streams go over TLS where the peer answers it at one of its addresses, and over libp2p
 * elsewhere: to programs that do not know TLS, and to machines that cannot be reached but have made a connection
 * themselves. It throws what a `Libp2pHost` does. libp2p is loaded only when it is needed: when a peer comes or is
 * reached in that way, and at once for mDNS.
 */
export class LinkHost extends BaseHost {
  readonly peerId: string;
  protected readonly datagrams: StreamDatagrams = new StreamDatagrams(this);
  readonly #isFound: boolean;
  readonly #tls: TlsHost;
  readonly #libp2p: Libp2pHost;
  readonly #ways: TlsWays;
  readonly #trials = new Map<string, Promise<void>>();

  /** @throws HostError `address` for a text in `listen` that is not an address of TCP */
  constructor(options: LinkHostOptions) {
    super();
    const share = { mounts: this.mounts, announced: () => [...this.addresses()] };
    const { streamsMax, identity, mdns = false } = options;
    const listen = options.listen?.map((text) => fromMultiaddrText(toMultiaddrText(text) ?? text));
    const connectionsMax = streamsMax === undefined ? {} : { connectionsMax: streamsMax };
    this.peerId = identity.astralIdentity;
    this.#isFound = mdns !== false;
    this.#libp2p = new Libp2pHost(options, { ...share, bound: () => this.#tls.addresses() });
    const given = new Set((options.peers ?? []).map(({ peerId }) => canonicalPeerId(peerId)));
    const { isKnown = (peerId: string) => given.has(peerId), connectionsMax: _, ...rest } = options;
    this.#tls = new TlsHost({ ...rest, ...connectionsMax, ...(listen !== undefined && { listen }), isKnown }, {
      ...share,
      whenOther: (socket) => this.#libp2p.take(socket),
      whenOpened: (peer) => this.#libp2p.hear(peer),
    });
    this.#ways = new TlsWays(this.clock);
  }

  /** The same identity as libp2p writes it: `16Uiu2HAm...`. */
  get libp2pPeerId(): string {
    return this.#libp2p.libp2pPeerId;
  }

  /** How many connections and streams this host holds. */
  get openHandles(): number {
    return this.#libp2p.openHandles + this.#tls.openHandles;
  }

  addresses(): readonly string[] {
    return this.#tls.addresses().flatMap(ownAddresses).filter((address) => !LINK_LOCAL.test(address));
  }

  /** The peers to which there is a connection of libp2p, with the addresses known of them. */
  peers(): PeerInfo[] {
    return this.#libp2p.peers();
  }

  /** Remembers where a peer is, as `peers` of the options does. */
  remember(peer: PeerInfo): void {
    this.#ways.forget(canonicalPeerId(peer.peerId));
    this.#libp2p.remember(peer);
  }

  override mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    return this.#libp2p.mountStreams(path, options);
  }

  protected async openPath(
    peer: PeerInfo,
    path: string,
    action: string,
    { signal, timeoutMs = TIME_LIMITS.openMs }: WaitOptions,
  ): Promise<Stream> {
    const { clock } = this;
    const startMs = clock.now();
    const left = () => ({ signal, timeoutMs: Math.max(0, timeoutMs - (clock.now() - startMs)) });
    const wanted = this.#peerAt(peer);
    const ways = await this.#tlsWays(wanted, left());
    if (ways.length > 0) {
      const stream = await this.#overTls({ ...wanted, addresses: ways }, path, left());
      if (stream !== null) return stream;
    }
    this.checkStarted(action);
    await this.#libp2p.start();
    const stream = await this.#libp2p.openStream(wanted, path, left());
    // It is there, and did not answer.
    if (ways.length > 0) this.#ways.set(stream.peerInfo.peerId, []);
    return stream;
  }

  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    this.checkStarted("Connecting");
    const wanted = this.#peerAt(peer);
    await this.#libp2p.start();
    const found = await this.#libp2p.connect(wanted, options);
    void this.#try(found);
    return found;
  }

  /** The id as this host writes it, and all addresses known. */
  #peerAt({ peerId, addresses = [] }: PeerInfo): KnownPeer {
    if (peerId !== "") checkText(peerId, "peer id");
    const id = canonicalPeerId(peerId);
    return { peerId: id, addresses: this.#libp2p.addressesOf({ peerId: id, addresses }).map(fromMultiaddrText) };
  }

  /** Opens a stream over TLS; `null` if something answers that does not speak it. */
  async #overTls(peer: PeerInfo, path: string, options: WaitOptions): Promise<Stream | null> {
    try {
      const stream = await this.#tls.openStream(peer, path, options);
      const { peerId, addresses = [] } = stream.peerInfo;
      this.#ways.set(peerId, addresses.slice(0, 1));
      this.#libp2p.remember({ peerId, addresses: addresses.slice(0, 1) });
      this.#keepReachable({ peerId, addresses });
      return stream;
    } catch (error) {
      // Whatever else the error says, the peer itself has said it.
      if (!(error instanceof UnreachedError)) throw error;
      this.#ways.forget(peer.peerId);
      const isNobody = error.failures.every(({ code }) => NOBODY.has(code));
      if (isNobody && !this.#libp2p.isConnected(peer.peerId)) throw error;
      return null;
    }
  }

  /**
   * The addresses at which a peer is to be asked over TLS. One to which there is a connection of libp2p may not be
   * reached in another way, so that it is tried beside.
   */
  async #tlsWays({ peerId, addresses }: KnownPeer, options: WaitOptions): Promise<readonly string[]> {
    if (peerId !== "" && !isIdentity(peerId)) return [];
    const known = this.#ways.of(peerId);
    if (known !== null) return known.length === 0 ? [] : [...new Set([...known, ...addresses])];
    if (peerId === "" || !this.#libp2p.isConnected(peerId)) return addresses;
    const trial = this.#try({ peerId, addresses });
    const waiting = { ...options, timeoutMs: Math.min(TRIAL_MS, options.timeoutMs ?? Infinity) };
    await this.run("Trying", waiting, () => trial).catch((error: HostError) => {
      if (error.code !== "timeout") throw error;
    });
    return this.#ways.of(peerId) ?? [];
  }

  /** Finds out whether a peer answers over TLS, unless that is known or being found out. */
  #try({ peerId, addresses = [] }: PeerInfo): Promise<void> {
    if (!isIdentity(peerId) || this.#ways.of(peerId) !== null) return Promise.resolve();
    let trial = this.#trials.get(peerId);
    if (trial === undefined) {
      trial = this.#tls.connect({ peerId, addresses }, { timeoutMs: TRIAL_MS_MAX })
        .then((found) => found.addresses?.slice(0, 1) ?? [], () => [])
        .then((found) => {
          this.#trials.delete(peerId);
          this.#ways.set(peerId, found);
        });
      this.#trials.set(peerId, trial);
    }
    return trial;
  }

  /** Where something is mounted, the peer gets a connection by which it reaches this host, too, from behind a router. */
  #keepReachable(peer: PeerInfo): void {
    if (!this.started || this.mounts.paths().length === 0 || this.#libp2p.isConnected(peer.peerId)) return;
    this.#libp2p.start().then(() => this.#libp2p.connect(peer)).catch(() => {});
  }

  protected async open(): Promise<void> {
    await this.#tls.start();
    if (this.#isFound) await this.#libp2p.start();
  }

  protected async release(_error: HostError): Promise<void> {
    // Together: TLS waits for all connections to its ports.
    await Promise.all([this.#tls.stop(), this.#libp2p.stop()]);
  }
}

/** A started host on TLS and libp2p, see {@link LinkHost}. */
export async function linkHost(options: LinkHostOptions): Promise<LinkHost> {
  const host = new LinkHost(options);
  await host.start();
  return host;
}
