/**
 * The calls as methods. Made by `tasks/user-api-doc.ts` from the table of the calls.
 *
 * @module
 */

import type { Content, JsonValue, Key, NodeStatus, Place, RelayedMessage } from "./wire.ts";

/** The calls as methods, which reject with `UserApiError`. */
export interface UserApiMethods {
  /**
   * Stores a value under a key.
   *
   * @param key Whose value it is. `5` and `"5"` are one key
   * @param value At most 8,119 bytes of msgpack, as a text of 8,116 has
   * @param keep Whether the node puts it anew once a day, as long as it runs
   * @returns Whether somebody has stored it; false without peers
   * @throws InvalidMessage
   */
  dht_put(key: Key, value: JsonValue, keep?: boolean | null): Promise<boolean>;
  /**
   * Gets the value of a key.
   *
   * @param key As for `dht_put`
   * @param packed Whether the value comes as `{"msgpack":"…"}`, with the hex digits of its msgpack
   * @returns The value, or null if there is none
   */
  dht_get(key: Key, packed?: boolean | null): Promise<JsonValue>;
  /**
   * Looks for a node. Its own id gives the same as `dht_stun`.
   *
   * @param nodeid 40 hex digits
   * @returns Its IP address and port, or null if it is not found
   * @throws InvalidNodeid
   */
  dht_find(nodeid: string): Promise<Place | null>;
  /**
   * Asks other nodes where they see this one.
   *
   * @returns The IP address and port, or null without peers
   */
  dht_stun(): Promise<Place | null>;
  /**
   * The id of this node.
   *
   * @returns 40 hex digits
   */
  dht_id(): Promise<string>;
  /**
   * The nodes that are nearest to this one.
   *
   * @returns At most 20 ids, IP addresses and ports, the nearest first
   */
  dht_peers(): Promise<[nodeid: string, ip: string, port: number][]>;
  /**
   * Publishes an event for a topic. The same event within a minute is nothing new.
   *
   * @param topic Its name. `5` and `"5"` are one topic
   * @param event With the topic at most about 7 KB of msgpack
   * @returns Null
   * @throws NoPeers, InvalidMessage
   */
  pubsub_publish(topic: Key, event: JsonValue): Promise<null>;
  /**
   * Subscribes to the events of a topic. Twice is once.
   *
   * @param topic Its name. `5` and `"5"` are one topic
   * @returns Null
   * @throws Limit
   */
  pubsub_subscribe(topic: Key): Promise<null>;
  /**
   * Ends a subscription. What has come can still be taken once.
   *
   * @param topic Its name. `5` and `"5"` are one topic
   * @returns Null
   * @throws NotSubscribed
   */
  pubsub_unsubscribe(topic: Key): Promise<null>;
  /**
   * The topics that are subscribed to.
   *
   * @returns The topics, as they were given
   */
  pubsub_subscriptions(): Promise<Key[]>;
  /**
   * The events of a topic that have come since the last time. None for a topic that is not subscribed to.
   *
   * @param topic Its name. `5` and `"5"` are one topic
   * @returns The events in order. They are taken out
   */
  pubsub_events(topic: Key): Promise<JsonValue[]>;
  /**
   * Publishes an event by what it says.
   *
   * @param event The event, or an object with `schema` and `event`
   * @param schema Its schema. By default every schema that this node knows and that the event fits
   * @returns Null
   * @throws InvalidEvent, InvalidSchema, NoPeers
   */
  publish(event: Content, schema?: Content | null): Promise<null>;
  /**
   * Subscribes to events of a schema.
   *
   * @param schema The schema: an object, or the text of its JSON, in which `5` and `5.0` are different numbers
   * @param subscription Which events, for each field of an index. By default all events of the schema
   * @param indexes Which indexes of the schema may be used, by number. By default all
   * @returns Null
   * @throws InvalidSchema, Limit
   */
  subscribe(schema: Content, subscription?: Content | null, indexes?: readonly number[] | null): Promise<null>;
  /**
   * Ends the subscriptions of a schema.
   *
   * @param schema The schema: an object, or the text of its JSON, in which `5` and `5.0` are different numbers
   * @returns Null
   * @throws InvalidSchema
   */
  unsubscribe(schema: Content): Promise<null>;
  /**
   * The schemas that are subscribed to.
   *
   * @returns The schemas
   */
  subscriptions(): Promise<JsonValue[]>;
  /**
   * The events of a schema that have come since the last time.
   *
   * @param schema The schema: an object, or the text of its JSON, in which `5` and `5.0` are different numbers
   * @returns The events in order. They are taken out
   * @throws InvalidSchema
   */
  events(schema: Content): Promise<JsonValue[]>;
  /**
   * Sends a message to a node. If that is one of the original program, false may also mean that its answer was
   * lost.
   *
   * @param nodeid To whom
   * @param message At most 8,132 bytes of msgpack
   * @returns Whether it is in the node's queue
   * @throws InvalidNodeid, InvalidMessage, Busy
   */
  message_send(nodeid: string, message: JsonValue): Promise<boolean>;
  /**
   * The messages that have come since the last time.
   *
   * @returns The messages of each sender, in order. They are taken out
   */
  message_list(): Promise<Record<string, JsonValue[]>>;
  /**
   * Sends a message to a node at a place that is known. Without a place it is `message_send`.
   *
   * @param nodeid To whom
   * @param ip Where the node is
   * @param port Where the node is
   * @param message As for `message_send`
   * @returns Whether it is in the node's queue
   * @throws InvalidNodeid, InvalidMessage, Busy
   */
  message(nodeid: string, ip: string | null, port: number | null, message: JsonValue): Promise<boolean>;
  /**
   * The same as `message_list`.
   *
   * @returns The messages of each sender, in order. They are taken out
   */
  messages(): Promise<Record<string, JsonValue[]>>;
  /**
   * Has other nodes pass a message on, one to the next, until it is there. That it is queued does not say that it
   * arrives.
   *
   * @param nodeid To whom
   * @param message At most 519 bytes of msgpack
   * @param sealed Whether only the receiver can read it
   * @param repeat Whether it is sent again until the receiver confirms it
   * @returns Whether it is queued
   * @throws InvalidNodeid, InvalidMessage, NotFound
   */
  relay_message(nodeid: string, message: JsonValue, sealed?: boolean | null, repeat?: boolean | null): Promise<boolean>;
  /**
   * The relayed messages that have come since the last time.
   *
   * @returns In order; `from` is null for a message that is not signed. They are taken out
   */
  relayed_messages(): Promise<RelayedMessage[]>;
  /**
   * The streams that are open.
   *
   * @returns The other node and the number of unread bytes of each stream
   */
  stream_list(): Promise<Record<string, [nodeid: string, unread: number]>>;
  /**
   * The streams that are open, as the documents have them.
   *
   * @returns The number of unread bytes of each stream
   */
  streams(): Promise<Record<string, number>>;
  /**
   * Opens a stream to a node.
   *
   * @param nodeid 40 hex digits
   * @returns The id of the stream; null if nobody was found, answered, or took it
   * @throws InvalidNodeid
   */
  stream_open(nodeid: string): Promise<string | null>;
  /**
   * Opens a stream to a node at a place that is known. Without a place it is `stream_open`.
   *
   * @param nodeid 40 hex digits
   * @param ip Where the node is
   * @param port Where the node is
   * @returns The id of the stream; null if nobody was found, answered, or took it
   * @throws InvalidNodeid
   */
  open(nodeid: string, ip?: string | null, port?: number | null): Promise<string | null>;
  /**
   * Closes a stream. What the other side has not read is lost.
   *
   * @param streamid 64 hex digits
   * @returns Whether the other side has confirmed it; false for a stream that is unknown
   * @throws InvalidStreamid
   */
  stream_close(streamid: string): Promise<boolean>;
  /**
   * The same as `stream_close`.
   *
   * @param streamid 64 hex digits
   * @returns Whether the other side has confirmed it; false for a stream that is unknown
   * @throws InvalidStreamid
   */
  close(streamid: string): Promise<boolean>;
  /**
   * Reads from a stream.
   *
   * @param streamid 64 hex digits
   * @param size How many bytes at most; all of them by default
   * @returns What has come, in hex; empty if there is nothing now; null for a stream that is unknown or has ended
   * @throws InvalidStreamid
   */
  stream_read(streamid: string, size?: number | null): Promise<string | null>;
  /**
   * The same as `stream_read`.
   *
   * @param streamid 64 hex digits
   * @param len How many bytes at most; all of them by default
   * @returns What has come, in hex; empty if there is nothing now; null for a stream that is unknown or has ended
   * @throws InvalidStreamid
   */
  read(streamid: string, len?: number | null): Promise<string | null>;
  /**
   * Writes to a stream.
   *
   * @param streamid 64 hex digits
   * @param data Hex digits, two for each byte
   * @returns How many bytes were taken, 0 when the other side is full; null for a stream that is unknown or closed
   * @throws InvalidStreamid
   */
  stream_write(streamid: string, data: string): Promise<number | null>;
  /**
   * The same as `stream_write`.
   *
   * @param streamid 64 hex digits
   * @param data Hex digits, two for each byte
   * @returns How many bytes were taken, 0 when the other side is full; null for a stream that is unknown or closed
   * @throws InvalidStreamid
   */
  write(streamid: string, data: string): Promise<number | null>;
  /**
   * Whether others reach the node without being called first.
   *
   * @returns What it is
   */
  node_type(): Promise<"public" | "private">;
  /**
   * What the node is, and how much it has of what.
   *
   * @returns The status
   */
  node_status(): Promise<NodeStatus>;
  /**
   * Looks for the nodes around this one; that happens by itself every two minutes, too.
   *
   * @returns Null
   */
  node_refresh(): Promise<null>;
  /**
   * Figures of the node.
   *
   * @returns The figures by subject
   */
  stats(): Promise<Record<string, JsonValue>>;
  /**
   * What a node says about itself. Others ask it; only nodes that run with `--answer-requests` answer.
   *
   * @param nodeid 40 hex digits
   * @returns Its version, storage, network and platform
   * @throws InvalidNodeid, Timeout
   */
  peer_info(nodeid: string): Promise<Record<string, JsonValue>>;
  /**
   * Asks all nodes whom they know. Where notifications can be sent, `progress` tells how it goes on.
   *
   * @param nodesmax How many nodes the map has at most; 10,000 by default
   * @returns The map: each node by its id
   */
  map(nodesmax?: number | null): Promise<Record<string, JsonValue>>;
  /**
   * Asks the nodes around what they are, again and again, and keeps the answers in files. Tells of each with
   * `progress`, and ends with the connection.
   *
   * @param intervalms From one dataset to the next, in milliseconds; an hour by default
   * @param limit How many nodes a dataset has at most; 20 by default
   * @returns Null
   */
  monitor(intervalms?: number | null, limit?: number | null): Promise<null>;
  /**
   * This description of the calls, as OpenRPC has it.
   *
   * @returns The document
   */
  "rpc.discover"(): Promise<Record<string, JsonValue>>;
  /**
   * Has what comes told from now on, as long as the connection is there: with notifications `message`, `event` and
   * `stream`. Not over HTTP. Several of these calls add up.
   *
   * @param messages Messages, which nobody else gets then
   * @param topics Events of these topics
   * @param schemas Events of these schemas
   * @param streams Streams that others open
   * @returns Null
   * @throws Limit, InvalidSchema
   */
  listen(
    messages?: boolean | null,
    topics?: readonly Key[] | null,
    schemas?: readonly Content[] | null,
    streams?: boolean | null,
  ): Promise<null>;
}

/** The names of the calls. */
export const METHOD_NAMES: readonly (keyof UserApiMethods)[] = [
  "dht_put",
  "dht_get",
  "dht_find",
  "dht_stun",
  "dht_id",
  "dht_peers",
  "pubsub_publish",
  "pubsub_subscribe",
  "pubsub_unsubscribe",
  "pubsub_subscriptions",
  "pubsub_events",
  "publish",
  "subscribe",
  "unsubscribe",
  "subscriptions",
  "events",
  "message_send",
  "message_list",
  "message",
  "messages",
  "relay_message",
  "relayed_messages",
  "stream_list",
  "streams",
  "stream_open",
  "open",
  "stream_close",
  "close",
  "stream_read",
  "read",
  "stream_write",
  "write",
  "node_type",
  "node_status",
  "node_refresh",
  "stats",
  "peer_info",
  "map",
  "monitor",
  "rpc.discover",
  "listen",
];
