/**
 * Listening for WebSockets with the package `ws`, on Node and Deno.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { VerifyClientCallbackAsync, WebSocket, WebSocketServer } from "ws";
import { HostError } from "../error.ts";
import {
  closeServer,
  hostOf,
  machineGroup,
  machineOf,
  type SlotHolder,
  type SlotTable,
  startListening,
  withSocketAddress,
} from "../connect/mod.ts";
import type { Clock, Timer } from "../host.ts";
import { MESSAGE_BYTES_MAX, SUBPROTOCOL, type UpgradeServer } from "./transport.ts";

/** What may wait to be sent, in bytes, while pings are still answered. */
const PONG_BUFFERED_BYTES_MAX = 64 * 1024;
/** Connections that vanished without a word are noticed after some minutes. */
const KEEP_ALIVE_MS = 60_000;

type UpgradeArguments = [request: IncomingMessage, socket: Duplex, head: Uint8Array<ArrayBuffer>];

/** What is to be done with those who connect. */
export interface ListenPlan {
  readonly clock: Clock;
  /** How long a connection may take to become a WebSocket, in milliseconds. */
  readonly openingTimeoutMs: number;
  /** The slots that connections have, those of all listeners of a host. */
  readonly slots: SlotTable<SlotHolder>;
  /** Whether web pages of this origin may connect. */
  allowsOrigin(origin: string): boolean;
  /**
   * Called with each WebSocket, the address of the machine from which it comes, and a function to call when a program
   * accepts the stream.
   */
  accept(socket: WebSocket, machine: string | undefined, whenUsed: () => void): void;
}

/** A connection, which is not used before it is a WebSocket. */
interface Admitted extends SlotHolder {
  /** Cuts the connection off unless it becomes a WebSocket in time. */
  readonly timer: Timer;
  isWebSocket: boolean;
  used: boolean;
}

/** The connections of a server of HTTP, its own or somebody else's, and the WebSockets that they become. */
export class WebSocketListener {
  readonly #plan: ListenPlan;
  readonly #path: string;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Map<Duplex, Admitted>();
  #closeServer: () => Promise<void> | void = () => {};

  /**
   * @param Server The class of the package `ws`
   * @param path The path under which WebSockets are had, with its query if it has one
   */
  constructor(Server: typeof WebSocketServer, path: string, plan: ListenPlan) {
    this.#plan = plan;
    this.#path = path;
    this.#webSockets = new Server({
      noServer: true,
      clientTracking: false,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: ((info, done) => {
        const code = this.#refusalOf(info.req);
        done(code === null, code ?? undefined);
      }) as VerifyClientCallbackAsync,
    });
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Listens on an address, and returns it with the port that was given instead of 0.
   *
   * @throws HostError `address`
   */
  async listen(url: URL): Promise<URL> {
    const server = nodeHttp().createServer((_request, response) => {
      // Plain requests get an answer that names the protocol (RFC 9110, section 15.5.22).
      response.writeHead(426, { connection: "close", upgrade: "websocket" }).end();
    });
    server.on("connection", (socket) => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      this.#admit(socket);
    });
    server.on("upgrade", this.#onUpgrade);
    const [host, port] = [hostOf(url), Number(url.port || 80)];
    await startListening(server, { host, port }, url.href);
    this.#closeServer = () => closeServer(server);
    const bound = server.address();
    if (bound === null || typeof bound === "string") return url;
    return withSocketAddress(url, { host: bound.address, port: bound.port });
  }

  /** Takes the WebSockets of a server that somebody else has started, and will stop. */
  attach(server: UpgradeServer): void {
    const onUpgrade = (...parts: unknown[]) => {
      const [request, socket, head] = parts as UpgradeArguments;
      // Another path may be somebody else's.
      if (request.url !== this.#path && server.listenerCount("upgrade") > 1) return;
      if (this.#admit(socket)) this.#onUpgrade(request, socket, head);
    };
    server.on("upgrade", onUpgrade);
    this.#closeServer = () => void server.off("upgrade", onUpgrade);
  }

  /** Listens no more, cuts off what is no WebSocket, and waits for the WebSockets, which their streams end. */
  async close(): Promise<void> {
    const closed = this.#closeServer();
    for (const [socket, { isWebSocket }] of this.#sockets) if (!isWebSocket) socket.destroy();
    await closed;
  }

  #admit(socket: Duplex): boolean {
    const { clock, openingTimeoutMs, slots } = this.#plan;
    const admitted: Admitted = {
      group: machineGroup((socket as { remoteAddress?: string }).remoteAddress),
      known: false,
      isWebSocket: false,
      used: false,
      evict: () => socket.destroy(),
      timer: clock.setTimer(openingTimeoutMs, () => socket.destroy()),
    };
    const isAdmitted = slots.take(admitted);
    if (isAdmitted) this.#sockets.set(socket, admitted);
    socket.once("close", () => {
      admitted.timer.clear();
      slots.leave(admitted);
      this.#sockets.delete(socket);
    });
    if (!isAdmitted) socket.destroy();
    return isAdmitted;
  }

  readonly #onUpgrade = (...[request, socket, head]: UpgradeArguments): void => {
    this.#webSockets.handleUpgrade(
      request,
      socket,
      head as Parameters<WebSocketServer["handleUpgrade"]>[2],
      (found) => {
        const admitted = this.#sockets.get(socket);
        admitted?.timer.clear();
        if (admitted !== undefined) admitted.isWebSocket = true;
        found.on("ping", (data) => {
          // A peer that does not read the answers gets no more of them.
          if (found.bufferedAmount <= PONG_BUFFERED_BYTES_MAX) found.pong(data);
        });
        this.#plan.accept(found, machineOf(request.socket), () => {
          if (admitted !== undefined) admitted.used = true;
        });
      },
    );
  };

  /** The status of HTTP with which a request is refused, `null` if it isn't. */
  #refusalOf({ url, headers }: IncomingMessage): number | null {
    if (url !== this.#path) return 404;
    // Browsers always say which page wants to connect, other programs don't.
    if (headers.origin !== undefined && !this.#plan.allowsOrigin(headers.origin)) return 403;
    const offered = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
    return offered?.includes(SUBPROTOCOL) ? null : 400;
  }
}

/** The module as Node and Deno have it built in: bundlers for browsers do not look for it then. */
function nodeHttp(): typeof import("node:http") {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): typeof import("node:http") } };
  const found = process?.getBuiltinModule?.("node:http");
  if (found === undefined) throw new HostError("unsupported", "Cannot listen: this runtime has no servers of HTTP");
  return found;
}
