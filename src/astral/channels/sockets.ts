/**
 * The sockets of a service: those of guests, and those to the programs that registered an address.
 *
 * @module
 */

import type { Socket } from "node:net";
import { HostStream } from "../../host/streams/mod.ts";
import { type Clock, HostError, type WaitOptions } from "../../host/mod.ts";
import { isLoopback, parseSocketAddress, type SocketAddress } from "../../host/connect/mod.ts";
import { SocketTransport } from "../../host/socket/mod.ts";
import { TIME_LIMITS, wait } from "../../host/timing/mod.ts";
import { Connection } from "./connection.ts";

/** Small messages leave at once; peers that vanished without a word are noticed after some minutes. */
export const TCP_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/** A program that has registered an address. */
export interface DialledProgram {
  readonly address: SocketAddress;
  /** Queries that it has not answered yet. */
  pending: number;
}

/** Sockets that are let go of together. */
export class Sockets {
  readonly #clock: Clock;
  readonly #allowRemote: boolean;
  readonly #streams = new Map<Socket, HostStream>();
  /** Sockets that something else reads. */
  readonly #held = new Set<Socket>();

  /** @param allowRemote Whether addresses may be outside this machine */
  constructor(clock: Clock, allowRemote: boolean) {
    this.#clock = clock;
    this.#allowRemote = allowRemote;
  }

  /** How many sockets there are. */
  get size(): number {
    return this.#streams.size + this.#held.size;
  }

  /** Makes what a server has accepted a stream, on a socket that takes the place of the accepted one. */
  accept(accepted: Socket): { readonly socket: Socket; readonly stream: HostStream } {
    const transport = SocketTransport.accept(accepted, this.#clock, TIME_LIMITS.closeMs);
    return { socket: transport.socket, stream: this.#carry(transport) };
  }

  #carry(transport: SocketTransport): HostStream {
    const stream = new HostStream(this.#clock, { peerId: "" }, transport);
    transport.attach(stream);
    this.#streams.set(transport.socket, stream);
    transport.socket.once("close", () => this.#streams.delete(transport.socket));
    return stream;
  }

  /** Keeps a socket that something else makes a stream of. */
  hold(socket: Socket): void {
    this.#held.add(socket);
    socket.once("close", () => this.#held.delete(socket));
  }

  /** Where a registered program is; `null` for text that is not an address, or one that may not be dialled. */
  target(text: string): SocketAddress | null {
    const address = parseSocketAddress(text);
    if (address === null || address.kind === "udp") return null;
    return this.#allowRemote || isLocal(address) ? address : null;
  }

  /** Begins a connection to a registered program. */
  dial(address: SocketAddress): Connection {
    const to = address.kind === "unix"
      ? { path: address.path }
      : { host: address.host, port: address.port, ...TCP_OPTIONS };
    return new Connection(this.#carry(SocketTransport.connect(to, this.#clock, TIME_LIMITS.closeMs)));
  }

  /**
   * Asks a registered program something over a connection of its own, which is broken off if that fails.
   *
   * @param action What is done, as the beginning of a message
   */
  async ask<T>(
    program: DialledProgram,
    action: string,
    options: WaitOptions,
    exchange: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = this.dial(program.address);
    program.pending += 1;
    try {
      return await wait<T>(this.#clock, action, options, ({ resolve, reject }) => {
        exchange(connection).then(resolve, reject);
        return (error) => connection.abort(error);
      });
    } catch (error) {
      connection.abort(error);
      throw error;
    } finally {
      program.pending -= 1;
    }
  }

  /** Breaks all streams off and waits until their sockets are gone. */
  async close(): Promise<void> {
    const error = new HostError("closed", "The service was stopped");
    const closed = [...this.#streams.keys(), ...this.#held].map((socket) => {
      return new Promise((resolve) => socket.once("close", resolve));
    });
    for (const stream of this.#streams.values()) stream.fail(error);
    for (const socket of this.#held) socket.destroy();
    await Promise.all(closed);
  }
}

/** Whether an address can only be reached from this machine. */
export function isLocal(address: SocketAddress): boolean {
  return address.kind === "unix" || isLoopback(address.host);
}
