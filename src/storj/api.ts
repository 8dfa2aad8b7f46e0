/**
 * What a storj node is: its options, what it does, and what it tells.
 *
 * @module
 */

import type { MsgpackValue } from "../../codec/msgpack/mod.ts";
import type { NodeInfo } from "../../codec/protocols/storj/mod.ts";
import type { Host, Stream, WaitOptions } from "../host/mod.ts";
import type { Identity } from "../identity/mod.ts";
import type { KademliaEvent, KnownContact } from "../kademlia/mod.ts";
import type { QuasarEvent } from "../quasar/mod.ts";
import type { RpcEvent } from "../rpc/mod.ts";
import type { Store } from "../store/mod.ts";
import type { PubSub } from "./pubsub-api.ts";
import type { DhtKeyLike, NodeIdLike, StreamIdLike } from "./ids.ts";
import type { StorjStats } from "./stats.ts";
import type { Given, ListenOptions, ValueLike, ValueOptions } from "./values.ts";

export type { DhtKeyLike, NodeIdLike, StreamIdLike } from "./ids.ts";
export type { Given, ListenOptions, ValueLike, ValueOptions } from "./values.ts";

/** How long an answer may take, in milliseconds. */
export const QUERY_TIMEOUT_MS = 5_000;
/** How long a node may take to find its neighbours, and what `set` may take, in milliseconds. */
export const WALK_TIMEOUT_MS: number = 24 * QUERY_TIMEOUT_MS;

/** What a node speaks when it asks; it answers all of them. */
export type StorjNetwork = "storjnet" | "storjnode" | "kademlia";

/** Bounds on what others can make a node keep. */
export interface StorjLimits {
  /** Direct messages that wait to be taken. Default 8,192. */
  readonly messages: number;
  /** Those of one sender among them. Default 1,024. */
  readonly messagesOfSender: number;
  /** Relayed messages that wait to be taken. Default 1,024. */
  readonly relayed: number;
  /** Messages that wait to be passed on, own ones and those of others, which leave a quarter free. Default 1,024. */
  readonly relaying: number;
  /** Streams that are open. Default 512. */
  readonly streams: number;
  /** What a stream keeps unread, in bytes. Default 1 MiB. */
  readonly streamBytes: number;
  /** What all streams together keep, in bytes. Default 64 MiB. */
  readonly streamsBytes: number;
  /** Topics that are subscribed to, with those that content needs. Default 512. */
  readonly topics: number;
  /** Events of a topic that wait to be taken; the oldest make room. Default 8,192. */
  readonly events: number;
  /** What all events that wait take together, in bytes. Default 64 MiB. */
  readonly eventsBytes: number;
}

/** The limits by default: the queues are those of the originals, the rest bounds what they leave open. */
export const STORJ_LIMITS: StorjLimits = Object.freeze({
  messages: 8192,
  messagesOfSender: 1024,
  relayed: 1024,
  relaying: 1024,
  streams: 512,
  streamBytes: 1024 * 1024,
  streamsBytes: 64 * 1024 * 1024,
  topics: 512,
  events: 8192,
  eventsBytes: 64 * 1024 * 1024,
});

/** What is special about a node in publish/subscribe. */
export interface PubSubOptions {
  /** How many hops away it knows who subscribes to what; as many filters are sent to neighbours. 1 to 4, default 3. */
  readonly depth?: number;
}

/** Options of `storjNode`. */
export interface StorjNodeOptions {
  /** The key of the node: WIF, HWIF or an identity. Default: a new one. */
  readonly key?: string | Identity;
  /** What carries the datagrams. Default: UDP on `udpPort` of `listen`. A host that is given is started, not stopped. */
  readonly host?: Host;
  /** The UDP port. Default: a free one. */
  readonly udpPort?: number;
  /** The IP address on which the default host listens. Default 127.0.0.1: nobody else reaches it. */
  readonly listen?: string;
  /** What the node speaks when it asks. Default `storjnet`. */
  readonly network?: StorjNetwork;
  /** Nodes to join by, `host:port` or `[v6]:port`. None by default: the original ones are gone. */
  readonly bootstrap?: readonly string[];
  /** Where contacts, values, kept puts and messages that nobody took survive. Default: nowhere. */
  readonly store?: Store;
  readonly limits?: Partial<StorjLimits>;
  /** Publish/subscribe. */
  readonly pubsub?: PubSubOptions;
  /** Whether `request_info` and `request_peers` of others are answered. Default false. */
  readonly answerRequests?: boolean;
  /** Called with what happens. It must not throw. */
  readonly onEvent?: (event: StorjEvent) => void;
}

/** What happens in a node. */
export type StorjEvent =
  | KademliaEvent
  | RpcEvent
  | QuasarEvent
  /** A message handler threw; the other handlers got the message. */
  | { readonly type: "message-handler-failed"; readonly error: unknown }
  /** A relayed message that was to be repeated: its receiver has confirmed it, or has not within five minutes. */
  | { readonly type: "relayed-confirmed" | "relayed-unconfirmed"; readonly to: string; readonly message: ValueLike }
  /** What the store should keep is not kept; it comes again with the next change, or a while later. */
  | { readonly type: "not-kept"; readonly what: string; readonly error: unknown };

/** Where a node is, for calls that need no lookup. */
export interface At {
  readonly ip: string;
  readonly port: number;
}

/** A node, and where it is. */
export interface PeerAddress extends At {
  /** 40 hex digits. */
  readonly nodeId: string;
}

/** A message that has come. */
export interface ReceivedMessage<V = MsgpackValue> {
  /** The id of the sender, 40 hex digits; null for a relayed message without a signature. */
  readonly from: string | null;
  readonly message: V;
  /** Whether other nodes passed it on. */
  readonly relayed: boolean;
}

/** Called with a message: who sent it (null if that is not known), and what it says. */
export type MessageHandler = (source: Uint8Array | null, message: MsgpackValue, relayed: boolean) => void;

/** How others see a node. */
export interface Transport {
  /** Where others see it. */
  readonly wan: At;
  /** Where it is by its own account. */
  readonly lan: At;
  /** What stands between it and the others. */
  readonly nat: "none" | "cone" | "symmetric" | "unknown";
}

/** Options of `dhtPut` and `set`. */
export interface PutOptions extends WaitOptions {
  /** Whether the value is put anew once a day, until it is deleted with `unkeep`. Default false. */
  readonly keep?: boolean;
}

/** Options of `dhtGet` and `get`. */
export interface GetOptions extends WaitOptions {
  /** Whether bytes that are UTF-8 are texts, also within values: what Python 2 put as text is bytes. Default false. */
  readonly text?: boolean;
}

/** Options of calls that go to one node. */
export interface SendOptions extends WaitOptions {
  /** Where the node is. Default: it is looked up. */
  readonly at?: At;
}

/** Options of `relayMessage`. */
export interface RelayOptions extends WaitOptions {
  /** Whether only the receiver can read it. Its sealing key is taken from the hash table. Default false. */
  readonly sealed?: boolean;
  /** Whether it is sent again, with growing pauses, until the receiver confirms it. Default false. */
  readonly repeat?: boolean;
  /**
   * Whether it is signed, so that the receiver knows whom it is from. Original nodes show such a message as an array of
   * five. Default: if it is sealed or repeated, which it cannot be without a signature.
   */
  readonly signed?: boolean;
}

/**
 * A storj node. Everything that waits takes `signal` and `timeoutMs` last, and rejects with a `StorjError`: `aborted`,
 * `timeout`, `closed`, and for what was given `invalid-node-id`, `invalid-stream-id`, `invalid-message`, `too-large`.
 */
export interface StorjNode extends AsyncDisposable, PubSub {
  /** The own id, 20 bytes. */
  readonly nodeId: Uint8Array;
  /** The own id, 40 hex digits. */
  readonly nodeIdHex: string;
  /** The own id as a Bitcoin address. */
  readonly address: string;
  /** The UDP port, 0 for hosts that have none. */
  readonly port: number;
  /** The private key as WIF. It shows in no other property. */
  wif(): string;
  /** Resolves as soon as there are neighbours. Rejects with `timeout`, `aborted`, `closed`. */
  ready(options?: WaitOptions): Promise<void>;

  // The hash table
  /** Stores a value. False without peers, or when nobody stored it. Rejects with `too-large`, `invalid-message`. */
  dhtPut(key: DhtKeyLike, value: ValueLike, options?: PutOptions): Promise<boolean>;
  /** The value of a key, or null. */
  dhtGet<O extends GetOptions & ValueOptions>(key: DhtKeyLike, options?: O): Promise<Given<O> | null>;
  /** Where others see this node, or null without peers. */
  dhtStun(options?: WaitOptions): Promise<At | null>;
  /** Where a node is, or null if it is not found or does not answer. */
  dhtFind(id: NodeIdLike, options?: WaitOptions): Promise<At | null>;
  /** At most 20 nodes, the nearest to this one first. */
  peers(): PeerAddress[];
  /** Everybody whom this node knows. */
  knownPeers(): readonly KnownContact[];
  /** Looks for the own neighbours; happens by itself every 120 s, too. */
  refreshNeighbours(options?: WaitOptions): Promise<void>;
  /** Where this node is by its own account and as others see it; null without peers. */
  transport(options?: WaitOptions): Promise<Transport | null>;
  /** Whether others reach this node without being called first. */
  isPublic(options?: WaitOptions): Promise<boolean>;

  // A dictionary
  /** As {@link dhtPut}, but rejects with `timeout` after `WALK_TIMEOUT_MS`. */
  set(key: DhtKeyLike, value: ValueLike, options?: PutOptions): Promise<boolean>;
  /** The value of a key, or else the fallback (by default null). */
  get(key: DhtKeyLike, fallback?: MsgpackValue, options?: GetOptions): Promise<MsgpackValue>;
  /** Whether the key has a value. */
  has(key: DhtKeyLike, options?: WaitOptions): Promise<boolean>;
  /** The value of a key; if it has none, the given one, which is then stored. */
  setDefault(key: DhtKeyLike, value: ValueLike, options?: PutOptions & GetOptions): Promise<MsgpackValue>;
  /** Stores several values; false if one of them was stored by nobody. */
  update(
    entries: Iterable<readonly [DhtKeyLike, ValueLike]> | Readonly<Record<string, ValueLike>>,
    options?: PutOptions,
  ): Promise<boolean>;
  /** What this node holds for others and itself, without the sealing keys that nodes publish by themselves. */
  stored(): AsyncIterable<readonly [key: Uint8Array, value: MsgpackValue]>;
  /** Values put with `keep` are not put anew any more. False if the key has none. */
  unkeep(key: DhtKeyLike): Promise<boolean>;

  // Messages
  /**
   * Sends a message. True: it is in the receiver's queue. False: nobody was found, the queue is full, or there was no
   * answer, and then it may have arrived unless the receiver recognises repeats.
   */
  messageSend(id: NodeIdLike, message: ValueLike, options?: SendOptions): Promise<boolean>;
  /** All direct messages that wait, by sender, in order. They are taken out. */
  messageList<O extends ValueOptions>(options?: O): Record<string, Given<O>[]>;
  /** Messages as they come, direct and relayed ones, each taken out. Ends with the node. */
  messages<O extends ListenOptions>(options?: O): AsyncIterableIterator<ReceivedMessage<Given<O>>>;
  /** Has a function called with each message, those that wait first. */
  onMessage(handler: MessageHandler): Disposable;
  /**
   * Puts a message into the own queue for passing on. False when that is full. Rejects with `too-large`, `invalid-message`,
   * and with `not-found` if it is to be sealed for a node that has published no sealing key.
   */
  relayMessage(id: NodeIdLike, message: ValueLike, options?: RelayOptions): Promise<boolean>;
  /** All relayed messages that wait, in order. They are taken out. */
  relayedMessages<O extends ValueOptions>(options?: O): ReceivedMessage<Given<O>>[];
  /**
   * What a node says about itself when it is asked through others, again and again with growing pauses. Rejects with
   * `timeout`, after `WALK_TIMEOUT_MS` by default: it may have `answerRequests` off.
   */
  requestInfo(id: NodeIdLike, options?: WaitOptions): Promise<NodeInfo>;
  /** The ids of at most 20 nodes that a node knows near to it, in hex, asked as in {@link requestInfo}. */
  requestPeers(id: NodeIdLike, options?: WaitOptions): Promise<string[]>;

  // Streams
  /** Opens a stream and returns its id, 64 hex digits; null if nobody was found, answered, or took it. */
  streamOpen(id: NodeIdLike, options?: SendOptions): Promise<string | null>;
  /** Opens a stream. Rejects with `not-found`, `busy` when the other has as many as it takes, `timeout`. */
  openStream(id: NodeIdLike, options?: SendOptions): Promise<Stream>;
  /** A stream by its id, as that of {@link openStream}, or null: also of those that others opened. */
  stream(id: StreamIdLike): Stream | null;
  /** Streams that others open, as they come. Ends with the node. */
  incomingStreams(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<{ id: string; stream: Stream }>;
  /** The peer and the number of unread bytes of each stream. */
  streamList(): Record<string, readonly [nodeId: string, unread: number]>;
  /** The number of unread bytes of each stream. */
  streams(): Record<string, number>;
  /** What has come, at most `size` bytes; empty if there is nothing; null for a stream that is unknown or ended. */
  streamRead(id: StreamIdLike, size?: number | null): Uint8Array | null;
  /** Writes; how many bytes were taken, 0 when the other side is full; null for a stream that is unknown or closed. */
  streamWrite(id: StreamIdLike, data: Uint8Array, options?: WaitOptions): Promise<number | null>;
  /** Closes a stream. False if it is unknown, or the other side has not confirmed. */
  streamClose(id: StreamIdLike, options?: WaitOptions): Promise<boolean>;

  /** Figures, as plain data. */
  stats(): StorjStats;
  /** Ends everything, in order; what waits on the node ends with `closed`. */
  close(): Promise<void>;
}
