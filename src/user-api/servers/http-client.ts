/**
 * A connection over HTTP, with what it has under way.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { SlotHolder } from "../../host/connect/mod.ts";
import type { Clock } from "../../host/mod.ts";
import type { ClientSession, UserApi } from "../api.ts";
import type { UserApiLimits } from "./limits.ts";
import { CallAllowance } from "./rate.ts";
import type { WebSocketClient } from "./websocket-server.ts";

/** A client may hold so many times the longest request in bytes. */
const HELD_REQUESTS = 4;

/** What all connections hold together. */
export interface Held {
  bytes: number;
}

/** A connection. It is a client once it calls. */
export class HttpClient implements SlotHolder {
  /** All connections have equal rights. */
  readonly group: null = null;
  readonly known = false;
  readonly allowance: CallAllowance;
  readonly #socket: Socket;
  readonly #limits: UserApiLimits;
  readonly #all: Held;
  #session: ClientSession | null = null;
  #isClosed = false;
  #underWay = 0;
  #calling = 0;
  #heldBytes = 0;
  /** What it has become. */
  webSocket: WebSocketClient | null = null;

  constructor(socket: Socket, clock: Clock, limits: UserApiLimits, all: Held) {
    this.#socket = socket;
    this.#limits = limits;
    this.#all = all;
    this.allowance = new CallAllowance(clock, limits.callsPerSecond);
  }

  /** Whether it has a call under way, or may: others do not get its place. */
  get used(): boolean {
    return this.#calling > 0 || this.webSocket?.isAuthorized === true;
  }

  evict(): void {
    this.#socket.destroy();
  }

  /** A request has come; undone by {@link left}. */
  came(): void {
    this.#underWay += 1;
  }

  left(heldBytes: number): void {
    this.#underWay -= 1;
    this.#heldBytes -= heldBytes;
    this.#all.bytes -= heldBytes;
  }

  /** Why no further request of it is taken now, as a status of HTTP; null if it is. */
  refusal(): 429 | 503 | null {
    return this.#underWay > this.#limits.underWay ? 429 : this.fullness();
  }

  /** Why no more bytes of it are taken now. */
  fullness(): 429 | 503 | null {
    if (this.#heldBytes > HELD_REQUESTS * this.#limits.requestBytes) return 429;
    return this.#all.bytes > this.#limits.heldBytes ? 503 : null;
  }

  /** Notes bytes of a request or an answer that are kept. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#all.bytes += bytes;
  }

  /** Has the API answer a request. */
  answer(api: UserApi, request: Uint8Array): string | null | Promise<string | null> {
    if (this.#isClosed) return null;
    // One was taken for the request.
    this.#session ??= api.connect({ notify: null, counted: (calls) => this.allowance.take(calls - 1) });
    this.allowance.take(1);
    const answer = this.#session.answer(request);
    if (!(answer instanceof Promise)) return answer;
    this.#calling += 1;
    return answer.finally(() => this.#calling -= 1);
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.close();
  }
}
