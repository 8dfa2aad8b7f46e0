/**
 * How commands use a node that runs in another process: JSON-RPC 2.0 over the unix socket in its data folder, a message
 * on each line. Before the answer there may be notifications `progress`, with the `id` of the call and a `value`.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { show } from "../../../codec/text/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import { type Clock, HostError, type Timer } from "../../host/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { closeServer, startListening } from "../../host/connect/mod.ts";
import { STORJ_ERROR_CODES, StorjError, type StorjErrorCode } from "../../storj/mod.ts";
import { preparePath, protectPath } from "../../unix-socket.ts";
import { ServiceError } from "../service/mod.ts";
import {
  callMethod,
  isMethod,
  type MethodCall,
  type MethodNode,
  methodTimeoutMs,
  ParamsError,
} from "./node-methods.ts";

/** The longest request, in characters: a value of 8 KB of which each byte is written as six. */
const REQUEST_LENGTH_MAX = 64 * 1024;
/** The longest answer, in characters: the map of a network with tens of thousands of nodes. */
const ANSWER_LENGTH_MAX = 64 * 1024 * 1024;
/** A program that goes on asking while so many bytes of answers wait for it is cut off. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** So long a client that is cut off may take to read why. */
const LINGER_MS = 1000;
/** So much longer than a method may take a program waits for the answer of a node that may have been stopped. */
const ANSWER_MS = 5000;
const CLIENTS_MAX = 64;
const CALLS_MAX = 16;

/** The errors of JSON-RPC 2.0, section 5.1, and that of a method. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const METHOD_FAILED = -32000;

type Id = string | number | null;

/** A node's socket that is open. */
export interface NodeSocket {
  close(): Promise<void>;
}

/**
 * Offers a node at a path. What a node that was killed has left there is removed.
 *
 * @throws HostError `address`
 */
export async function offerNode(path: string, node: MethodNode): Promise<NodeSocket> {
  await preparePath(path);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    if (clients.size === CLIENTS_MAX) return socket.destroy();
    clients.add(socket.on("close", () => clients.delete(socket)));
    serveClient(socket, node);
  });
  await startListening(server, { path }, `unix:${path}`);
  await protectPath(path);
  return {
    async close() {
      const closed = closeServer(server);
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

function serveClient(socket: Socket, node: MethodNode): void {
  const calls = new Set<AbortController>();
  const send = (message: unknown) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify({ jsonrpc: "2.0", ...message as object })}\n`);
  };
  const answer = async (line: string) => {
    if (socket.writableLength > UNREAD_BYTES_MAX) return socket.destroy();
    if (calls.size === CALLS_MAX) {
      return send(failure(null, METHOD_FAILED, `More than ${CALLS_MAX} calls are under way`, "busy"));
    }
    const call = new AbortController();
    calls.add(call);
    const answered = await answerTo(line, node, call.signal, send);
    calls.delete(call);
    if (answered !== null) send(answered);
  };
  socket.on("error", () => {}).on("close", () => {
    for (const call of calls) call.abort(new Error("The program has gone"));
  });
  onLines(socket, REQUEST_LENGTH_MAX, answer, () => {
    send(failure(null, INVALID_REQUEST, `A request has more than ${REQUEST_LENGTH_MAX} characters`));
    socket.end();
    // Whoever goes on writing at once could not read it.
    const timer = systemClock.setTimer(LINGER_MS, () => socket.destroy());
    socket.on("close", () => timer.clear());
  });
}

/** What is answered to a line; `null` for nothing. */
async function answerTo(
  line: string,
  node: MethodNode,
  signal: AbortSignal,
  send: (message: unknown) => void,
): Promise<unknown> {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return failure(null, PARSE_ERROR, "The request is not JSON");
  }
  if (!isRequest(request)) return failure(null, INVALID_REQUEST, "The request is not one of JSON-RPC 2.0");
  const { id, method, params } = request;
  const answered = await resultOf(
    method,
    () => callMethod(node, method, params, { signal, notify: (value) => send(progressOf(id, value)) }),
  );
  return id === undefined ? null : { ...answered, id };
}

function progressOf(id: Id | undefined, value: unknown): unknown {
  return { method: "progress", params: { id, value } };
}

async function resultOf(method: string, call: () => Promise<unknown>): Promise<object> {
  if (!isMethod(method)) return failure(null, METHOD_NOT_FOUND, `There is no method ${show(method)}`);
  try {
    return { result: await call() ?? null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ParamsError) return failure(null, INVALID_PARAMS, message);
    return failure(null, METHOD_FAILED, message, reasonOf(error));
  }
}

function failure(id: Id, code: number, message: string, reason?: string): object {
  return { error: { code, message, ...(reason !== undefined && { data: { code: reason } }) }, id };
}

interface Request {
  readonly id?: Id;
  readonly method: string;
  readonly params?: unknown;
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== "object" || value === null) return false;
  const { jsonrpc, id, method } = value as Record<string, unknown>;
  return jsonrpc === "2.0" && typeof method === "string" &&
    (id === undefined || id === null || typeof id === "string" || typeof id === "number");
}

/** Calls back with each line; once, and then never again, when one is too long. */
function onLines(socket: Socket, lengthMax: number, onLine: (line: string) => void, onTooLong: () => void): void {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let length = 0;
  let isOver = false;
  const stop = () => {
    isOver = true;
    pieces = [];
    onTooLong();
  };
  socket.on("data", (bytes) => {
    if (isOver) return;
    let text = typeof bytes === "string" ? bytes : decoder.write(bytes);
    for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1)) {
      const line = pieces.join("") + text.slice(0, end);
      if (line.length > lengthMax) return stop();
      [pieces, length] = [[], 0];
      onLine(line);
    }
    pieces.push(text);
    length += text.length;
    if (length > lengthMax) stop();
  });
}

/** A connection to the node of another process. */
export class NodeClient implements Disposable {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #calls = new Map<number, { settle: (message: Answer) => void; notify: (value: unknown) => void }>();
  #next = 1;

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    const lost = (message: string) => {
      for (const { settle } of this.#calls.values()) settle({ error: { message, data: { code: "closed" } } });
    };
    socket.on("error", () => {}).on("close", () => lost("The node has stopped"));
    onLines(socket, ANSWER_LENGTH_MAX, (line) => this.#take(line), () => {
      lost("The answer of the node is too long");
      socket.destroy();
    });
  }

  /**
   * Connects.
   *
   * @throws ServiceError `not-running` if nobody answers there
   */
  static connect(path: string, clock: Clock = systemClock): Promise<NodeClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once("connect", () => resolve(new NodeClient(socket, clock)));
      socket.once("error", (cause) => {
        reject(new ServiceError("not-running", `The node at ${JSON.stringify(path)} does not answer`, { cause }));
      });
    });
  }

  /**
   * Calls a method of the node.
   *
   * @throws StorjError as the method does, and `timeout` if the node does not answer; HostError `aborted`; ServiceError `answer` for what the node does not take
   */
  call(method: string, params: unknown, { signal, notify }: MethodCall): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const end = () => {
        timer?.clear();
        signal.removeEventListener("abort", giveUp);
        this.#calls.delete(id);
      };
      const giveUp = () => {
        end();
        // The node ends a call whose caller goes away.
        this.#socket.destroy();
        reject(new HostError("aborted", `The call "${method}" was given up`, { cause: signal.reason }));
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp);
      const settle = ({ result = null, error }: Answer) => {
        end();
        if (error === undefined) resolve(result);
        else reject(errorOf(error));
      };
      this.#calls.set(id, { settle, notify });
      const limitMs = methodTimeoutMs(method) + ANSWER_MS;
      const late = { message: `The node has not answered "${method}" within ${limitMs} ms`, data: { code: "timeout" } };
      if (limitMs !== Infinity) timer = this.#clock.setTimer(limitMs, () => settle({ error: late }));
      this.#socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(line: string): void {
    const { id, method, params, ...answer } = parsed(line);
    if (method === "progress") this.#calls.get(params?.id ?? 0)?.notify(params?.value);
    else if (id !== undefined && id !== null) this.#calls.get(id)?.settle(answer);
  }
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: { readonly code?: string } };
}

interface Message extends Answer {
  readonly id?: number | null;
  readonly method?: string;
  readonly params: { readonly id: number; readonly value: unknown };
}

/** Nobody but a node of this program answers there. What is no JSON is no answer to anything. */
function parsed(line: string): Partial<Message> {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

function errorOf({ message, data: { code = "answer" } = {} }: NonNullable<Answer["error"]>): Error {
  if (Object.hasOwn(STORJ_ERROR_CODES, code)) return new StorjError(code as StorjErrorCode, message);
  return new ServiceError("answer", message);
}
