/**
 * A storj node, put together from its services.
 *
 * @module
 */

import type { MsgpackValue } from "../../codec/msgpack/mod.ts";
import { type Host, HostError, type Stream, type WaitOptions } from "../host/mod.ts";
import { SocketHost } from "../host/socket/mod.ts";
import { OwnedWaits } from "../host/timing/wait.ts";
import { Identity } from "../identity/mod.ts";
import type { KnownContact } from "../kademlia/mod.ts";
import { wireAddress } from "../rpc/mod.ts";
import {
  type At,
  type DhtKeyLike,
  type GetOptions,
  type NodeIdLike,
  type PeerAddress,
  type PutOptions,
  type SendOptions,
  type StorjEvent,
  type StorjNode,
  type StorjNodeOptions,
  type StreamIdLike,
  WALK_TIMEOUT_MS,
} from "./api.ts";
import { type BootstrapPlaces, bootstrapPlaces, resolveNames } from "./bootstrap.ts";
import { Dht, type DhtEntry, entryOf } from "./dht.ts";
import { Dict, type Entries } from "./dict.ts";
import { withStorjErrors } from "./error.ts";
import { keyDigest, nodeIdOf, streamIdOf } from "./ids.ts";
import { KeptPuts } from "./kept-puts.ts";
import { NodeGround } from "./node-ground.ts";
import { Persistence, type Restored } from "./persistence.ts";
import { type NamedStream, Streams } from "./streams/mod.ts";

/** A store has 100,000 documents by default: so there is room for messages and own puts, too. */
const STORED_VALUES = Object.freeze({ valuesMax: 80_000, sourceValuesMax: 20_000 });
/** Where the default host listens: nobody else reaches it. */
const LISTEN = "127.0.0.1";

/**
 * Starts a node. It joins by itself; `ready()` waits for that.
 *
 * ```ts
 * import { storjNode } from "warpwire/storj";
 *
 * await using first = await storjNode();
 * await using second = await storjNode({ bootstrap: [`127.0.0.1:${first.port}`] });
 * await second.ready();
 * await second.set("examplekey", "examplevalue");
 * console.log(await first.get("examplekey")); // examplevalue
 * ```
 *
 * @throws HostError `address` for what cannot be listened on, or is no address to begin at; IdentityError for a key that
 * is none
 */
export async function storjNode(options: StorjNodeOptions = {}): Promise<StorjNode> {
  const places = bootstrapPlaces(options.bootstrap ?? []);
  const identity = identityOf(options);
  const host = options.host ?? ownHost(identity, options);
  const stopHost = options.host === undefined ? () => host.stop() : () => Promise.resolve();
  await host.start();
  try {
    const { store } = options;
    const keeper = store && new Persistence({ store, clock: host.clock, tell: (event) => options.onEvent?.(event) });
    const restored = await keeper?.load();
    const node = new Node({ host, identity, options, stopHost, keeper });
    if (restored !== undefined) node.restore(restored);
    node.join(places);
    return node as unknown as StorjNode;
  } catch (error) {
    await stopHost();
    throw error;
  }
}

function identityOf({ key, host }: StorjNodeOptions): Identity {
  if (key instanceof Identity) return key;
  if (key !== undefined) return Identity.parse(key);
  return host === undefined ? Identity.generate() : Identity.generate({ random: (count) => host.random.bytes(count) });
}

function ownHost({ nodeIdHex }: Identity, { listen = LISTEN, udpPort = 0 }: StorjNodeOptions): Host {
  const ip = listen.includes(":") ? `[${listen}]` : listen;
  return new SocketHost({ peerId: nodeIdHex, listen: [`udp:${ip}:${udpPort}`] });
}

/** What a {@link Node} is made of. */
interface NodeParts {
  readonly host: Host;
  readonly identity: Identity;
  readonly options: StorjNodeOptions;
  /** Stops the host, if it is the node's own. */
  readonly stopHost: () => Promise<void>;
  readonly keeper: Persistence | undefined;
}

class Node implements Partial<StorjNode> {
  readonly nodeId: Uint8Array;
  readonly nodeIdHex: string;
  readonly address: string;
  readonly port: number;
  readonly #ground: NodeGround;
  readonly #parts: NodeParts;
  readonly #waits: OwnedWaits;
  readonly #dht: Dht;
  readonly #dict: Dict;
  readonly #kept: KeptPuts;
  readonly #streams: Streams;
  /** Called when the first contact comes. */
  readonly #waiting = new Set<() => void>();
  #isJoining = false;
  #closing: Promise<void> | null = null;

  constructor(parts: NodeParts) {
    const { host, identity, options: { network, limits }, keeper } = parts;
    this.#parts = parts;
    this.nodeId = identity.nodeId;
    this.nodeIdHex = identity.nodeIdHex;
    this.address = identity.address;
    this.port = portOf(host);
    const tell = (event: StorjEvent) => this.#happened(event);
    const dht = keeper && { keepValues: keeper.keepValues, values: STORED_VALUES };
    const ground = this.#ground = new NodeGround({ host, identity, network, limits, tell, ...(dht && { dht }) });
    this.#waits = new OwnedWaits(host.clock, () => new HostError("closed", "The node is closed"));
    this.#dht = new Dht(ground);
    this.#kept = new KeptPuts(ground, keeper?.keepPuts);
    this.#dict = new Dict({
      ground,
      get: (key, options) => this.#dht.get(key, options),
      put: (entry, options) => this.#put(entry, options),
      kept: this.#kept,
    });
    this.#streams = new Streams(ground);
    this.#refreshLater();
  }

  wif(): string {
    return this.#parts.identity.toWif();
  }

  /** Takes what was kept before the program began. */
  restore({ contacts, values, puts }: Restored): void {
    const { dht } = this.#ground;
    dht.restore(contacts);
    dht.restoreValues(values);
    this.#kept.restore(puts);
    if (contacts.contacts.length > 0) this.#joinBy([]);
  }

  /** Begins to look for the network. */
  join({ addresses, names }: BootstrapPlaces): void {
    const { dht, closing, host: { clock } } = this.#ground;
    if (addresses.length > 0) this.#joinBy(addresses);
    void resolveNames(names, {
      clock,
      closing,
      found: (resolved) => this.#joinBy(resolved),
      isEnough: () => dht.stats().contacts > 0,
    });
  }

  ready(options: WaitOptions = {}): Promise<void> {
    return withStorjErrors(this.#waits.wait<void>("Looking for neighbours", options, ({ resolve }) => {
      const isReady = () => resolve();
      if (this.#ground.dht.stats().contacts > 0) isReady();
      else this.#waiting.add(isReady);
      return () => this.#waiting.delete(isReady);
    }));
  }

  async dhtPut(key: DhtKeyLike, value: MsgpackValue, options: PutOptions = {}): Promise<boolean> {
    return await this.#put(entryOf(key, value), options);
  }

  dhtGet(key: DhtKeyLike, options?: GetOptions): Promise<MsgpackValue> {
    return this.#dht.get(key, options);
  }

  dhtStun(options?: WaitOptions): Promise<At | null> {
    return this.#dht.stun(options);
  }

  dhtFind(id: NodeIdLike, options?: WaitOptions): Promise<At | null> {
    return this.#dht.find(id, options);
  }

  peers(): PeerAddress[] {
    return this.#dht.peers();
  }

  knownPeers(): readonly KnownContact[] {
    return this.#ground.dht.contacts();
  }

  async refreshNeighbours(options?: WaitOptions): Promise<void> {
    await withStorjErrors(this.#ground.dht.findNodes(this.#ground.dht.id, options));
  }

  set(key: DhtKeyLike, value: MsgpackValue, options?: PutOptions): Promise<boolean> {
    return this.#dict.set(key, value, options);
  }

  get(key: DhtKeyLike, fallback?: MsgpackValue, options?: GetOptions): Promise<MsgpackValue> {
    return this.#dict.get(key, fallback, options);
  }

  has(key: DhtKeyLike, options?: WaitOptions): Promise<boolean> {
    return this.#dict.has(key, options);
  }

  setDefault(key: DhtKeyLike, value: MsgpackValue, options?: PutOptions & GetOptions): Promise<MsgpackValue> {
    return this.#dict.setDefault(key, value, options);
  }

  update(entries: Entries, options?: PutOptions): Promise<boolean> {
    return this.#dict.update(entries, options);
  }

  stored(): AsyncIterable<readonly [key: Uint8Array, value: MsgpackValue]> {
    return this.#dict.stored();
  }

  async unkeep(key: DhtKeyLike): Promise<boolean> {
    return await this.#kept.unkeep(keyDigest(key));
  }

  async streamOpen(id: NodeIdLike, options?: SendOptions): Promise<string | null> {
    return (await this.#streams.tryOpen(nodeIdOf(id), options))?.id ?? null;
  }

  async openStream(id: NodeIdLike, options?: SendOptions): Promise<Stream> {
    return (await this.#streams.open(nodeIdOf(id), options)).stream;
  }

  stream(id: StreamIdLike): Stream | null {
    return this.#streams.get(streamIdOf(id));
  }

  incomingStreams({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<NamedStream> {
    return this.#streams.incoming(signal);
  }

  streamList(): Record<string, readonly [nodeId: string, unread: number]> {
    return this.#streams.list();
  }

  streams(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#streams.list()).map(([id, [, unread]]) => [id, unread]));
  }

  streamRead(id: StreamIdLike, size?: number | null): Uint8Array | null {
    return this.#streams.read(streamIdOf(id), size);
  }

  async streamWrite(id: StreamIdLike, data: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return await this.#streams.write(streamIdOf(id), data, options);
  }

  async streamClose(id: StreamIdLike, options?: WaitOptions): Promise<boolean> {
    return await this.#streams.close(streamIdOf(id), options);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#ground.beginClosing();
    this.#waits.close();
    this.#streams.shutDown();
    await this.#kept.close();
    await this.#ground.close();
    await this.#parts.keeper?.close();
    await this.#parts.stopHost();
  }

  async #put(entry: DhtEntry, { keep = false, ...options }: PutOptions): Promise<boolean> {
    if (keep) await this.#kept.keep([entry]);
    const stored = await this.#dht.put(entry, options);
    if (stored) await this.#kept.done([entry.key]);
    return stored;
  }

  #joinBy(addresses: readonly string[]): void {
    this.#isJoining = true;
    // It ends when somebody has answered, or with the node.
    this.#ground.dht.bootstrap(addresses).catch(() => {});
  }

  #happened(event: StorjEvent): void {
    if (event.type === "contact-added") {
      for (const isReady of this.#waiting) isReady();
      this.#waiting.clear();
      if (!this.#isJoining) this.#joinAsFirst();
      this.#parts.keeper?.contactsChanged(this.#ground.dht);
    }
    this.#parts.options.onEvent?.(event);
  }

  /** The first node of a network is found by others, and then looks for neighbours, too. */
  #joinAsFirst(): void {
    this.#isJoining = true;
    this.#ground.host.clock.setTimer(0, () => {
      if (!this.#ground.closing.aborted) this.#joinBy([]);
    });
  }

  #refreshLater(): void {
    const { host: { clock }, closing } = this.#ground;
    const timer = clock.setTimer(WALK_TIMEOUT_MS, () => {
      closing.removeEventListener("abort", stop);
      if (closing.aborted) return;
      this.refreshNeighbours().catch(() => {});
      this.#refreshLater();
    });
    const stop = () => timer.clear();
    closing.addEventListener("abort", stop, { once: true });
  }
}

/** The UDP port of a host, 0 if it has none. */
function portOf(host: Host): number {
  return host.addresses().map((address) => wireAddress(address).port).find((port) => port !== 0) ?? 0;
}
