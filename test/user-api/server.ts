/**
 * Servers of a user API that answers what a test says, and clients of them that do as they like.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { Agent, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { ClientLink, ClientSession, UserApi } from "../../src/user-api/api.ts";
import { type HttpServerOptions, serveHttp, type UserApiServer } from "../../src/user-api/servers/http-server.ts";

/** The token of the servers here. */
export const TOKEN = "0123456789abcdef0123456789abcdef";

/** Answers a text. */
type Answer = (text: string, link: ClientLink) => string | null | Promise<string | null>;

/** An API that notes what it is asked. */
export class NotingApi implements UserApi {
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** The clients that are there. */
  readonly links = new Set<ClientLink>();
  readonly #answer: Answer;
  readonly #changed = new Signal();

  /** @param answer By default a text is its own answer */
  constructor(answer: Answer = (text) => text) {
    this.#answer = answer;
  }

  connect(link: ClientLink): ClientSession {
    this.links.add(link);
    this.#changed.fire();
    return {
      answer: async (request) => {
        const text = typeof request === "string" ? request : new TextDecoder().decode(request);
        this.asked.push(text);
        this.#changed.fire();
        if (text.startsWith("[")) link.counted?.(JSON.parse(text).length);
        else link.counted?.(1);
        return await this.#answer(text, link);
      },
      close: () => {
        this.links.delete(link);
        this.#changed.fire();
      },
    };
  }

  close(): void {}

  /** Resolves when something is so. */
  until(isSo: (api: NotingApi) => boolean): Promise<void> {
    return this.#changed.until(() => isSo(this));
  }
}

/** Wakes those who wait for something. */
export class Signal {
  #waiting: (() => void)[] = [];

  fire(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A server, and where it is. */
export interface Served<A extends UserApi = NotingApi> {
  readonly api: A;
  readonly server: UserApiServer;
  readonly port: number;
}

/** Runs a server while something is done with it. */
export async function served<A extends UserApi>(
  api: A,
  options: Partial<HttpServerOptions>,
  work: (served: Served<A>) => Promise<void>,
): Promise<void> {
  const server = await serveHttp({
    ...{ api, url: new URL("http://127.0.0.1:0"), access: { token: TOKEN } },
    ...{ openRpc: () => `{"openrpc":"1.3.2"}`, metrics: () => "# EOF\n" },
    ...options,
  });
  try {
    await work({ api, server, port: Number(new URL(server.address).port) });
  } finally {
    await server.close();
  }
}

/** A request. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What a program sends with each request. */
export const USUAL = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` } as const;

/** Asks a server; the headers are the usual ones unless others are given. */
export function ask(
  port: number,
  { body, headers = USUAL, agent, method = "POST", path = "/" }: Ask,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, headers: { ...headers }, agent: agent ?? false as const };
    const request = httpRequest(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => text += piece);
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      response.on("error", reject);
    });
    request.on("error", reject).end(body);
  });
}

/** Asks by one connection, one after the other. */
export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

/** A connection on which anything can be said. */
export class Raw {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  text = "";
  readonly #changed = new Signal();
  #isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" }).on("error", () => {});
    this.closed = new Promise((resolve) =>
      this.socket.on("close", () => {
        this.#isClosed = true;
        this.#changed.fire();
        resolve();
      })
    );
    this.socket.on("data", (bytes: Buffer) => {
      this.text += bytes.toString("latin1");
      this.#changed.fire();
    });
  }

  /** Resolves when something has come; rejects when the connection ends before. */
  async until(isSo: (text: string) => boolean): Promise<void> {
    await this.#changed.until(() => isSo(this.text) || this.#isClosed);
    if (!isSo(this.text)) throw new Error(`The connection ended after ${JSON.stringify(this.text.slice(-200))}`);
  }

  /** A request as bytes. */
  static post(body: string, headers = ""): string {
    return `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer ${TOKEN}\r\n` +
      `${headers}content-length: ${body.length}\r\n\r\n${body}`;
  }
}

/** A WebSocket, and what has come by it. */
export class Messages {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  /** The code with which it was closed, or the status of HTTP with which it was refused. */
  readonly closed: Promise<number>;
  readonly #changed = new Signal();

  constructor(port: number, headers: Readonly<Record<string, string>> = { authorization: USUAL.authorization }) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers, perMessageDeflate: false });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", resolve);
      this.socket.on("unexpected-response", (request, { statusCode }) => {
        resolve(statusCode!);
        request.destroy();
      });
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.texts.push(data.toString());
      this.#changed.fire();
    });
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
  }

  until(count: number): Promise<void> {
    return this.#changed.until(() => this.texts.length >= count);
  }
}
