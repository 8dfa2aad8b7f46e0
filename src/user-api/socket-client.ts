/**
 * Calls over a unix socket.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import type { Clock } from "../host/mod.ts";
import { HostError } from "../host/mod.ts";
import { systemClock } from "../host/timing/mod.ts";
import { type CallOptions, MessageCaller, type Notified } from "./caller.ts";
import { onLines } from "./lines.ts";

/** The longest answer, in bytes: the map of a network with tens of thousands of nodes. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** A connection to the user API of a node. */
export class SocketClient implements Disposable {
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #caller: MessageCaller;

  private constructor(socket: Socket, clock: Clock, notified: Notified) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#caller = new MessageCaller((text) => void socket.write(`${text}\n`), notified, clock);
    const utf8 = new TextDecoder();
    socket.on("error", () => {}).on("close", () => this.#caller.lost(new HostError("closed", "The node has stopped")));
    onLines(socket, ANSWER_BYTES_MAX, (line) => this.#caller.take(utf8.decode(line)), () => {
      this.#caller.lost(new HostError("closed", "The answer of the node is too long"));
      socket.destroy();
    });
  }

  /**
   * Connects.
   *
   * @param notified Called with notifications that belong to no call
   * @throws the error of the system if nobody answers there
   */
  static connect(
    path: string,
    { clock = systemClock, notified = () => {} }: {
      readonly clock?: Clock;
      readonly notified?: Notified;
    } = {},
  ): Promise<SocketClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new SocketClient(socket, clock, notified));
      }).once("error", reject);
    });
  }

  /**
   * Calls. A call that is given up ends the connection: the node stops what it has begun for a client that goes away.
   *
   * @throws UserApiError; HostError `closed`; the reason of the signal
   */
  async call(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options;
    const end = () => this[Symbol.dispose]();
    signal?.addEventListener("abort", end, { once: true });
    try {
      return await this.#caller.call(method, params, options);
    } finally {
      signal?.removeEventListener("abort", end);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
