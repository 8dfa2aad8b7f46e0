/**
 * WebSockets of nobody's host, of the package `ws`: callers and servers that do what a test wants.
 *
 * @module
 */

import { WebSocket as WsWebSocket, WebSocketServer } from "ws";
import { formatHex, parseHex } from "../../../codec/mod.ts";
import type { PeerInfo } from "../../../src/host/host.ts";
import { SUBPROTOCOL } from "../../../src/host/websocket/transport.ts";
import type { WebSocketClass } from "../../../src/host/websocket/host.ts";

/** Where hosts listen. */
export const LISTEN = ["ws://127.0.0.1:0/"];
/** With what hosts connect: `ws`, and what the runtime has. */
export const CLASSES: WebSocketClass[] = [
  WsWebSocket,
  ...globalThis.WebSocket === undefined ? [] : [globalThis.WebSocket],
];

/** A message with the opening by "alice" of the path "echo" at "bob". */
export const OPENING = parseHex("00" + "77776801" + "0010" + "05616c696365" + "03626f62" + "046563686f" + "00");

/** A WebSocket of nobody's host: what comes, and its end. */
export class RawSocket {
  readonly socket: WsWebSocket;
  /** The messages, in hexadecimal. */
  readonly messages: string[] = [];
  /** The code with which it was closed. */
  readonly closed: Promise<number>;
  #wake: () => void = () => {};

  constructor(address: URL | string, options: { origin?: string; protocols?: string[] } = {}) {
    const { protocols = [SUBPROTOCOL], origin } = options;
    this.socket = new WsWebSocket(address, protocols, origin === undefined ? {} : { origin });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.messages.push(formatHex(data as Uint8Array));
      this.#wake();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", resolve));
  }

  /** Sends bytes once the WebSocket is open, unless that never happens. */
  async send(...messages: (Uint8Array | string)[]): Promise<void> {
    const opened = new Promise((resolve) => this.socket.once("open", resolve));
    if (this.socket.readyState === WsWebSocket.CONNECTING) await Promise.race([opened, this.closed]);
    for (const message of messages) this.socket.send(message);
  }

  async message(index: number): Promise<string> {
    while (this.messages.length <= index) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.messages[index];
  }
}

/** A server of WebSockets that treats every caller in its own way. */
export async function withServer(
  onSocket: (socket: WsWebSocket) => void,
  body: (peer: PeerInfo) => Promise<void>,
  protocol: string | false = SUBPROTOCOL,
) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => protocol });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => onSocket(socket.on("error", () => {})));
  const { port } = server.address() as { port: number };
  try {
    await body({ peerId: "", addresses: [`ws://127.0.0.1:${port}/`] });
  } finally {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}
