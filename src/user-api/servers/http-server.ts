/**
 * The user API over HTTP: a POST on any path is a request of JSON-RPC 2.0. On the same port it is there over WebSockets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../host/mod.ts";
import { closeServer, hostOf, SlotTable, startListening, withSocketAddress } from "../../host/connect/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { Access, checkOpen, type UserApiAccess } from "./access.ts";
import type { UserApi } from "../api.ts";
import { type Held, HttpClient } from "./http-client.ts";
import { type HttpPlan, serveRequest } from "./http-request.ts";
import { USER_API_LIMITS, type UserApiLimits } from "./limits.ts";
import { WebSocketDoor } from "./websocket-server.ts";

/** What a request may have in headers, in bytes. */
const HEADER_BYTES_MAX = 8192;
/** How often connections are looked at that have been slow or idle for too long. */
const LOOK_MS_MAX = 1000;
/** Connections that vanished without a word are noticed after some minutes. */
const KEEP_ALIVE_MS = 60_000;

/** What a server has to know. */
export interface HttpServerOptions {
  readonly api: UserApi;
  /** Where to listen: `http://127.0.0.1:5000`; port 0 takes a free one. */
  readonly url: URL;
  readonly access: UserApiAccess;
  /** The text of `GET /openrpc.json`. */
  readonly openRpc: () => string;
  /** The text of `GET /metrics`. */
  readonly metrics: () => string;
  readonly limits?: Partial<UserApiLimits>;
  readonly clock?: Clock;
}

/** A server that listens. */
export interface UserApiServer {
  /** Where, with the port that was given instead of 0. */
  readonly address: string;
  /** How many connections there are. */
  readonly connections: number;
  /** Listens no more, and cuts off everything that is connected. The API stays as it is. */
  close(): Promise<void>;
}

/**
 * Begins to listen.
 *
 * @throws HostError `address` for what cannot be listened on, for an address that other machines reach if there is no token,
 * and for origins and names that are none; `unsupported` without the package `ws`
 */
export async function serveHttp(options: HttpServerOptions): Promise<UserApiServer> {
  const { url, clock = systemClock } = options;
  const limits = { ...USER_API_LIMITS, ...options.limits };
  const access = new Access(options.access);
  if (access.isOpen) checkOpen(hostOf(url), url.origin);
  const webSockets = await WebSocketDoor.open({ api: options.api, access, clock, limits });
  const clients = new Clients(clock, limits);
  const server = makeServer(limits, clients, { ...options, access, limits });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const client = clients.of(socket as Socket);
    const status = client === undefined ? 503 : upgradeRefusal(request, access);
    if (client === undefined || status !== null) return refuse(socket, status ?? 503);
    webSockets.take(request, socket, head, (found) => client.webSocket = found);
  });
  const [host, port] = [hostOf(url), Number(url.port || 80)];
  await startListening(server, { host, port }, url.origin);
  const bound = server.address() as AddressInfo;
  return {
    address: withSocketAddress(url, { host: bound.address, port: bound.port }).origin,
    get connections() {
      return clients.size;
    },
    close() {
      const closed = closeServer(server);
      clients.end();
      return closed;
    },
  };
}

function makeServer(limits: UserApiLimits, clients: Clients, plan: HttpPlan): Server {
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.headersMs + limits.bodyMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(LOOK_MS_MAX, limits.headersMs),
  });
  server.on("connection", (socket: Socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    clients.admit(socket);
  });
  server.on("request", (request, response) => serveRequest(plan, clients.of(request.socket), request, response));
  // Whoever asks before it sends a long body is told at once what is wrong with it.
  server.on("checkContinue", (request, response) => {
    serveRequest(plan, clients.of(request.socket), request, response, () => response.writeContinue());
  });
  return server;
}

/** The connections. */
class Clients {
  readonly #clock: Clock;
  readonly #limits: UserApiLimits;
  readonly #slots: SlotTable<HttpClient>;
  readonly #clients = new Map<Socket, HttpClient>();
  readonly #held: Held = { bytes: 0 };

  constructor(clock: Clock, limits: UserApiLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#slots = new SlotTable(limits.connections);
  }

  get size(): number {
    return this.#clients.size;
  }

  of(socket: Socket): HttpClient | undefined {
    return this.#clients.get(socket);
  }

  admit(socket: Socket): void {
    const client = new HttpClient(socket, this.#clock, this.#limits, this.#held);
    if (!this.#slots.take(client)) return void socket.destroy();
    this.#clients.set(socket, client);
    socket.once("close", () => {
      this.#slots.leave(client);
      this.#clients.delete(socket);
      client.close();
    });
  }

  end(): void {
    for (const socket of this.#clients.keys()) socket.destroy();
  }
}

/** Why a request for a WebSocket is refused, as a status of HTTP. Browsers cannot show a token yet. */
function upgradeRefusal({ headers }: IncomingMessage, access: Access): number | null {
  if (!access.admits(headers)) return 403;
  const isShown = headers.authorization !== undefined;
  return isShown && !access.authorizes(headers.authorization) ? 401 : null;
}

function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => {
    socket.destroy();
  });
}
