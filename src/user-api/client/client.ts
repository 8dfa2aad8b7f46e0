/**
 * A client of the user API of a node.
 *
 * @module
 */

import { type Clock, systemClock } from "../../host/mod.ts";
import type { CallOptions } from "../caller.ts";
import { METHOD_NAMES, type UserApiMethods } from "../methods.ts";
import type { Content, JsonValue, Key } from "../wire.ts";
import type { ClientPlace } from "./channel.ts";
import { Lasting } from "./lasting.ts";
import { Telling, type Told } from "./told.ts";

/** Where the node is, and who calls. */
export interface UserApiClientOptions extends ClientPlace {
  /** The token of the node; none for a unix socket, or a node that is open. */
  readonly token?: string;
  readonly clock?: Clock;
}

/** Options of loops. */
export interface TellOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
}

/** A message that has come to the node. */
export interface ToldMessage {
  /** Who has sent it; null if that is not known. */
  readonly from: string | null;
  readonly message: JsonValue;
  /** Whether other nodes passed it on. */
  readonly relayed: boolean;
}

/** A stream that somebody has opened to the node. */
export interface ToldStream {
  readonly streamid: string;
  /** Who has opened it; null if it is closed again. */
  readonly nodeid: string | null;
}

/**
 * All calls of the user API as methods, and what comes as loops. A connection that is lost is made anew, with growing
 * pauses: calls that were under way reject with `HostError` `reset`, as nobody knows whether they were made; calls that come
 * meanwhile wait; loops go on, without what came meanwhile.
 */
export interface UserApiClient extends Omit<UserApiMethods, "listen">, AsyncDisposable {
  /** Any call, with parameters by position or by name. */
  call(
    name: string,
    params?: readonly unknown[] | Readonly<Record<string, unknown>>,
    how?: CallOptions,
  ): Promise<unknown>;
  /** Messages as they come, direct and relayed ones. Nobody else gets them then. */
  incomingMessages(options?: TellOptions): Told<ToldMessage>;
  /** Events of a topic as they come; the node subscribes to it as long as the loop runs. */
  topic(topic: Key, options?: TellOptions): Told<JsonValue>;
  /** Events of a schema as they come. */
  content(schema: Content, options?: TellOptions): Told<JsonValue>;
  /** Streams that others open, as they come. */
  incomingStreams(options?: TellOptions): Told<ToldStream>;
  /** Ends the client: its calls, and its loops. */
  disconnect(): Promise<void>;
}

/**
 * Connects to the user API of a node, over a WebSocket or a unix socket.
 *
 * ```ts
 * import { startSwarm } from "warpwire/user-api";
 * import { connectUserApi } from "warpwire/user-api/client";
 *
 * await using swarm = await startSwarm({ nodes: 2 });
 * await using anna = await connectUserApi({ url: swarm.nodes[0].url });
 * await using ben = await connectUserApi({ url: swarm.nodes[1].url });
 * const messages = ben.incomingMessages();
 * await messages.ready;
 * await anna.message_send(await ben.dht_id(), "hello");
 * for await (const { message } of messages) {
 *   console.log(message); // hello
 *   break;
 * }
 * ```
 *
 * @throws HostError `address`, `unreachable`, `unsupported`; UserApiError `Unauthorized` for a wrong token
 */
export async function connectUserApi(options: UserApiClientOptions): Promise<UserApiClient> {
  const { clock = systemClock } = options;
  const connection = { ...options, clock };
  const lasting = new Lasting({ ...connection, notified: () => {} });
  await lasting.open();
  const loops = new Set<{ end(): void }>();
  const tell = <T>(
    wanted: Readonly<Record<string, unknown>>,
    { signal }: TellOptions = {},
    itemOf: (params: unknown) => T,
  ) => {
    const loop: Telling<T> = new Telling({ connection, wanted, signal, itemOf, ended: () => loops.delete(loop) });
    loops.add(loop);
    return loop;
  };
  const call: UserApiClient["call"] = async (name, params = [], how = {}) => {
    const { signal, timeoutMs } = how;
    const waiting = { ...(signal !== undefined && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
    return await (await lasting.caller(waiting)).call(name, params, how);
  };
  const disconnect = () => {
    for (const loop of loops) loop.end();
    lasting.close();
    return Promise.resolve();
  };
  const eventOf = (params: unknown) => (params as { readonly event: JsonValue }).event;
  const methods = METHOD_NAMES.filter((name) => name !== "listen").map((name) =>
    [name, (...params: unknown[]) => call(name, params)] as const
  );
  return {
    ...Object.fromEntries(methods) as unknown as Omit<UserApiMethods, "listen">,
    call,
    incomingMessages: (options) => tell({ messages: true }, options, (params) => params as ToldMessage),
    topic: (topic, options) => tell({ topics: [topic] }, options, eventOf),
    content: (schema, options) => tell({ schemas: [schema] }, options, eventOf),
    incomingStreams: (options) => tell({ streams: true }, options, (params) => params as ToldStream),
    disconnect,
    [Symbol.asyncDispose]: disconnect,
  };
}
