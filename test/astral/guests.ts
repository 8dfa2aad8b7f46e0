/**
 * Guests and programs for the tests of the local service, which speak over plain sockets.
 *
 * @module
 */

import { type AddressInfo, createServer } from "node:net";
import * as assert from "uvu/assert";
import { bytes } from "../../codec/mod.ts";
import {
  ALL_ZONES,
  type AstralObject,
  type ObjectType,
  type ObjectValues,
  ZERO_NONCE,
} from "../../codec/protocols/astral/mod.ts";
import type { StreamProtocol } from "../../src/host/host.ts";
import { type ObjectChannel, objectChannel } from "../../src/astral/channels/object-channel.ts";
import { systemClock } from "../../src/host/timing/system.ts";
import { parseSocketAddress } from "../../src/host/connect/socket-address.ts";
import { Connection } from "../../src/astral/channels/connection.ts";
import { Sockets } from "../../src/astral/channels/sockets.ts";

/** Identities that are keys: those of the recorded dialogues, and of the secrets 1, 2 and 3. */
export const ID_A = "03e14ac3a4e83e435ffc6800703c7d405d2fe18762c4b7ec0674f6e7df39471a74";
export const ID_B = "03e0cb786fc4f727d2d7f135741d81e5ad0e005c0e70d97131bf13e3359012e527";
export const ID_ONE = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const ID_TWO = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";
export const ID_THREE = "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";

/** The sockets of a test's guests and programs. */
export class Bench implements AsyncDisposable {
  readonly #sockets = new Sockets(systemClock, false);
  readonly #closing: (() => Promise<void>)[] = [];

  /** Connects to an address. */
  dial(address: string): Connection {
    return this.#sockets.dial(parseSocketAddress(address)!);
  }

  /** Listens on a free port, and returns its address and those who connect, one after the other. */
  async serve(): Promise<{ readonly address: string; next(): Promise<Connection> }> {
    const arrived: Connection[] = [];
    const waiting: ((connection: Connection) => void)[] = [];
    const server = createServer((socket) => {
      const connection = new Connection(this.#sockets.accept(socket).stream);
      const next = waiting.shift();
      if (next === undefined) arrived.push(connection);
      else next(connection);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    return {
      address: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`,
      next() {
        const connection = arrived.shift();
        return connection === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(connection);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#closing.map((close) => close());
    await Promise.all([this.#sockets.close(), ...closing]);
  }
}

/** Reads exactly so many bytes; none if the stream has ended. */
export async function take(connection: Connection, count: number): Promise<Uint8Array> {
  if (count === 0) return new Uint8Array(0);
  return await connection.nextMessage(bytes(count), { bytesMax: count }) ?? new Uint8Array(0);
}

/** Reads up to the end. */
export async function takeAll(connection: Connection): Promise<Uint8Array> {
  const all: number[] = [];
  for (let piece = await connection.piece(); piece !== null; piece = await connection.piece()) all.push(...piece);
  return Uint8Array.from(all);
}

/** A guest of 2026 over a plain socket. */
export class ObjectGuest {
  readonly connection: Connection;
  readonly #channel: ObjectChannel;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#channel = objectChannel(connection, "binary");
  }

  /** Connects, reads who the host is, and shows a token, if there is one. */
  static async enter(bench: Bench, address: string, token = ""): Promise<ObjectGuest> {
    const guest = new ObjectGuest(bench.dial(address));
    await guest.expect("mod.apphost.host_info_msg");
    if (token === "") return guest;
    await guest.send("mod.apphost.auth_token_msg", { token });
    await guest.expect("mod.apphost.auth_success_msg");
    return guest;
  }

  /** Sends an object. */
  async write(object: AstralObject): Promise<void> {
    await this.#channel.write(object);
  }

  /** Sends an object of a type. */
  async send<N extends ObjectType>(type: N, value: ObjectValues[N]): Promise<void> {
    await this.write({ type, value } as AstralObject);
  }

  /** The next object, which must be of this type. */
  async expect<N extends ObjectType>(type: N): Promise<ObjectValues[N]> {
    const object = await this.#channel.read();
    assert.is(object?.type, type, `In place of ${type} there is ${JSON.stringify(object)}`);
    return object!.value as ObjectValues[N];
  }

  /** Waits for an error and compares its code. */
  async expectError(code: string): Promise<void> {
    assert.is((await this.expect("mod.apphost.error_msg")).code, code);
  }

  /** Reads whether a query is accepted: `null`, or the code of a rejection or an error. */
  async refusal(): Promise<number | string | null> {
    const object = await this.#channel.read();
    switch (object?.type) {
      case "mod.apphost.query_accepted_msg":
        return null;
      case "mod.apphost.query_rejected_msg":
      case "mod.apphost.error_msg":
        return object.value.code;
      default:
        throw new Error(`In place of an answer to the query there is ${JSON.stringify(object)}`);
    }
  }

  /** Sends a query, with all zones and in the guest's own name unless told otherwise. */
  async query(query: string, options: Partial<ObjectValues["mod.apphost.route_query_msg"]> = {}): Promise<void> {
    const value = { nonce: ZERO_NONCE, caller: null, target: null, query, zone: ALL_ZONES, filters: [], ...options };
    await this.send("mod.apphost.route_query_msg", value);
  }

  /** Sends a query that is accepted. */
  async open(query: string, options: Partial<ObjectValues["mod.apphost.route_query_msg"]> = {}): Promise<void> {
    await this.query(query, options);
    await this.expect("mod.apphost.query_accepted_msg");
  }
}

/** Sends back what comes on every stream of a path, until it is unmounted. */
export async function echo(protocol: StreamProtocol): Promise<void> {
  for await (const incoming of protocol) {
    // Whoever asked may have left by now.
    const stream = await incoming.accept().catch(() => null);
    stream?.readable.pipeTo(stream.writable).catch(() => {});
  }
}
