/**
 * Calls over a unix socket.
 *
 * @module
 */

import { type Clock, HostError } from "../host/mod.ts";
import { systemClock } from "../host/timing/mod.ts";
import { type CallOptions, MessageCaller, type Notified } from "./caller.ts";
import { type Channel, openChannel } from "./client/mod.ts";

/** A connection to the user API of a node. */
export class SocketClient implements Disposable {
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  readonly #caller: MessageCaller;
  readonly #channel: Channel;
  #end = () => {};

  private constructor(channel: Channel, caller: MessageCaller, lost: Promise<void>) {
    this.#channel = channel;
    this.#caller = caller;
    this.closed = Promise.race([lost, new Promise<void>((resolve) => this.#end = resolve)]);
  }

  /**
   * Connects.
   *
   * @param notified Called with notifications that belong to no call
   * @throws HostError `unreachable` if nobody answers there
   */
  static async connect(
    path: string,
    { clock = systemClock, notified = () => {} }: {
      readonly clock?: Clock;
      readonly notified?: Notified;
    } = {},
  ): Promise<SocketClient> {
    const caller: MessageCaller = new MessageCaller((text) => channel.send(text), notified, clock);
    let lost = () => {};
    const isLost = new Promise<void>((resolve) => lost = resolve);
    const channel = await openChannel({ socket: path }, {
      text: (text) => caller.take(text),
      closed: () => {
        caller.lost(new HostError("closed", "The node has stopped"));
        lost();
      },
    });
    return new SocketClient(channel, caller, isLost);
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
    this.#channel.close();
    this.#caller.lost(new HostError("closed", "The connection is closed"));
    this.#end();
  }
}
