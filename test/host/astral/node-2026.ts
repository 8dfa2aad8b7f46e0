/**
 * A node of 2026 with what programs meet of it, made from what was seen of astrald (commit `6e2b8bbd`): sessions over
 * TCP, unix sockets and WebSockets, handlers, services, and some of its own operations.
 *
 * @module
 */

import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { joinBytes } from "../../../src/bytes.ts";
import { type AstralObject, decodeObject, encodeObject, parseQuery } from "../../../codec/protocols/astral/mod.ts";
import { listening } from "./script.ts";

/** How long a program may take to answer, in milliseconds. */
const ANSWER_MS = 5000;

/** Objects, and then bytes, over a connection. */
export class Wire {
  /** Resolves when the system holds nothing of it any more. */
  readonly closed: Promise<void>;
  readonly #duplex: Duplex;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    this.closed = new Promise((resolve) => duplex.once("close", () => resolve()));
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    duplex.on("readable", () => this.#wake()).on("end", end).on("close", end).on("error", end);
  }

  /** Connects to the address of a handler; fails if nobody listens there. */
  static async dial(address: string): Promise<Wire> {
    const at = address.startsWith("unix:")
      ? { path: address.slice("unix:".length) }
      : { host: "127.0.0.1", port: Number(address.split(":").at(-1)) };
    const socket = connect(at);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Wire(socket);
  }

  /** The next bytes; `null` at the end. */
  async piece(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0 && !await this.#more()) return null;
    const piece = this.#rest;
    this.#rest = new Uint8Array(0);
    return piece;
  }

  /** The next object; `null` at the end. Fails for what is none. */
  async object(): Promise<AstralObject | null> {
    const bytes = await this.#has(1) && await this.#has(1 + this.#rest[0] + 4) ? this.#rest : null;
    if (bytes === null) return null;
    const head = 1 + bytes[0] + 4;
    const length = head + new DataView(bytes.buffer, bytes.byteOffset).getUint32(head - 4);
    if (!await this.#has(length)) return null;
    const { object } = decodeObject(this.#rest.slice(0, length));
    this.#rest = this.#rest.slice(length);
    return object;
  }

  /** Sends something; resolves when the system has it, with whether the connection is still there. */
  write(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#duplex.write(bytes, (error) => resolve(!error)));
  }

  send(object: AstralObject): void {
    void this.write(encodeObject(object));
  }

  end(): void {
    this.#duplex.end();
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  async #has(count: number): Promise<boolean> {
    while (this.#rest.length < count) if (!await this.#more()) return false;
    return true;
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const piece = this.#duplex.read() as Uint8Array | null;
      if (piece !== null) {
        this.#rest = this.#rest.length === 0 ? Uint8Array.from(piece) : joinBytes([this.#rest, piece]);
        return true;
      }
      if (this.#ended) return false;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** Joins two connections to a stream. */
async function joined(a: Wire, b: Wire): Promise<void> {
  const pump = async (from: Wire, to: Wire) => {
    let isOpen = true;
    for (let piece = await from.piece(); piece !== null; piece = await from.piece()) {
      isOpen &&= await to.write(piece);
      // What is cut off here would take bytes with it that are on their way to the other side.
      if (!isOpen) from.end();
    }
    to.end();
  };
  await Promise.all([pump(a, b), pump(b, a)]);
}

/** A program at an address. */
export interface Handler {
  readonly identity: string;
  readonly endpoint: string;
  readonly token: string;
}

/** What a query leads to: the node's word that it is refused, or what is done with its stream. */
type Route = AstralObject | ((wire: Wire) => Promise<void>);

/** Who asks whom for what. */
export interface Query {
  readonly caller: string | null;
  readonly target: string;
  readonly query: string;
}

const ack: AstralObject = { type: "ack", value: {} };
const errorOf = (code: string): AstralObject => ({ type: "mod.apphost.error_msg", value: { code } });

/** What a {@link Node2026} is made of. */
export interface Node2026Parts {
  readonly identity: string;
  readonly alias: string;
  /** Identities by their tokens. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Where it listens: of some kind, or at addresses where a node was before. */
  readonly where: readonly ("tcp" | "unix" | "ws" | string)[];
}

/** A node that works. */
export class Node2026 implements AsyncDisposable {
  readonly #parts: Node2026Parts;
  readonly #wires = new Set<Wire>();
  readonly #bound = new Map<Wire, string>();
  readonly #services: { readonly identity: string; readonly wire: Wire }[] = [];
  readonly #incoming = new Map<string, (route: Route | Wire) => void>();
  #queries = 0;
  readonly #closing: (() => Promise<void>)[] = [];
  /** Where programs find it, in the order in which that was asked for. */
  readonly addresses: string[] = [];
  /** The handlers, in the order in which they are asked. */
  readonly handlers: Handler[] = [];
  /** All queries that came to the node itself, since no program took them. */
  readonly asked: Query[] = [];
  /** What operations answer in place of what they do, by path. */
  readonly answers = new Map<string, AstralObject>();

  private constructor(parts: Node2026Parts) {
    this.#parts = parts;
  }

  static async start(parts: Node2026Parts): Promise<Node2026> {
    const node = new Node2026(parts);
    for (const where of parts.where) {
      const { address, close } = await listening(where, (socket) => node.#accept(socket, where.startsWith("ws")));
      node.addresses.push(address);
      node.#closing.push(close);
    }
    return node;
  }

  /** Goes away with all connections; handlers are forgotten. */
  async stop(): Promise<void> {
    const closed = [...this.#wires].map((wire) => wire.closed);
    for (const wire of this.#wires) wire.destroy();
    this.handlers.length = 0;
    await Promise.all([...closed, ...this.#closing.map((close) => close())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends the streams to which handlers are bound. */
  unbind(): void {
    for (const wire of this.#bound.keys()) wire.destroy();
  }

  #accept(duplex: Duplex, isWeb: boolean): void {
    const wire = this.#keep(new Wire(duplex));
    // What is no object ends the session.
    this.#session(wire, isWeb).catch(() => wire.destroy());
  }

  async #session(wire: Wire, isWeb: boolean): Promise<void> {
    const { identity, alias, tokens } = this.#parts;
    wire.send({ type: "mod.apphost.host_info_msg", value: { identity, alias } });
    let guest: string | null = null;
    for (;;) {
      const object = await wire.object();
      switch (object?.type) {
        case "mod.apphost.auth_token_msg":
          guest = tokens[object.value.token] ?? null;
          wire.send(
            guest === null
              ? errorOf("auth_failed")
              : { type: "mod.apphost.auth_success_msg", value: { guestId: guest } },
          );
          break;
        case "mod.apphost.route_query_msg": {
          const { caller, target, query } = object.value;
          const route = await this.#route({ caller: caller ?? guest ?? identity, target: target ?? identity, query });
          if (typeof route !== "function") {
            wire.send(route);
            break;
          }
          wire.send({ type: "mod.apphost.query_accepted_msg", value: {} });
          return await route(wire);
        }
        case "mod.apphost.register_service_msg":
          if (guest !== null) this.#services.push({ identity: guest, wire });
          wire.send(guest === null ? errorOf("denied") : ack);
          break;
        case "mod.apphost.reject_incoming_msg":
          this.#incoming.get(object.value.queryId)?.({
            type: "mod.apphost.query_rejected_msg",
            value: { code: object.value.code },
          });
          break;
        case "mod.apphost.attach_query_msg": {
          const attach = this.#incoming.get(object.value.queryId);
          if (attach === undefined) {
            wire.send(errorOf("route_not_found"));
            break;
          }
          wire.send(ack);
          attach(wire);
          // The worker of such a connection closes it when its session has returned.
          if (!isWeb) wire.end();
          return;
        }
        case undefined:
          return wire.end();
        default:
          wire.send(errorOf("protocol_error"));
          return wire.end();
      }
    }
  }

  /** Handlers first, then services, and at last the node itself. */
  async #route(query: Query): Promise<Route> {
    for (const handler of this.handlers.filter(({ identity }) => identity === query.target)) {
      const route = await this.#handle(handler, query);
      if (route !== null) return route;
    }
    for (const { wire } of this.#services.filter(({ identity }) => identity === query.target)) {
      const route = await this.#announce(wire, query);
      if (route !== null) return route;
    }
    const operation = query.target === this.#parts.identity ? this.#operation(query) : null;
    return operation ?? errorOf("route_not_found");
  }

  async #handle(handler: Handler, { caller, target, query }: Query): Promise<Route | null> {
    let dialled: Wire;
    try {
      dialled = this.#keep(await Wire.dial(handler.endpoint));
    } catch {
      this.#forget(handler);
      return null;
    }
    const value = { ipcToken: handler.token, id: this.#number(), caller, target, query };
    dialled.send({ type: "mod.apphost.handle_query_msg", value });
    const answer = await dialled.object().catch(() => null);
    if (answer?.type === "ack") return (wire) => joined(wire, dialled);
    dialled.destroy();
    return answer?.type === "mod.apphost.query_rejected_msg" ? answer : null;
  }

  #announce(wire: Wire, { caller, target, query }: Query): Promise<Route | null> {
    const queryId = this.#number();
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(null), ANSWER_MS);
      const settle = (route: Route | Wire | null) => {
        clearTimeout(timer);
        this.#incoming.delete(queryId);
        resolve(route instanceof Wire ? (asking) => joined(asking, route) : route);
      };
      this.#incoming.set(queryId, settle);
      wire.send({ type: "mod.apphost.incoming_query_msg", value: { queryId, caller, target, query } });
    });
  }

  #operation(asked: Query): Route | null {
    const { caller, query } = asked;
    const { path, params } = parseQuery(query);
    const { identity, alias } = this.#parts;
    const say = (object: AstralObject) => (wire: Wire) => {
      wire.send(object);
      wire.end();
      return Promise.resolve();
    };
    this.asked.push(asked);
    const answer = this.answers.get(path);
    if (answer !== undefined) {
      const isRefusal = answer.type === "mod.apphost.error_msg" || answer.type === "mod.apphost.query_rejected_msg";
      return isRefusal ? answer : say(answer);
    }
    switch (path) {
      case "apphost.whoami":
        return say({ type: "identity", value: caller ?? identity });
      case "dir.resolve": {
        const name = params.get("name") ?? "";
        const isOwn = name === alias || name === "localnode";
        return say(
          isOwn ? { type: "identity", value: identity } : { type: "error_message", value: `unknown identity: ${name}` },
        );
      }
      case "apphost.register_handler": {
        const [endpoint, token] = [params.get("endpoint"), params.get("token")];
        if (endpoint === undefined || token === undefined || !/^(tcp:127\.0\.0\.1|unix):/.test(endpoint)) {
          return say({ type: "error_message", value: "invalid endpoint" });
        }
        this.handlers.push({ identity: caller ?? identity, endpoint, token });
        return say(ack);
      }
      case "apphost.bind":
        return (wire) => this.#bind(wire);
      default:
        return null;
    }
  }

  async #bind(wire: Wire): Promise<void> {
    wire.send(ack);
    const object = await wire.object();
    if (object?.type !== "mod.apphost.bind_msg") return wire.destroy();
    const { token } = object.value;
    this.#bound.set(wire, token);
    while (await wire.piece() !== null);
    this.#bound.delete(wire);
    for (const handler of this.handlers.filter((one) => one.token === token)) this.#forget(handler);
    wire.end();
  }

  #keep(wire: Wire): Wire {
    this.#wires.add(wire);
    void wire.closed.then(() => this.#wires.delete(wire));
    return wire;
  }

  #forget(handler: Handler): void {
    const index = this.handlers.indexOf(handler);
    if (index >= 0) this.handlers.splice(index, 1);
  }

  #number(): string {
    return (++this.#queries).toString(16).padStart(16, "0");
  }
}
