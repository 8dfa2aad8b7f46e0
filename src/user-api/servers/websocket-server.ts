/**
 * The user API over WebSockets: a message of JSON-RPC 2.0 each way.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { RawData, WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../host/mod.ts";
import { loadWs } from "../../host/websocket/mod.ts";
import type { Access } from "./access.ts";
import type { UserApi } from "../api.ts";
import { errorObject, UserError } from "../errors.ts";
import type { UserApiLimits } from "./limits.ts";
import { MessageClient } from "./message-client.ts";

/** The longest message that shows a token, in bytes. */
const AUTHORIZE_BYTES_MAX = 4096;
/** The codes of WebSockets for messages that are bytes, and for those who may not come in (RFC 6455, section 7.4.1). */
const UNSUPPORTED = 1003;
const POLICY_VIOLATION = 1008;
/** What may wait to be sent, in bytes, while pings are still answered. */
const PONG_BUFFERED_BYTES_MAX = 64 * 1024;
/** So long a client that is let go may take to answer that. */
const CLOSE_MS = 2000;

/** What clients are served with. */
export interface WebSocketParts {
  readonly api: UserApi;
  readonly access: Access;
  readonly clock: Clock;
  readonly limits: UserApiLimits;
}

/** Someone who is connected by a WebSocket. */
export interface WebSocketClient {
  /** Whether it may call: only then its connection is not given to somebody else. */
  readonly isAuthorized: boolean;
}

/** Makes WebSockets of connections, and serves them. */
export class WebSocketDoor {
  readonly #parts: WebSocketParts;
  readonly #server: WebSocketServer;

  private constructor(parts: WebSocketParts, server: WebSocketServer) {
    this.#parts = parts;
    this.#server = server;
  }

  /** @throws HostError `unsupported` without the package `ws` */
  static async open(parts: WebSocketParts): Promise<WebSocketDoor> {
    const { WebSocketServer } = await loadWs(() => import("ws"));
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: parts.limits.requestBytes,
    });
    return new WebSocketDoor(parts, server);
  }

  /** Takes a connection that wants to be a WebSocket; calls back when it is one. Its headers have been looked at. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, whenOpen: (client: WebSocketClient) => void): void {
    this.#server.handleUpgrade(request, socket, head, (found) => {
      const { access } = this.#parts;
      whenOpen(new SocketClient(found, access.authorizes(request.headers.authorization), this.#parts));
    });
  }
}

class SocketClient implements WebSocketClient {
  readonly #socket: WebSocket;
  readonly #access: Access;
  readonly #client: MessageClient;
  readonly #closing: (run: () => void, delayMs: number) => void;
  #isAuthorized: boolean;
  #isFirst = true;

  constructor(socket: WebSocket, isAuthorized: boolean, { api, access, clock, limits }: WebSocketParts) {
    this.#socket = socket;
    this.#access = access;
    this.#isAuthorized = isAuthorized;
    this.#closing = (run, delayMs) => {
      const timer = clock.setTimer(delayMs, run);
      socket.once("close", () => timer.clear());
    };
    const whenSent = () => this.#client.drained();
    this.#client = new MessageClient({
      ...{ api, clock, limits },
      port: {
        send: (text) => socket.send(text, whenSent),
        queuedBytes: () => socket.bufferedAmount,
        pause: () => socket.pause(),
        resume: () => socket.resume(),
      },
    });
    if (!isAuthorized) this.#closing(() => this.#isAuthorized || this.#end("No token was shown"), limits.headersMs);
    socket.on("message", (data, isBinary) => this.#take(data, isBinary));
    socket.on("ping", (data) => {
      // A client that does not read the answers gets no more of them.
      if (socket.bufferedAmount <= PONG_BUFFERED_BYTES_MAX) socket.pong(data);
    });
    socket.on("error", () => socket.terminate()).on("close", () => this.#client.close());
  }

  get isAuthorized(): boolean {
    return this.#isAuthorized;
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (isBinary) return this.#end("A message must be text", UNSUPPORTED);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const shown = isFirst ? shownToken(data as Buffer) : null;
    if (shown === null && this.#isAuthorized) return this.#client.take(data as Buffer);
    if (shown !== null && this.#access.hasToken(shown.token)) {
      this.#isAuthorized = true;
      return this.#send({ result: true, id: shown.id });
    }
    const message = shown === null ? "The first message must be authorize, with the token" : "The token is wrong";
    this.#send({ error: errorObject(new UserError("Unauthorized", message)), id: shown?.id ?? null });
    this.#end(message);
  }

  #send(answer: object): void {
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", ...answer }));
  }

  #end(reason: string, code = POLICY_VIOLATION): void {
    this.#closing(() => this.#socket.terminate(), CLOSE_MS);
    this.#socket.close(code, reason);
  }
}

interface ShownToken {
  readonly token: string;
  readonly id: string | number | null;
}

/** What the message `authorize` shows; null for any other message. */
function shownToken(data: Buffer): ShownToken | null {
  if (data.length > AUTHORIZE_BYTES_MAX || !data.includes("authorize")) return null;
  let message: unknown;
  try {
    message = JSON.parse(data.toString());
  } catch {
    return null;
  }
  if (typeof message !== "object" || message === null) return null;
  const { method, params, id } = message as Record<string, unknown>;
  if (method !== "authorize") return null;
  const token = typeof params === "object" && params !== null && Object.hasOwn(params, "token")
    ? (params as Record<string, unknown>).token
    : Array.isArray(params)
    ? params[0]
    : "";
  return {
    token: typeof token === "string" ? token : "",
    id: typeof id === "string" || typeof id === "number" ? id : null,
  };
}
