/**
 * A host that uses an astral node: a program registers paths with the node of its machine, and asks it for streams.
 *
 * @module
 */

import { ZERO_IDENTITY } from "../../../codec/protocols/astral/mod.ts";
import * as apphost2023 from "./apphost-2023.ts";
import * as apphost2026 from "./apphost-2026.ts";
import { identityOfName, LOCAL_NODE, parseNodeAddress, peerName, peerOfIdentity } from "./address.ts";
import { Attempt, type Connector } from "./connection.ts";
import { AstralNode, type AstralProtocol, type Session } from "./node.ts";
import { QueryReceiver2023 } from "./query-receiver-2023.ts";
import { QueryReceiver2026, whyNotReachable } from "./query-receiver-2026.ts";
import type { QueryReceiver } from "./query-receiver.ts";
import { type RegistrationNews, RegistrationWatch } from "./registration.ts";
import type { HostStream } from "../streams/mod.ts";
import { BaseHost, checkText, StreamDatagrams, type StreamRequest } from "../connect/mod.ts";
import { HostError } from "../error.ts";
import type { Clock, PeerInfo, Random, Stream, StreamMountOptions, StreamProtocol, WaitOptions } from "../host.ts";
import { TIME_LIMITS, wait } from "../timing/mod.ts";

const GREETING_MS = 150;
const ADDRESS_TIMEOUT_MS = 3000;
/** Both protocols have a byte for the length of a token. */
const TOKEN_BYTES_MAX = 255;

/** What an {@link AstralHost} needs to know. */
export interface AstralHostOptions {
  /** Where the node takes its guests: `tcp:127.0.0.1:8625`, `unix:/run/astral.sock`, `ws://127.0.0.1:8624/.ws`. */
  readonly address: string | readonly string[];
  /** The token that the node has given this program. Default: none, which a node may or may not put up with. */
  readonly token?: string | undefined;
  /** What the node speaks. Default `auto`: of 2026 if it greets, else of 2023. */
  readonly protocol?: AstralProtocol | "auto" | undefined;
  /**
   * How long a node may take to greet, in milliseconds, before it is taken for one of 2023, if `protocol` is `auto`.
   * Default 150 ms: nodes on the same machine greet within a few. A greeting that comes later is understood too.
   */
  readonly greetingMs?: number | undefined;
  /** How long the node may take at one of several addresses, in milliseconds, before the next is tried. Default 3 s. */
  readonly addressTimeoutMs?: number | undefined;
  /** How long closing a stream may take until the system has what was written, in milliseconds. Default 5 s. */
  readonly closeTimeoutMs?: number | undefined;
  /**
   * Called with what becomes of the mounts at the node: `held` when it has all of them, also after it was away; `lost`
   * when it has let go of one; and why registering one fails. It is tried again.
   */
  readonly onRegistration?: ((news: RegistrationNews) => void) | undefined;
  /** The time by which the host lives. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default: those of the runtime's cryptography. */
  readonly random?: Random | undefined;
}

/**
 * A host that uses an astral node. Constructing it opens nothing. `start()` asks the node who it is, and registers what
 * is mounted, for which {@link AstralHost.ready} waits. It throws `HostError` `unreachable` if no node is there, or if
 * it does not accept the token; `unsupported` if something is mounted and the node lets only programs with a token be
 * reached, or would ask this program for its own operations (over WebSockets); `timeout` after 10 s.
 */
export class AstralHost extends BaseHost {
  protected readonly datagrams: StreamDatagrams = new StreamDatagrams(this);
  readonly #connector: Connector;
  readonly #closeTimeoutMs: number;
  readonly #node: AstralNode;
  readonly #watch: RegistrationWatch;
  #peerId = "";
  #nodeId = "";
  #protocol: AstralProtocol | null = null;
  /** Why the node gives no queries to this program; `null` if it does. */
  #unreachable: string | null = null;
  #receiver: QueryReceiver | null = null;

  /**
   * @throws HostError `address` for a text that is not an address of a node; RangeError for a token that cannot be one
   */
  constructor(options: AstralHostOptions, connector: Connector) {
    super(options.clock, options.random);
    const { address, token = "", protocol = "auto", greetingMs = GREETING_MS } = options;
    const addresses = (typeof address === "string" ? [address] : address).map(parseNodeAddress);
    if (addresses.length === 0) throw new HostError("address", "An astral host needs the address of a node");
    if (!token.isWellFormed() || new TextEncoder().encode(token).length > TOKEN_BYTES_MAX) {
      throw new RangeError(`Cannot use a token of more than ${TOKEN_BYTES_MAX} bytes, or with a lone surrogate`);
    }
    this.#connector = connector;
    this.#watch = new RegistrationWatch(options.onRegistration ?? (() => {}));
    this.#closeTimeoutMs = options.closeTimeoutMs ?? TIME_LIMITS.closeMs;
    this.#node = new AstralNode({
      addresses,
      token,
      protocol,
      connector,
      clock: this.clock,
      greetingMs,
      addressTimeoutMs: options.addressTimeoutMs ?? ADDRESS_TIMEOUT_MS,
      closeTimeoutMs: this.#closeTimeoutMs,
    });
  }

  /**
   * The identity by which peers know this host, 66 hex digits: that of the token (2026), or of the node. It is known,
   * and not empty, once the host was started.
   */
  get peerId(): string {
    return this.#peerId;
  }

  /** The identity of the node; empty before the host was started. */
  get nodeId(): string {
    return this.#nodeId;
  }

  /** What the node speaks; `null` before the host was started. */
  get protocol(): AstralProtocol | null {
    return this.#protocol;
  }

  /** How many handles of the system this host holds: connections with the node, and the listener for its dials. */
  get openHandles(): number {
    return this.#node.openConnections + (this.#receiver?.openHandles ?? 0);
  }

  protected async open(): Promise<void> {
    this.#node.open();
    await this.#run("Starting", {}, (attempt) => this.#begin(attempt));
  }

  /**
   * Resolves when the node knows everything that is mounted, so that peers can open it. If the node goes away, all of
   * it is registered again when it is back, without being asked.
   *
   * @throws HostError why the last attempt to register something failed, though others follow: `mounted` if another
   * program has the path, `unreachable`; `closed` if the host is not started; `aborted`, `timeout` (no default)
   */
  ready(options: WaitOptions = {}): Promise<void> {
    const receiver = this.#receiver;
    const action = "Waiting for the node";
    if (receiver === null) return Promise.reject(new HostError("closed", `${action} failed: the host is not started`));
    return wait(this.clock, action, options, (settle) => {
      receiver.ready().then(settle.resolve, settle.reject);
      return () => {};
    });
  }

  /** The address of the host: `astral:` and its identity. The address of the node is an option. */
  addresses(): readonly string[] {
    return this.started ? peerOfIdentity(this.#peerId).addresses ?? [] : [];
  }

  /** @throws HostError `mounted`; `unsupported` for the reasons that {@link start} has */
  override mountStreams(path: string, options: StreamMountOptions = {}): StreamProtocol {
    if (this.started) this.#checkReachable();
    const mount = this.mounts.mountStreams(path, options, () => this.#receiver?.unmount(path));
    this.#receiver?.mount(path);
    return mount;
  }

  /**
   * See `Host.openStream`. The path may have arguments after it, as in `user.info?name=alice`. A node of 2023 does not
   * give the reason of a rejection: a missing path is `rejected` with the number 1, like every other rejection.
   */
  protected async openPath(peer: PeerInfo, path: string, action: string, options: WaitOptions): Promise<Stream> {
    return await this.#run(action, options, async (attempt) => {
      const identity = await this.#identityOf(attempt, peer);
      const session = await this.#node.session(attempt);
      // Programs of 2023 call the local node zero when they do not mean its identity.
      const isZero = session.protocol === "2023" && peer.peerId === LOCAL_NODE;
      const stream = await this.#query(session, isZero ? ZERO_IDENTITY : identity, path);
      stream.peerInfo = peerOfIdentity(identity);
      return stream;
    });
  }

  /**
   * Finds out whose identity a name is. Whether that peer is there only shows when a stream is opened: nodes make the
   * links between them when these are needed, and cannot be asked for one.
   *
   * @throws HostError `unreachable` for a name that the node does not know, or without the node; as `Host.connect`
   */
  async connect(peer: PeerInfo, options: WaitOptions = {}): Promise<PeerInfo> {
    return await this.#run("Connecting", options, async (attempt) => {
      const identity = await this.#identityOf(attempt, peer);
      // Where the node was not asked for the name, this shows at least that it is there.
      if (!attempt.begun) await this.#node.session(attempt);
      attempt.close();
      return peerOfIdentity(identity);
    });
  }

  /** Does something over connections with the node, until it is done, the caller gives up or the host stops. */
  async #run<T>(action: string, options: WaitOptions, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt = new Attempt();
    try {
      const result = await this.run(action, options, async (signal) => {
        signal.addEventListener("abort", () => attempt.giveUp(signal.reason));
        try {
          return await work(attempt);
        } catch (error) {
          throw attempt.error ?? brokenOff(action, error);
        }
      });
      attempt.release();
      return result;
    } catch (error) {
      attempt.giveUp(new HostError("closed", `${action} failed`, { cause: error }));
      throw error;
    }
  }

  async #begin(attempt: Attempt): Promise<void> {
    const session = await this.#node.session(attempt);
    this.#protocol = session.protocol;
    this.#unreachable = null;
    if (session.protocol === "2023") {
      this.#nodeId = this.#peerId = await apphost2023.resolveName(session.connection.stream, LOCAL_NODE);
    } else {
      const { node, guest } = session;
      if (node.identity === null) throw new HostError("protocol", "The node does not give its identity");
      this.#nodeId = node.identity;
      this.#peerId = guest ?? node.identity;
      this.#unreachable = await whyNotReachable(session, this.random);
    }
    attempt.close();
    if (this.mounts.paths().length > 0) this.#checkReachable();
    const receiver = this.#receiver = this.#newReceiver(session.protocol);
    for (const path of this.mounts.paths()) receiver.mount(path);
  }

  #checkReachable(): void {
    if (this.#unreachable !== null) throw new HostError("unsupported", this.#unreachable);
  }

  #newReceiver(protocol: AstralProtocol): QueryReceiver {
    const host = {
      node: this.#node,
      connector: this.#connector,
      clock: this.clock,
      random: this.random,
      closeTimeoutMs: this.#closeTimeoutMs,
      watch: this.#watch,
      request: (request: StreamRequest) => this.mounts.request(request, this.mounts.pathOf(request.path)),
    };
    return protocol === "2023" ? new QueryReceiver2023(host) : new QueryReceiver2026(host);
  }

  /** The identity of a peer, which the node is asked for unless its name is the identity. */
  async #identityOf(attempt: Attempt, peer: PeerInfo): Promise<string> {
    const name = peerName(peer);
    if (name === null) throw new HostError("unreachable", "A peer needs an id or a name");
    checkText(name, "peer id");
    const identity = name === LOCAL_NODE ? this.#nodeId : identityOfName(name);
    if (identity !== null) return identity;
    const session = await this.#node.session(attempt);
    const { stream } = session.connection;
    if (session.protocol === "2023") return await apphost2023.resolveName(stream, name);
    if (name === session.node.alias && session.node.identity !== null) return session.node.identity;
    try {
      await this.#query(session, this.#nodeId, apphost2026.resolveQuery(name));
      return await apphost2026.readResolved(stream, name);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      throw new HostError("unreachable", `The node does not know the name "${name}"`, { cause: error });
    }
  }

  async #query(session: Session, identity: string, query: string): Promise<HostStream> {
    const { stream } = session.connection;
    if (session.protocol === "2023") {
      await apphost2023.query(stream, identity, query);
    } else {
      await apphost2026.routeQuery(session, identity, query, this.random);
    }
    return stream;
  }

  protected async release(error: HostError): Promise<void> {
    const receiver = this.#receiver;
    this.#receiver = null;
    await Promise.all([receiver?.stop(), this.#node.release(error)]);
  }
}

/** What a connection with the node ends with is not an error of the peer's stream, which does not exist yet. */
function brokenOff(action: string, error: unknown): unknown {
  if (!(error instanceof HostError)) return error;
  if (error.code !== "reset" && error.code !== "closed" && error.code !== "protocol") return error;
  return new HostError("unreachable", `${action} failed: the node gave no answer`, { cause: error });
}
