/**
 * The host on WebSockets.
 *
 * @module
 */

import type { WebSocketServer } from "ws";
import {
  ConnectionHost,
  type ConnectionHostOptions,
  type DialTarget,
  hostOf,
  parseWebSocketAddress,
  peerOf,
  reachableWebSocketAddress,
  StreamDatagrams,
} from "../connect/mod.ts";
import { HostStream } from "../streams/mod.ts";
import { HostError } from "../error.ts";
import {
  MESSAGE_BYTES_MAX,
  SUBPROTOCOL,
  type UpgradeServer,
  type WebSocketLike,
  WebSocketTransport,
} from "./transport.ts";
import { WebSocketListener } from "./server.ts";

export type { UpgradeServer, WebSocketLike } from "./transport.ts";

/** Options that only the `WebSocket` of `ws` looks at: nothing is compressed, and messages are limited. */
const WS_OPTIONS = { perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX };

/** How connections are made: the platform's `WebSocket`, or that of `ws`. */
export type WebSocketClass = new (url: string, protocols: string[], options?: never) => unknown;

/** What a {@link WebSocketHost} needs to know. */
export interface WebSocketHostOptions extends ConnectionHostOptions {
  /**
   * Where to listen, as in `ws://127.0.0.1:4001/`; port 0 takes a free one. By default nowhere: the host only opens
   * streams then, as hosts in web pages do.
   */
  readonly listen?: readonly string[];
  /** Servers of `node:http` or `node:https` to listen on besides, with the address at which others reach them. */
  readonly servers?: readonly { readonly server: UpgradeServer; readonly address: string }[];
  /** The origins of web pages that may connect, as in `https://example.org`, or `*` for all. Default none. */
  readonly origins?: readonly string[];
  /** With what to connect. Default: the platform's `WebSocket`; on Node 20, which has none, that of `ws`. */
  readonly webSocket?: WebSocketClass;
}

/**
 * A host on WebSockets. Constructing it opens nothing. `start()` throws `HostError` `address` if one of the addresses
 * cannot be listened on; then none is. `unsupported` if the package `ws` is needed and missing.
 */
export class WebSocketHost extends ConnectionHost {
  protected readonly datagrams: StreamDatagrams = new StreamDatagrams(this);
  readonly #options: WebSocketHostOptions;
  readonly #listen: readonly URL[];
  readonly #servers: readonly { readonly server: UpgradeServer; readonly address: URL }[];
  readonly #listeners = new Map<WebSocketListener, URL>();
  readonly #opened = new Map<HostStream, WebSocketTransport>();
  readonly #accepted = new Map<HostStream, WebSocketTransport>();
  #webSocket: WebSocketClass | null = null;

  /**
   * @throws HostError `address` for a text in `listen` that is none of `ws:`, or in `servers` that is not an address of
   * WebSockets; RangeError for a peer id without bytes
   */
  constructor(options: WebSocketHostOptions) {
    super(options);
    this.#options = options;
    this.#listen = (options.listen ?? []).map((text) => parseListen(text, "ws:"));
    this.#servers = (options.servers ?? []).map(({ server, address }) => ({ server, address: parseListen(address) }));
  }

  /** How many handles of the system this host holds: servers, their connections, and those to others. */
  get openHandles(): number {
    let handles = this.#opened.size;
    for (const { connections } of this.#listeners.keys()) handles += 1 + connections;
    return handles;
  }

  addresses(): readonly string[] {
    return [...this.#listeners.values()].map(({ href }) => href);
  }

  protected async open(): Promise<void> {
    this.#webSocket = this.#options.webSocket ?? globalThis.WebSocket ?? (await loadWs(importWs)).WebSocket;
    await this.#listenEverywhere();
  }

  protected targets(addresses: readonly string[]): DialTarget[] {
    return addresses.flatMap((text) => parseWebSocketAddress(text) ?? []).map((url) => ({
      address: url.href,
      connect: () => this.#connect(url),
      reachable: (text) => reachableWebSocketAddress(text, hostOf(url)),
    }));
  }

  #connect(url: URL): HostStream {
    if (this.#webSocket === null) throw new HostError("closed", "Cannot connect: the host is not started");
    let socket: WebSocketLike;
    try {
      socket = new this.#webSocket(url.href, [SUBPROTOCOL], WS_OPTIONS as never) as WebSocketLike;
    } catch (cause) {
      // Browsers refuse some addresses outright, such as `ws:` in a page that came by `https:`.
      throw new HostError("unreachable", `Cannot connect to "${url.href}"`, { cause });
    }
    return this.#carry(socket, this.#opened).stream;
  }

  /** Makes a WebSocket a stream of this host. */
  #carry(socket: WebSocketLike, streams: Map<HostStream, WebSocketTransport>) {
    const transport = new WebSocketTransport(socket, this.clock, this.closeTimeoutMs);
    const stream = new HostStream(this.clock, peerOf("", []), transport);
    transport.attach(stream, streams === this.#accepted);
    streams.set(stream, transport);
    void transport.gone.then(() => streams.delete(stream));
    return { transport, stream };
  }

  async #listenEverywhere(): Promise<void> {
    if (this.#listen.length + this.#servers.length === 0) return;
    const { WebSocketServer } = await loadWs(importWs);
    for (const url of this.#listen) {
      const listener = this.#listener(WebSocketServer, url);
      this.#listeners.set(listener, await listener.listen(url));
    }
    for (const { server, address } of this.#servers) {
      const listener = this.#listener(WebSocketServer, address);
      listener.attach(server);
      this.#listeners.set(listener, address);
    }
  }

  #listener(Server: typeof WebSocketServer, { pathname, search }: URL): WebSocketListener {
    const { origins = [] } = this.#options;
    return new WebSocketListener(Server, pathname + search, {
      clock: this.clock,
      openingTimeoutMs: this.openingTimeoutMs,
      slots: this.slots,
      allowsOrigin: (origin) => origins.includes(origin) || origins.includes("*"),
      accept: (socket, machine, whenUsed) => {
        void this.responder.answer({
          ...this.#carry(socket as WebSocketLike, this.#accepted),
          peerInfo: (id, addresses) => peerOf(id, addresses.map((text) => reachableWebSocketAddress(text, machine))),
          whenUsed,
        });
      },
    });
  }

  protected async disconnect(error: HostError): Promise<void> {
    const closed: Promise<unknown>[] = [];
    for (const [stream, { gone }] of [...this.#opened, ...this.#accepted]) {
      closed.push(gone);
      stream.fail(error);
    }
    for (const listener of this.#listeners.keys()) closed.push(listener.close());
    await Promise.all(closed);
    this.#listeners.clear();
  }
}

/** A started host on WebSockets, see {@link WebSocketHost}. */
export async function webSocketHost(options: WebSocketHostOptions): Promise<WebSocketHost> {
  const host = new WebSocketHost(options);
  await host.start();
  return host;
}

/** For tests: loads the package, or says that it is missing. */
export async function loadWs<T>(importPackage: () => Promise<T>): Promise<T> {
  try {
    return await importPackage();
  } catch (cause) {
    throw new HostError("unsupported", 'Cannot load the package "ws"', { cause });
  }
}

function importWs(): Promise<typeof import("ws")> {
  return import("ws");
}

function parseListen(text: string, protocol?: string): URL {
  const url = parseWebSocketAddress(text);
  if (url !== null && (protocol === undefined || url.protocol === protocol)) return url;
  throw new HostError("address", `Cannot listen on "${text}", which is not an address of ${protocol ?? "WebSockets"}`);
}
