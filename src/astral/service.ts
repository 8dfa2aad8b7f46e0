/**
 * The local service: replaces an astral node for the programs on this machine.
 *
 * @module
 */

import { type Host, HostError } from "../host/mod.ts";
import { mutex, systemClock, systemRandom } from "../host/timing/mod.ts";
import type { ServiceContext } from "./service-context.ts";
import type { Registration, ServiceEvent, ServiceStatus } from "./events.ts";
import { Blueprints } from "./blueprints.ts";
import { Handlers } from "./handlers.ts";
import { IdentityServices } from "./identity-services.ts";
import { PeerAnswering, PeerAsking, Sockets } from "./channels/mod.ts";
import {
  GuestAcceptor,
  Guests,
  type Listener,
  listenOnSocket,
  listenOnWebSocket,
  parseSocketListening,
  parseWebSocketListening,
  type SocketListening,
  type WebSocketListening,
} from "./guests/mod.ts";
import { Names } from "./names.ts";
import { Operations } from "./operations/mod.ts";
import {
  type GuestProtocol,
  LISTEN_DEFAULT,
  SERVICE_LIMITS,
  type ServiceLimits,
  type ServiceOptions,
} from "./options.ts";
import { Peers } from "./peers.ts";
import { RegisteredNames } from "./registered-names.ts";
import { Router } from "./router.ts";
import { ServiceHost } from "./service-host.ts";
import { Tokens } from "./tokens.ts";

/** A local service. Constructing it opens nothing. */
export class LocalService implements AsyncDisposable {
  /** The node's identity, 66 hex digits. */
  readonly identity: string;
  /** The node's name; may be empty. */
  readonly alias: string;
  readonly #host: ServiceHost;
  readonly #context: ServiceContext;
  readonly #acceptor: GuestAcceptor;
  readonly #guests: Guests;
  readonly #peers: Peers;
  readonly #link: Host | null;
  readonly #listen: readonly (SocketListening | WebSocketListening)[];
  readonly #isKnown: (peerId: string) => boolean;
  readonly #onEvent: (event: ServiceEvent) => void;
  readonly #listeners: Listener[] = [];
  readonly #asking: PeerAsking | null;
  #answering: PeerAnswering | null = null;
  #started = false;
  /** Carries out calls of start() and stop() one after the other. */
  readonly #exclusive = mutex();

  /**
   * @throws HostError `address` for something in `listen` that is not an address, or not of this machine; RangeError
   * for names, tokens and limits that cannot be; CodecError `syntax` for an identity that is none
   */
  constructor(options: ServiceOptions) {
    const { identity, alias = "", link = null, allowRemote = false, allowAnonymous = false } = options;
    const names = new Names(
      typeof identity === "string" ? identity : identity.astralIdentity,
      alias,
      options.contacts ?? {},
    );
    const limits = limitsOf(options.limits ?? {});
    const clock = options.clock ?? link?.clock ?? systemClock;
    const random = options.random ?? link?.random ?? systemRandom;
    this.identity = names.identity;
    this.alias = alias;
    this.#link = link;
    this.#asking = link === null ? null : new PeerAsking(link);
    this.#onEvent = options.onEvent ?? nothing;
    this.#isKnown = options.isKnown ?? ((peerId) => names.contacts.includes(peerId));
    this.#listen = (options.listen ?? LISTEN_DEFAULT).map((entry) => parseListening(entry, options, limits));
    this.#peers = new Peers(clock, names);
    this.#guests = new Guests(limits.guestsMax, (guest) => this.#emit({ type: "guest-left", guest }));
    const tokens = new Tokens({ clock, random, tokensMax: limits.tokensMax, allowAnonymous });
    for (const [text, name] of Object.entries(options.tokens ?? {})) {
      const whom = names.resolve(name);
      if (whom === null) throw new RangeError(`Cannot give a token to "${name}": the name is unknown`);
      tokens.add(whom, { text });
    }
    this.#context = this.#contextOf({ clock, random, limits, names, tokens, sockets: new Sockets(clock, allowRemote) });
    this.#host = this.#context.host;
    this.#acceptor = new GuestAcceptor(this.#context, this.#guests);
  }

  /**
   * The service as a host for programs in this process: what they mount is a name that guests and other nodes can
   * query, with the caller's identity as peer id; streams that they open are queries in the name of the node. It is
   * started and stopped with the service.
   */
  get host(): Host {
    return this.#host;
  }

  /** How many handles of the system the service holds: what listens, and the sockets of guests and programs. */
  get openHandles(): number {
    return this.#listeners.length + this.#context.sockets.size;
  }

  /** The addresses for guests, with the ports that were given instead of 0; empty unless the service is started. */
  addresses(): readonly string[] {
    return this.#listeners.map(({ address }) => address);
  }

  /**
   * Begins to listen, and to take queries from other nodes. Does nothing if the service is started.
   *
   * @throws HostError `address` if one of the addresses cannot be listened on; then none is
   */
  start(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#started) return;
      this.#started = true;
      try {
        await this.#open();
      } catch (error) {
        await this.#release();
        throw error;
      }
      this.#emit({ type: "started", addresses: this.addresses() });
    });
  }

  /**
   * Breaks off everything, and resolves when no socket is left. Tokens that were made are kept until the object goes.
   */
  stop(): Promise<void> {
    return this.#exclusive(async () => {
      if (!this.#started) return;
      await this.#release();
      this.#emit({ type: "stopped" });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What there is at this moment. */
  status(): ServiceStatus {
    return {
      identity: this.identity,
      alias: this.alias,
      started: this.#started,
      addresses: this.addresses(),
      linkAddresses: this.#link?.addresses() ?? [],
      guests: this.#guests.size,
      registrations: this.#registrations(),
      peers: this.#peers.list(),
    };
  }

  async #open(): Promise<void> {
    await this.#host.start();
    for (const listening of this.#listen) {
      this.#listeners.push(
        listening.kind === "ws"
          ? await listenOnWebSocket(listening, this.#context, this.#acceptor)
          : await listenOnSocket(listening.address, (socket) => {
            this.#acceptor.accept(socket, listening.address.kind === "unix" ? "unix" : "tcp", listening.protocol);
          }),
      );
    }
    this.#asking?.start();
    if (this.#link !== null) this.#answering = this.#answerPeers(this.#link);
  }

  #answerPeers(link: Host): PeerAnswering {
    return new PeerAnswering(link, {
      streamsMax: this.#context.limits.peerStreamsMax,
      identity: this.identity,
      ask: (call, options) => this.#context.router.ask(call, options),
      isKnown: this.#isKnown,
      refused: (peer) => this.#emit({ type: "peer-refused", peer, reason: "too many streams" }),
      streams: (peer, change) => this.#peers.streams(peer, change),
    });
  }

  async #release(): Promise<void> {
    this.#started = false;
    this.#asking?.stop();
    const closing = this.#listeners.splice(0).map((listener) => listener.close());
    this.#context.handlers.clear();
    await Promise.all([this.#host.stop(), this.#context.sockets.close(), ...closing, this.#answering?.stop()]);
    this.#answering = null;
  }

  #contextOf(
    parts: Pick<ServiceContext, "clock" | "random" | "limits" | "names" | "tokens" | "sockets">,
  ): ServiceContext {
    const { clock, random, limits, sockets } = parts;
    const { identity } = this;
    const { pendingMax } = limits;
    const registeredNames = new RegisteredNames({
      identity,
      sockets,
      pendingMax,
      timeoutMs: limits.inboundTimeoutMs,
    });
    const services = new IdentityServices({ clock, random, pendingMax, timeoutMs: limits.incomingTimeoutMs });
    const handlers = new Handlers({
      clock,
      random,
      sockets,
      pendingMax,
      timeoutMs: limits.incomingTimeoutMs,
      removed: (registration) => this.#emit({ type: "unregistered", registration }),
    });
    const host = new ServiceHost({
      identity,
      clock,
      random,
      link: this.#link,
      isTaken: (name) => registeredNames.has(name) || Operations.has(name),
      ask: (call, options, peer) => router.ask(call, options, peer),
    });
    const router: Router = new Router({
      identity,
      clock,
      asking: this.#asking,
      peers: this.#peers,
      queryTimeoutMs: limits.queryTimeoutMs,
      answerers: [new Operations(() => this.#context), host, registeredNames, handlers, services],
      isHere: (target) => handlers.count(target) > 0 || services.has(target),
      emit: (event) => this.#emit(event),
    });
    return {
      ...parts,
      identity,
      blueprints: new Blueprints(),
      router,
      host,
      registeredNames,
      handlers,
      services,
      running: new Map(),
      isOperation: (name) => Operations.has(name),
      hasRoom: () => this.#registrations().length < limits.registrationsMax,
      status: () => this.status(),
      emit: (event) => this.#emit(event),
    };
  }

  #registrations(): readonly Registration[] {
    const { host, registeredNames, handlers, services } = this.#context;
    return [...host.list(), ...registeredNames.list(), ...handlers.list(), ...services.list()];
  }

  #emit(event: ServiceEvent): void {
    try {
      this.#onEvent(event);
    } catch {
      // A failing log must not stop the service.
    }
  }
}

/**
 * A started local service.
 *
 * ```ts
 * import { astralService } from "warpwire/astral";
 * import { Identity } from "warpwire/identity";
 *
 * await using service = await astralService({
 *   identity: Identity.generate(),
 *   alias: "lab",
 *   listen: ["tcp:127.0.0.1:0"],
 *   tokens: { "some secret": "localnode" },
 * });
 * console.log(service.addresses()); // [ "tcp:127.0.0.1:40123" ]
 * ```
 *
 * @throws as the constructor and `start()` of {@link LocalService}
 */
export async function astralService(options: ServiceOptions): Promise<LocalService> {
  const service = new LocalService(options);
  await service.start();
  return service;
}

function parseListening(
  entry: string | { readonly address: string; readonly protocol?: GuestProtocol },
  { allowRemote = false, origins = [] }: ServiceOptions,
  { messageBytesMax }: ServiceLimits,
): SocketListening | WebSocketListening {
  const { address, protocol = "auto" } = typeof entry === "string" ? { address: entry } : entry;
  if (!address.startsWith("ws:")) return parseSocketListening(address, protocol, allowRemote);
  if (protocol === "2023") throw new HostError("address", `Cannot listen on "${address}": WebSockets only know 2026`);
  return parseWebSocketListening(address, { allowRemote, origins, messageBytesMax });
}

/** @throws RangeError for a limit that is not a number from 1 */
function limitsOf(given: Partial<ServiceLimits>): ServiceLimits {
  const limits = { ...SERVICE_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 1)) throw new RangeError(`Limit ${name} is ${value}, which is not a number of at least 1`);
  }
  return Object.freeze(limits);
}

function nothing(): void {}
