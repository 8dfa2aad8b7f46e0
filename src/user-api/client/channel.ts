/**
 * What carries the texts of a client to a node and back: a WebSocket, or a unix socket.
 *
 * @module
 */

import { HostError } from "../../host/mod.ts";

/** Texts to the other side. */
export interface Channel {
  send(text: string): void;
  /** Ends it; nothing more comes. */
  close(): void;
}

/** Texts from the other side. */
export interface ChannelEvents {
  text(text: string): void;
  /** It has ended, by itself: called once, and only after it was open. */
  closed(error: HostError): void;
}

/** How WebSockets are made: the platform's class, or that of the package `ws`. */
export type ClientWebSocket = new (url: string) => {
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  onclose: unknown;
  send(text: string): void;
  close(): void;
};

/** Where a node is. */
export interface ClientPlace {
  /** `http://127.0.0.1:5000`, or the same with `https:`, `ws:` or `wss:`. */
  readonly url?: string;
  /** The path of a unix socket; not in web pages. */
  readonly socket?: string;
  /** With what to connect to a URL. Default: the platform's `WebSocket`; on Node 20, which has none, that of `ws`. */
  readonly webSocket?: ClientWebSocket;
}

/** The longest answer, in characters: the map of a network with tens of thousands of nodes. */
const TEXT_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Opens a channel.
 *
 * @throws HostError `address` for a place that is none, `unreachable` if nobody answers there, `unsupported` where there are
 * no such channels
 */
export async function openChannel(place: ClientPlace, events: ChannelEvents): Promise<Channel> {
  if (place.socket !== undefined) return await openSocket(place.socket, events);
  const { webSocket = globalThis.WebSocket as ClientWebSocket | undefined ?? await wsPackage() } = place;
  return await openWebSocket(webSocketUrl(place.url), webSocket, events);
}

/**
 * The address of the WebSocket of a node.
 *
 * @throws HostError `address`
 */
export function webSocketUrl(text = ""): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlace = url !== null && /^(https?|wss?):$/.test(url.protocol) && url.username === "" && url.hash === "";
  if (!isPlace) throw new HostError("address", `${JSON.stringify(text)} is not as http://127.0.0.1:5000 is`);
  return url.href.replace(/^http/, "ws");
}

async function wsPackage(): Promise<ClientWebSocket> {
  try {
    return (await import("ws")).WebSocket as unknown as ClientWebSocket;
  } catch (cause) {
    throw new HostError("unsupported", 'Cannot load the package "ws"', { cause });
  }
}

function openWebSocket(url: string, WebSocket: ClientWebSocket, events: ChannelEvents): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let isOpen = false;
    let cause: unknown;
    socket.onopen = () => {
      isOpen = true;
      resolve({
        send: (text) => socket.send(text),
        close() {
          isOpen = false;
          socket.onmessage = socket.onclose = null;
          socket.close();
        },
      });
    };
    socket.onmessage = ({ data }: { data: unknown }) => events.text(String(data));
    socket.onerror = (error: unknown) => cause = error;
    socket.onclose = () => {
      if (isOpen) events.closed(new HostError("reset", `The connection to "${url}" has ended`, { cause }));
      else reject(new HostError("unreachable", `Nobody answers at "${url}", or who does refuses`, { cause }));
    };
  });
}

function openSocket(path: string, events: ChannelEvents): Promise<Channel> {
  const where = JSON.stringify(`unix:${path}`);
  const { connect } = nodeNet();
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let isOpen = false;
    let rest = "";
    const lost = (cause?: unknown) => {
      if (isOpen) events.closed(new HostError("reset", `The connection to ${where} has ended`, { cause }));
      else reject(new HostError("unreachable", `Nobody answers at ${where}`, { cause }));
      isOpen = false;
    };
    socket.once("error", lost).once("close", () => lost());
    socket.once("connect", () => {
      isOpen = true;
      resolve({
        send: (text) => void socket.write(`${text}\n`),
        close() {
          isOpen = false;
          socket.removeAllListeners("close").on("error", () => {}).destroy();
        },
      });
    });
    socket.setEncoding("utf8").on("data", (piece: unknown) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      if (rest.length > TEXT_LENGTH_MAX) socket.destroy();
      for (const line of lines) if (isOpen) events.text(line);
    });
  });
}

/** The module as Node and Deno have it built in: bundlers for browsers do not look for it then. */
function nodeNet(): { connect(to: { readonly path: string }): NetSocket } {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const found = process?.getBuiltinModule?.("node:net");
  if (found === undefined) throw new HostError("unsupported", "There are no unix sockets here");
  return found as ReturnType<typeof nodeNet>;
}

/** What is used of a socket of `node:net`, whose types pages do not have. */
interface NetSocket {
  once(event: string, run: (value?: unknown) => void): this;
  on(event: string, run: (value?: unknown) => void): this;
  removeAllListeners(event: string): this;
  setEncoding(encoding: "utf8"): this;
  write(text: string): boolean;
  destroy(): this;
}
