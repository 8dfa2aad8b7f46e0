/**
 * Finds the astral node of this machine: at one of several addresses, with one of two protocols.
 *
 * @module
 */

import * as apphost2023 from "./apphost-2023.ts";
import * as apphost2026 from "./apphost-2026.ts";
import { formatNodeAddress, type NodeAddress } from "./address.ts";
import type { Attempt, Connector, NodeConnection } from "./connection.ts";
import { dialFailureOf, dialFailuresText } from "../connect/mod.ts";
import { systemCode } from "../../coded-error.ts";
import { HostError } from "../error.ts";
import type { Clock } from "../host.ts";

/** So often a node may greet in place of an answer before it is taken for one that does not speak the protocol. */
const GREETED_MAX = 3;

/** The protocol of a node: of June 2023, or of July 2026. */
export type AstralProtocol = "2023" | "2026";

/** A connection on which the next thing can be asked for. */
export type Session =
  | { readonly protocol: "2023"; readonly address: NodeAddress; readonly connection: NodeConnection }
  | apphost2026.Session2026;

/** What a {@link AstralNode} is made of. */
export interface NodeParts {
  /** Where the node may be, the best first; at least one. */
  readonly addresses: readonly NodeAddress[];
  /** The token of this program; empty for none. */
  readonly token: string;
  readonly protocol: AstralProtocol | "auto";
  readonly connector: Connector;
  readonly clock: Clock;
  /** How long a node may take to greet before it is taken for one of 2023, in milliseconds. */
  readonly greetingMs: number;
  /** How long the node may take at an address, in milliseconds, before the next one is tried. */
  readonly addressTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** The node, and all connections with it. */
export class AstralNode {
  readonly #parts: NodeParts;
  /** The addresses, the one that worked last first. */
  #addresses: readonly NodeAddress[];
  /** What was found out about each address. */
  readonly #found = new Map<NodeAddress, AstralProtocol>();
  readonly #connections = new Set<NodeConnection>();
  /** Why there are no connections any more. */
  #released: HostError | null = null;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#addresses = parts.addresses;
  }

  /** How many connections there are. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /**
   * A new connection, as far as the token; the addresses are tried in their order.
   *
   * @param options `anonymous`: whether the token is kept back, which only a node of 2026 allows
   * @throws HostError `unreachable` if no address leads to a node that accepts this program
   */
  async session(attempt: Attempt, options: { readonly anonymous?: boolean } = {}): Promise<Session> {
    const failures: { readonly address: string; readonly error: HostError }[] = [];
    for (const address of this.#addresses) {
      try {
        const session = await this.#sessionIn(attempt, address, options.anonymous === true ? "" : this.#parts.token);
        if (address !== this.#addresses[0]) {
          this.#addresses = [address, ...this.#addresses.filter((other) => other !== address)];
        }
        return session;
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        attempt.check();
        failures.push({ address: formatNodeAddress(address), error });
      }
    }
    const where = failures.map(({ address }) => address).join(" ");
    const why = [...new Set(failures.map(whyNot))].join("; ");
    const errors = failures.map(({ error }) => error);
    throw new HostError("unreachable", `The astral node cannot be used at "${where}": ${why}`, {
      cause: errors.length === 1 ? errors[0] : errors,
    });
  }

  /** Adds a connection that the node has opened. */
  adopt(connection: NodeConnection): void {
    this.#connections.add(connection);
    if (this.#released !== null) connection.stream.fail(this.#released);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  /** Allows connections again after {@link release}. */
  open(): void {
    this.#released = null;
  }

  /** Breaks off all connections, and those that are still being made; resolves when they are gone. */
  async release(error: HostError): Promise<void> {
    this.#released = error;
    const closed = [...this.#connections].map((connection) => connection.closed);
    for (const { stream } of this.#connections) stream.fail(error);
    await Promise.all(closed);
  }

  /** The last address has all the time that is left, the others only a part. */
  async #sessionIn(attempt: Attempt, address: NodeAddress, token: string): Promise<Session> {
    if (address === this.#addresses.at(-1)) return await this.#sessionAt(attempt, address, token);
    const { clock, addressTimeoutMs } = this.#parts;
    const timer = clock.setTimer(addressTimeoutMs, () => {
      attempt.breakOff(new HostError("timeout", `The node takes more than ${addressTimeoutMs} ms`));
    });
    try {
      return await this.#sessionAt(attempt, address, token);
    } finally {
      timer.clear();
    }
  }

  async #sessionAt(attempt: Attempt, address: NodeAddress, token: string): Promise<Session> {
    const protocol = address.kind === "websocket" ? "2026" : this.#found.get(address) ?? this.#parts.protocol;
    if (protocol !== "auto") return await this.#speak(attempt, address, token, protocol);
    const connection = await this.#connect(attempt, address);
    if (await this.#greets(connection)) {
      const session = await greeted(address, connection, token);
      this.#found.set(address, "2026");
      return session;
    }
    try {
      await apphost2023.authenticate(connection.stream, token);
      this.#found.set(address, "2023");
      return { protocol: "2023", address, connection };
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "protocol") throw error;
      // A greeting came after all, only late.
      const session = await this.#speak(attempt, address, token, "2026");
      this.#found.set(address, "2026");
      return session;
    }
  }

  async #speak(
    attempt: Attempt,
    address: NodeAddress,
    token: string,
    protocol: AstralProtocol,
  ): Promise<Session> {
    for (let left = GREETED_MAX;; left--) {
      const connection = await this.#connect(attempt, address);
      if (protocol === "2026") return await greeted(address, connection, token);
      try {
        await apphost2023.authenticate(connection.stream, token);
        return { protocol, address, connection };
      } catch (error) {
        // A node of both protocols has greeted, because this process was too slow to speak first.
        if (left === 0 || !(error instanceof HostError) || error.code !== "protocol") throw error;
      }
    }
  }

  /** Whether a greeting begins to come in time. */
  async #greets({ stream }: NodeConnection): Promise<boolean> {
    try {
      if (await stream.peek({ timeoutMs: this.#parts.greetingMs }) !== null) return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "timeout") return false;
      throw error;
    }
    throw new HostError("reset", "The node ended the connection without a word");
  }

  async #connect(attempt: Attempt, address: NodeAddress): Promise<NodeConnection> {
    const { connector, clock, closeTimeoutMs } = this.#parts;
    const connecting = connector.connect(address, clock, closeTimeoutMs);
    return await attempt.over(connecting.then((connection) => {
      this.adopt(connection);
      return connection;
    }));
  }
}

/** Why an address does not lead to the node: what the system says of a connection that was not made, or the node. */
function whyNot(failure: { readonly address: string; readonly error: HostError }): string {
  const { error } = failure;
  if (dialFailureOf(error) !== "broken") return dialFailuresText([failure]);
  const code = systemCode(error.cause);
  return code === "" || error.code !== "reset" ? error.message : `${error.message} (${code})`;
}

/** The session that begins with a node's greeting. */
async function greeted(address: NodeAddress, connection: NodeConnection, token: string): Promise<Session> {
  const { stream } = connection;
  const node = await apphost2026.readGreeting(stream);
  const guest = token === "" ? null : await apphost2026.authenticate(stream, token);
  return { protocol: "2026", address, connection, node, guest };
}
