/**
 * A client that sends messages and gets messages, over a WebSocket or a unix socket: what it may take, and what happens if
 * it does not read.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock, Timer } from "../../host/mod.ts";
import type { ClientSession, UserApi } from "../api.ts";
import type { UserApiLimits } from "./limits.ts";
import { CallAllowance } from "./rate.ts";

/** What carries the messages of a client. */
export interface MessagePort {
  /** Sends a text; what cannot be sent at once waits. */
  send(text: string): void;
  /** How many bytes wait to be sent. Whoever makes the port calls `drained` when some have been. */
  queuedBytes(): number;
  /** Stops reading, which makes the client wait; what has been read may still come. */
  pause(): void;
  resume(): void;
}

/** What a client has to be served with. */
export interface MessageClientParts {
  readonly api: UserApi;
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly limits: Pick<UserApiLimits, "callsPerSecond" | "underWay" | "queuedBytes">;
}

/** Serves one client. */
export class MessageClient {
  readonly #port: MessagePort;
  readonly #clock: Clock;
  readonly #limits: MessageClientParts["limits"];
  readonly #allowance: CallAllowance;
  readonly #session: ClientSession;
  /** Messages whose turn has not come. */
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;
  #underWay = 0;
  #isPaused = false;
  #isClosed = false;
  #timer: Timer | null = null;
  /** Notifications that found no room and that the client has not been told of. */
  #dropped = 0;

  constructor({ api, port, clock, limits }: MessageClientParts) {
    this.#port = port;
    this.#clock = clock;
    this.#limits = limits;
    this.#allowance = new CallAllowance(clock, limits.callsPerSecond);
    this.#session = api.connect({
      notify: (text) => this.#notify(text),
      // One was taken for the message.
      counted: (calls) => this.#allowance.take(calls - 1),
    });
  }

  /** Whether calls are under way. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** A message has come. */
  take(text: string | Uint8Array): void {
    if (this.#isClosed) return;
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    this.#goOn();
  }

  /** Some of what waited was sent. */
  drained(): void {
    if (this.#isClosed) return;
    this.#tellDropped();
    this.#goOn();
  }

  /** The client has gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.#timer?.clear();
    this.#session.close();
  }

  #goOn(): void {
    while (this.#waiting.length > 0 && this.#mayCall()) {
      const text = this.#waiting.shift()!;
      this.#waitingBytes -= text.length;
      this.#answer(text);
    }
    // Whoever is not read is not seen to go away: reading stops only when there is no room for more.
    const isFull = this.#waitingBytes > this.#limits.queuedBytes;
    if (isFull !== this.#isPaused) this.#setPaused(isFull);
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused) this.#port.pause();
    else this.#port.resume();
  }

  #mayCall(): boolean {
    if (this.#underWay >= this.#limits.underWay || this.#isUnread()) return false;
    const waitMs = this.#allowance.waitMs();
    if (waitMs === 0) return true;
    this.#timer ??= this.#clock.setTimer(waitMs, () => {
      this.#timer = null;
      this.#goOn();
    });
    return false;
  }

  #answer(text: string | Uint8Array): void {
    this.#allowance.take(1);
    const answer = this.#session.answer(text);
    if (!(answer instanceof Promise)) return this.#send(answer);
    this.#underWay += 1;
    void answer.then((text) => {
      this.#underWay -= 1;
      this.#send(text);
      if (!this.#isClosed) this.#goOn();
    });
  }

  #send(answer: string | null): void {
    if (answer !== null && !this.#isClosed) this.#port.send(answer);
  }

  #isUnread(): boolean {
    return this.#port.queuedBytes() > this.#limits.queuedBytes;
  }

  #notify(text: string): void {
    if (this.#isClosed) return;
    this.#tellDropped();
    if (this.#dropped > 0 || this.#port.queuedBytes() + Buffer.byteLength(text) > this.#limits.queuedBytes) {
      this.#dropped += 1;
    } else this.#port.send(text);
  }

  /** Tells where the gap is, before anything that comes after it; not before half of what waited is read. */
  #tellDropped(): void {
    if (this.#dropped === 0 || this.#port.queuedBytes() > this.#limits.queuedBytes / 2) return;
    const [count, method] = [this.#dropped, "dropped"];
    this.#dropped = 0;
    this.#port.send(JSON.stringify({ jsonrpc: "2.0", method, params: { count } }));
  }
}
