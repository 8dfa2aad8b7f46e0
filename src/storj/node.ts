/**
 * A node, put together from its services.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import type { MsgpackValue } from "../../codec/msgpack/mod.ts";
import type { Capability, NodeInfo } from "../../codec/protocols/storj/mod.ts";
import type { Host, Stream, WaitOptions } from "../host/mod.ts";
import type { Identity } from "../identity/mod.ts";
import type { KnownContact } from "../kademlia/mod.ts";
import { wireAddress } from "../rpc/mod.ts";
import type {
  At,
  DhtKeyLike,
  GetOptions,
  Given,
  ListenOptions,
  MessageHandler,
  NodeIdLike,
  PeerAddress,
  PutOptions,
  ReceivedMessage,
  RelayOptions,
  SendOptions,
  StorjEvent,
  StorjNode,
  StorjNodeOptions,
  StreamIdLike,
  Transport,
  ValueLike,
  ValueOptions,
} from "./api.ts";
import type { BootstrapPlaces } from "./bootstrap.ts";
import { Dht, type DhtEntry, entryOf } from "./dht.ts";
import { Dict, type Entries } from "./dict.ts";
import { keepGround } from "./ground-of.ts";
import { keyDigest, nodeIdOf, streamIdOf } from "./ids.ts";
import { Joining } from "./joining.ts";
import { KeptPuts } from "./kept-puts.ts";
import { Inbox, Messages } from "./messages/mod.ts";
import { NodeGround } from "./node-ground.ts";
import type { Persistence, Restored } from "./persistence/mod.ts";
import type {
  ContentLike,
  GivenContent,
  PublishEventOptions,
  SubscribeSchemaOptions,
  TopicLike,
} from "./pubsub-api.ts";
import { ContentEvents, QuasarCarrier, Topics } from "./pubsub/mod.ts";
import { PublicAddress } from "./public-address.ts";
import { Relay } from "./relay/mod.ts";
import { type StorjStats, storjStats } from "./stats.ts";
import { type NamedStream, Streams } from "./streams/mod.ts";

/** A store has 100,000 documents by default: so there is room for messages and own puts, too. */
const STORED_VALUES = Object.freeze({ valuesMax: 80_000, sourceValuesMax: 20_000 });
/** What the services can do beyond what the originals can. */
const OFFERS: readonly Capability[] = ["window", "quasar"];

/** What a {@link Node} is made of. */
export interface NodeParts {
  /** A started host. */
  readonly host: Host;
  readonly identity: Identity;
  readonly options: StorjNodeOptions;
  /** Where it begins. */
  readonly places: BootstrapPlaces;
  readonly keeper: Persistence | undefined;
  /** What the keeper has kept. */
  readonly restored: Restored | undefined;
  /** Stops the host, if it is the node's own. */
  readonly stopHost: () => Promise<void>;
}

/** A node. Each method hands over to the service that it belongs to. */
export class Node implements StorjNode {
  readonly nodeId: Uint8Array;
  readonly nodeIdHex: string;
  readonly address: string;
  readonly port: number;
  readonly #ground: NodeGround;
  readonly #parts: NodeParts;
  readonly #joining: Joining;
  readonly #dht: Dht;
  readonly #dict: Dict;
  readonly #kept: KeptPuts;
  readonly #streams: Streams;
  readonly #inbox: Inbox;
  readonly #messages: Messages;
  readonly #relay: Relay;
  readonly #publicAddress: PublicAddress;
  readonly #topics: Topics<QuasarCarrier>;
  readonly #content: ContentEvents;
  #closing: Promise<void> | null = null;

  constructor(parts: NodeParts) {
    const { host, identity, options: { network, limits, answerRequests, pubsub }, places, keeper, restored } = parts;
    this.#parts = parts;
    this.nodeId = identity.nodeId;
    this.nodeIdHex = identity.nodeIdHex;
    this.address = identity.address;
    this.port = portOf(host);
    const tell = (event: StorjEvent) => this.#happened(event);
    const dht = keeper && { keepValues: keeper.keepValues, values: STORED_VALUES };
    const services = { network, limits, offers: OFFERS, tell, ...(dht && { dht }) };
    const ground = this.#ground = new NodeGround({ host, identity, ...services });
    keepGround(this, ground);
    this.#joining = new Joining(ground);
    this.#dht = new Dht(ground);
    this.#kept = new KeptPuts(ground, keeper?.keepPuts);
    this.#dict = new Dict({
      ground,
      get: (key, options) => this.#dht.get(key, options),
      put: (entry, options) => this.#put(entry, options),
      kept: this.#kept,
    });
    this.#streams = new Streams(ground);
    this.#inbox = new Inbox(ground, keeper?.inbox);
    this.#messages = new Messages(ground, this.#inbox);
    this.#relay = new Relay(ground, this.#inbox, { answerRequests });
    ground.reachBy((named, options) => this.#relay.askToCall(named, options));
    this.#publicAddress = new PublicAddress(ground);
    this.#topics = new Topics({
      ...{ limits: ground.limits, clock: host.clock, wait: (...given) => ground.wait(...given) },
      carrier: (received) => new QuasarCarrier(ground, { ...pubsub, received }),
    });
    this.#content = new ContentEvents(this.#topics);
    if (restored !== undefined) {
      ground.dht.restoreValues(restored.values);
      this.#kept.restore(restored.puts);
      this.#inbox.restore(restored.messages);
    }
    this.#joining.begin(places, restored?.contacts);
  }

  wif(): string {
    return this.#parts.identity.toWif();
  }

  ready(options?: WaitOptions): Promise<void> {
    return this.#joining.ready(options);
  }

  async dhtPut(key: DhtKeyLike, value: ValueLike, options: PutOptions = {}): Promise<boolean> {
    return await this.#put(entryOf(key, value), options);
  }

  dhtGet<O extends GetOptions & ValueOptions>(key: DhtKeyLike, options?: O): Promise<Given<O> | null> {
    return this.#dht.get(key, options);
  }

  dhtStun(options?: WaitOptions): Promise<At | null> {
    return this.#dht.stun(options);
  }

  dhtFind(id: NodeIdLike, options?: WaitOptions): Promise<At | null> {
    return this.#dht.find(id, options);
  }

  transport(options?: WaitOptions): Promise<Transport | null> {
    return this.#publicAddress.transport(options);
  }

  isPublic(options?: WaitOptions): Promise<boolean> {
    return this.#publicAddress.isPublic(options);
  }

  peers(): PeerAddress[] {
    return this.#dht.peers();
  }

  knownPeers(): readonly KnownContact[] {
    return this.#ground.dht.contacts();
  }

  refreshNeighbours(options?: WaitOptions): Promise<void> {
    return this.#joining.refresh(options);
  }

  set(key: DhtKeyLike, value: ValueLike, options?: PutOptions): Promise<boolean> {
    return this.#dict.set(key, value, options);
  }

  get(key: DhtKeyLike, fallback?: MsgpackValue, options?: GetOptions): Promise<MsgpackValue> {
    return this.#dict.get(key, fallback, options);
  }

  has(key: DhtKeyLike, options?: WaitOptions): Promise<boolean> {
    return this.#dict.has(key, options);
  }

  setDefault(key: DhtKeyLike, value: ValueLike, options?: PutOptions & GetOptions): Promise<MsgpackValue> {
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

  async messageSend(id: NodeIdLike, message: ValueLike, options?: SendOptions): Promise<boolean> {
    return await this.#messages.send(nodeIdOf(id), message, options);
  }

  messageList<O extends ValueOptions>(options?: O): Record<string, Given<O>[]> {
    return this.#inbox.list(options);
  }

  messages<O extends ListenOptions>(options?: O): AsyncIterableIterator<ReceivedMessage<Given<O>>> {
    return this.#inbox.iterate(options);
  }

  onMessage(handler: MessageHandler): Disposable {
    return this.#inbox.onMessage(handler);
  }

  async relayMessage(id: NodeIdLike, message: ValueLike, options?: RelayOptions): Promise<boolean> {
    return await this.#relay.send(nodeIdOf(id), message, options);
  }

  relayedMessages<O extends ValueOptions>(options?: O): ReceivedMessage<Given<O>>[] {
    return this.#inbox.relayedList(options);
  }

  async requestInfo(id: NodeIdLike, options?: WaitOptions): Promise<NodeInfo> {
    return await this.#relay.requestInfo(nodeIdOf(id), options);
  }

  async requestPeers(id: NodeIdLike, options?: WaitOptions): Promise<string[]> {
    return (await this.#relay.requestPeers(nodeIdOf(id), options)).map(formatHex);
  }

  publish(topic: TopicLike, event: ValueLike): Promise<void> {
    return this.#topics.publish(topic, event);
  }

  subscribe(topic: TopicLike): void {
    this.#topics.subscribe(topic);
  }

  unsubscribe(topic: TopicLike): void {
    this.#topics.unsubscribe(topic);
  }

  subscriptions(): TopicLike[] {
    return this.#topics.subscriptions();
  }

  events<O extends ValueOptions>(topic: TopicLike, options?: O): Given<O>[] {
    return this.#topics.events(topic, options);
  }

  topic<O extends ListenOptions>(topic: TopicLike, options?: O): AsyncIterableIterator<Given<O>> {
    return this.#topics.topic(topic, options);
  }

  publishEvent(event: ContentLike, options?: PublishEventOptions): Promise<void> {
    return this.#content.publishEvent(event, options);
  }

  subscribeSchema(schema: ContentLike, options?: SubscribeSchemaOptions): void {
    this.#content.subscribeSchema(schema, options);
  }

  unsubscribeSchema(schema: ContentLike): void {
    this.#content.unsubscribeSchema(schema);
  }

  schemaSubscriptions<O extends ValueOptions>(options?: O): GivenContent<O>[] {
    return this.#content.schemaSubscriptions(options);
  }

  schemaEvents<O extends ValueOptions>(schema: ContentLike, options?: O): GivenContent<O>[] {
    return this.#content.schemaEvents(schema, options);
  }

  content<O extends SubscribeSchemaOptions & ListenOptions>(
    schema: ContentLike,
    options?: O,
  ): AsyncIterableIterator<GivenContent<O>> {
    return this.#content.content(schema, options);
  }

  stats(): StorjStats {
    const { rpc: calls, dht: table } = this.#ground;
    const [keptPuts, inbox, messages, streams] = [this.#kept, this.#inbox, this.#messages, this.#streams];
    const [relay, publicAddress, topics, content] = [this.#relay, this.#publicAddress, this.#topics, this.#content];
    const parts = { calls, table, keptPuts, inbox, messages, streams, relay, publicAddress, topics, content };
    return storjStats({ ...parts, quasar: topics.carrier.quasar });
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#joining.close();
    this.#publicAddress.close();
    this.#streams.shutDown();
    this.#messages.close();
    this.#content.close();
    await this.#topics.close();
    // What the user has handed over for relaying is still passed on.
    await this.#relay.close();
    this.#parts.keeper?.beforeClose(this.#ground.dht);
    this.#ground.beginClosing();
    this.#inbox.close();
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

  #happened(event: StorjEvent): void {
    if (event.type === "contact-added") {
      this.#joining.contactAdded();
      this.#publicAddress.contactAdded();
      this.#parts.keeper?.contactsChanged(this.#ground.dht);
    }
    if (event.type === "contact-added" || event.type === "contact-gone") this.#topics.carrier.contactsChanged();
    this.#parts.options.onEvent?.(event);
  }
}

/** The UDP port of a host, 0 if it has none. */
function portOf(host: Host): number {
  return host.addresses().map((address) => wireAddress(address).port).find((port) => port !== 0) ?? 0;
}
