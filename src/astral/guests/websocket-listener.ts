/**
 * WebSocket listeners for guests of 2026. Guests may be web pages, so their origin is checked.
 *
 * @module
 */

import { createServer, type IncomingMessage, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Buffer } from "node:buffer";
import type { WebSocket } from "ws";
import { WEBSOCKET_PROTOCOLS } from "../../../codec/protocols/astral/mod.ts";
import { TIME_LIMITS } from "../../host/timing/mod.ts";
import { closeServer, hostNameOf, isLoopback, startListening } from "../../host/connect/mod.ts";
import { HostStream, MessageSocketTransport, wsMessageSocket, type WsSocket } from "../../host/streams/mod.ts";
import { HostError, type Timer } from "../../host/mod.ts";
import { loadWs } from "../../host/websocket/mod.ts";
import { Connection } from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import type { GuestAcceptor } from "./guest-acceptor.ts";
import type { GuestSlot } from "./guests.ts";
import type { Listener } from "./listener.ts";
import { lineSocket } from "./line-socket.ts";

/** The path under which astrald takes WebSockets. */
const PATH = "/.ws";
/** The code for a guest that offers none of the sub-protocols, as astrald gives it. */
const POLICY_VIOLATION = 1008;
/** What a request may have in headers, in bytes. */
const HEADER_BYTES_MAX = 8192;

/** An address for WebSockets. */
export interface WebSocketListening {
  readonly kind: "ws";
  readonly host: string;
  readonly port: number;
  readonly allowRemote: boolean;
  readonly origins: readonly string[];
  readonly messageBytesMax: number;
}

/**
 * Reads an address to listen on.
 *
 * @throws HostError `address` for text that is none, or one outside this machine, unless that is allowed
 */
export function parseWebSocketListening(
  text: string,
  options: Pick<WebSocketListening, "allowRemote" | "origins" | "messageBytesMax">,
): WebSocketListening {
  const url = urlOf(text);
  const isAddress = url?.protocol === "ws:" && url.pathname === PATH && url.search === "" && url.username === "";
  if (!isAddress) throw new HostError("address", `Cannot listen on "${text}": it is not as ws://127.0.0.1:8624${PATH}`);
  const host = hostNameOf(url.host);
  if (!options.allowRemote && !isLoopback(host)) {
    throw new HostError("address", `Cannot listen on "${text}": others could come in, which allowRemote permits`);
  }
  return { kind: "ws", host, port: url.port === "" ? 80 : Number(url.port), ...options };
}

/**
 * Begins to listen.
 *
 * @throws HostError `address`; `unsupported` without the package `ws`
 */
export async function listenOnWebSocket(
  listening: WebSocketListening,
  context: ServiceContext,
  acceptor: GuestAcceptor,
): Promise<Listener> {
  const { WebSocketServer } = await loadWs(() => import("ws"));
  const { host, port } = listening;
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: listening.messageBytesMax,
    handleProtocols: (offered) => Object.values(WEBSOCKET_PROTOCOLS).find((known) => offered.has(known)) ?? false,
  });
  const entered = new WeakMap<Duplex, Entry>();
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    const status = statusOf(request, listening) ?? 426;
    response.writeHead(status, { connection: "close", "content-type": "text/plain" }).end(`${STATUS_CODES[status]}\n`);
  });
  server.on("connection", (socket: Socket) => {
    const slot = acceptor.admit(socket, "ws");
    if (slot === null) return;
    context.sockets.hold(socket);
    // Until it is a WebSocket, it has as long as any guest has for its command.
    const timer = context.clock.setTimer(context.limits.commandTimeoutMs, () => socket.destroy());
    socket.once("close", () => timer.clear());
    entered.set(socket, { slot, timer });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const entry = entered.get(socket);
    const status = entry === undefined ? 503 : statusOf(request, listening);
    if (status !== null || entry === undefined) return refuse(socket, status ?? 503);
    wss.handleUpgrade(request, socket, head, (ws) => {
      entry.timer.clear();
      greet(ws, entry.slot, listening, context, acceptor);
    });
  });
  await startListening(server, { host, port }, addressOf(host, port));
  return {
    address: addressOf(host, (server.address() as AddressInfo).port),
    close: () => closeServer(server),
  };
}

/** A connection that is not a WebSocket yet. */
interface Entry {
  readonly slot: GuestSlot;
  readonly timer: Timer;
}

function greet(
  ws: WebSocket,
  slot: GuestSlot,
  listening: WebSocketListening,
  context: ServiceContext,
  acceptor: GuestAcceptor,
): void {
  const format = ws.protocol === WEBSOCKET_PROTOCOLS.json ? "json" : "binary";
  if (ws.protocol === "") {
    ws.on("error", () => ws.terminate());
    const timer = context.clock.setTimer(TIME_LIMITS.closeMs, () => ws.terminate());
    ws.on("close", () => timer.clear());
    return ws.close(POLICY_VIOLATION, "No sub-protocol of apphost is offered");
  }
  const socket = ws as unknown as WsSocket;
  const transport = new MessageSocketTransport(
    format === "json" ? lineSocket(socket, listening.messageBytesMax) : wsMessageSocket(socket, { takesText: true }),
    context.clock,
    // 1006 means that the connection ended without a close.
    { closeTimeoutMs: TIME_LIMITS.closeMs, open: true, isOrderly: (code) => code !== 1006 },
  );
  const stream = new HostStream(context.clock, { peerId: "" }, transport);
  transport.attach(stream);
  void acceptor.acceptObjects(new Connection(stream), slot, "ws", format);
}

/** Why a request is refused, as a status of HTTP; `null` if it is not. */
function statusOf({ url, headers }: IncomingMessage, listening: WebSocketListening): number | null {
  if (url !== PATH) return 404;
  // A page whose name leads to this machine by a trick of its DNS says its own name here.
  if (!listening.allowRemote && !isLoopback(hostNameOf(headers.host ?? ""))) return 403;
  const { origin } = headers;
  if (origin === undefined || listening.origins.includes(origin)) return null;
  const page = urlOf(origin);
  return page !== null && isLoopback(hostNameOf(page.host)) ? null : 403;
}

function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => {
    socket.destroy();
  });
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function addressOf(host: string, port: number): string {
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}${PATH}`;
}
