/**
 * The other end of the user API: calls that wait for their answers, over whatever carries texts.
 *
 * @module
 */

import { type ExactJson, exactJson } from "../../codec/json/mod.ts";
import type { Clock, Timer } from "../host/host.ts";
import { jsonText } from "./values.ts";
import type { ErrorObject } from "./wire.ts";

/** The map of a network of 100,000 nodes is within these. */
const ANSWER_LIMITS = { bytesMax: 64 * 1024 * 1024, countMax: 10_000_000 };

/** A call was answered with an error. */
export class UserApiError extends Error {
  override readonly name: string = "UserApiError";
  /** As in JSON-RPC, as -32004. */
  readonly code: number;
  /** The name of the error, as `InvalidNodeid`; empty where the answer has none. */
  readonly error: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor({ code, message, data = {} }: ErrorObject) {
    super(message);
    this.code = code;
    this.data = data;
    this.error = typeof data.name === "string" ? data.name : "";
  }
}

/** Told what the other side says by itself; the text is that of the whole notification, in which numbers keep their form. */
export type Notified = (method: string, params: unknown, text: string) => void;

/** How a call goes. */
export interface CallOptions {
  /** Rejects the call with the signal's reason. Whether the other side stops it depends on what carries it. */
  readonly signal?: AbortSignal | undefined;
  /** Rejects the call with `Timeout` after so many milliseconds. Default: never. */
  readonly timeoutMs?: number | undefined;
  /** Told what the other side says before the answer. */
  readonly progress?: ((value: unknown) => void) | undefined;
  /** Whether the result is the text of its JSON, in which numbers keep their form. Default false. */
  readonly asText?: boolean | undefined;
}

/** A call that waits for its answer. */
interface Waiting {
  readonly asText: boolean;
  readonly progress: (value: unknown) => void;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** What comes: an answer, or a notification. */
interface Message {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

/** Calls over messages. */
export class MessageCaller {
  readonly #send: (text: string) => void;
  readonly #notified: Notified;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #lost: Error | null = null;

  /**
   * @param send Sends a text to the other side
   * @param notified Called with notifications that belong to no call
   */
  constructor(send: (text: string) => void, notified: Notified, clock: Clock) {
    this.#send = send;
    this.#notified = notified;
    this.#clock = clock;
  }

  /**
   * Calls. Parameters are JSON; bytes, bigints, packed values and numbers of `exactJson` are written as the node reads them.
   *
   * @throws UserApiError; the reason of the signal; what {@link lost} was told
   */
  call(
    method: string,
    params: unknown,
    { signal, timeoutMs = Infinity, progress = ignore, asText = false }: CallOptions = {},
  ): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      if (signal?.aborted) return reject(signal.reason);
      let timer: Timer | null = null;
      const giveUp = () => this.#waiting.get(id)?.reject(signal!.reason);
      const end = () => {
        this.#waiting.delete(id);
        timer?.clear();
        signal?.removeEventListener("abort", giveUp);
      };
      const waiting: Waiting = {
        asText,
        progress,
        resolve(result) {
          end();
          resolve(result);
        },
        reject(error) {
          end();
          reject(error);
        },
      };
      this.#waiting.set(id, waiting);
      signal?.addEventListener("abort", giveUp, { once: true });
      if (timeoutMs !== Infinity) {
        timer = this.#clock.setTimer(timeoutMs, () => waiting.reject(lateError(method, timeoutMs)));
      }
      this.#send(jsonText({ jsonrpc: "2.0", id, method, params }));
    });
  }

  /** A text has come. What is no answer to anything is passed over. */
  take(text: string): void {
    const { id, method, params, ...answer } = messageOf(text);
    if (typeof method === "string") {
      const { id: of, value } = (params ?? {}) as { readonly id?: unknown; readonly value?: unknown };
      if (method === "progress") this.#waiting.get(Number(of))?.progress(value);
      else this.#notified(method, params, text);
      return;
    }
    const waiting = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (waiting === undefined) return;
    if (answer.error === undefined) waiting.resolve(waiting.asText ? resultText(text) : answer.result ?? null);
    else waiting.reject(new UserApiError(errorOf(answer.error)));
  }

  /** No answers come any more. */
  lost(error: Error): void {
    this.#lost = error;
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }
}

function ignore(): void {}

function lateError(method: string, ms: number): UserApiError {
  const message = `The node has not answered "${method}" within ${ms} ms`;
  return new UserApiError({ code: -32013, message, data: { name: "Timeout", code: "timeout" } });
}

function messageOf(text: string): Message {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** The text of the result of an answer. */
function resultText(text: string): string {
  const { result = null } = exactJson(text, ANSWER_LIMITS) as { readonly result?: ExactJson };
  return jsonText(result);
}

/** What the other side says went wrong, whatever it is. */
function errorOf(error: unknown): ErrorObject {
  const { code, message, data } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return {
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "The call failed",
    data: typeof data === "object" && data !== null ? data as Readonly<Record<string, unknown>> : {},
  };
}
