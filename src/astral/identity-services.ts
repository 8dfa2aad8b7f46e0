/**
 * Services of 2026: guests that take all queries to an identity. Each query is announced on the guest's connection; the
 * guest takes it with another connection, which becomes the stream, or rejects it.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { type IncomingQuery, ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { type Clock, HostError, type Random, type WaitOptions } from "../host/mod.ts";
import { type Settle, wait } from "../host/timing/mod.ts";
import type { Answerer, Call, Connection } from "./channels/mod.ts";
import type { Registration } from "./events.ts";

/** How many random bytes identify a query: a program that knows them may take it. */
const QUERY_ID_BYTES = 8;

/** A guest that takes queries. */
export interface IdentityService {
  readonly registration: Registration;
  /** Tells the guest of a query. */
  announce(query: IncomingQuery): Promise<void>;
}

/** A query that was announced to a guest and is not answered yet. */
interface Pending {
  readonly service: IdentityService;
  readonly settle: Settle<Connection | null>;
}

/** What {@link IdentityServices} are made of. */
export interface IdentityServicesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly pendingMax: number;
  /** How long a guest may take to answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** The services of all identities. */
export class IdentityServices implements Answerer {
  readonly #parts: IdentityServicesParts;
  /** The services, with how many queries each of them has not answered, or not even read. */
  readonly #services = new Map<IdentityService, number>();
  readonly #pending = new Map<string, Pending>();

  constructor(parts: IdentityServicesParts) {
    this.#parts = parts;
  }

  /** Whether there is a service for an identity. */
  has(identity: string): boolean {
    for (const { registration } of this.#services.keys()) if (registration.name === identity) return true;
    return false;
  }

  /** Everything that is registered. */
  list(): readonly Registration[] {
    return [...this.#services.keys()].map(({ registration }) => registration);
  }

  /** Adds a service. */
  add(service: IdentityService): void {
    this.#services.set(service, 0);
  }

  /** Takes a service away; what it has not answered, the next one is asked for. */
  remove(service: IdentityService): void {
    this.#services.delete(service);
    for (const [id, pending] of this.#pending) {
      if (pending.service === service) this.#take(id)?.settle.resolve(null);
    }
  }

  /**
   * Gives a connection to the query that it was made for.
   *
   * @returns Called to hand the connection over, once the guest knows; `null` if nobody waits for it
   */
  attach(queryId: string): ((connection: Connection) => void) | null {
    const pending = this.#take(queryId);
    return pending === null ? null : (connection) => pending.settle.resolve(connection);
  }

  /** A guest rejects a query of its own; others it cannot. */
  reject(service: IdentityService | null, queryId: string, code: number): void {
    if (this.#pending.get(queryId)?.service !== service) return;
    const rejectCode = Math.max(1, code);
    const error = new HostError("rejected", `The query was rejected with the code ${rejectCode}`, { rejectCode });
    this.#take(queryId)?.settle.reject(error);
  }

  /**
   * Asks the services of the target one after the other. Astrald knows only one for an identity; here several programs
   * may share one, so that a rejection counts only if nobody else accepts.
   */
  ask(call: Call, options: WaitOptions): Promise<Connection | null> | null {
    const services = [...this.#services.keys()].filter(({ registration }) => registration.name === call.target);
    return services.length === 0 ? null : this.#ask(services, call, options);
  }

  async #ask(services: readonly IdentityService[], call: Call, options: WaitOptions): Promise<Connection | null> {
    let rejection: HostError | null = null;
    for (const service of services) {
      try {
        const taken = await this.#announce(service, call, options);
        if (taken !== null) return taken;
      } catch (error) {
        if (!(error instanceof HostError) || error.code !== "rejected") throw error;
        rejection ??= error;
      }
    }
    if (rejection !== null) throw rejection;
    return null;
  }

  /** The stream, if the guest takes the query; `null` if it says nothing in time, or has more to read than it may. */
  async #announce(service: IdentityService, call: Call, options: WaitOptions): Promise<Connection | null> {
    if ((this.#services.get(service) ?? this.#parts.pendingMax) >= this.#parts.pendingMax) return null;
    const queryId = formatHex(this.#parts.random.bytes(QUERY_ID_BYTES));
    this.#count(service, 1);
    let announced: Promise<unknown> = Promise.resolve();
    const { caller, target, query } = call;
    try {
      return await wait<Connection | null>(this.#parts.clock, "Asking a service", options, (settle) => {
        const timer = this.#parts.clock.setTimer(
          this.#parts.timeoutMs,
          () => this.#take(queryId)?.settle.resolve(null),
        );
        const done = () => {
          timer.clear();
          this.#pending.delete(queryId);
        };
        this.#pending.set(queryId, {
          service,
          settle: {
            resolve: (connection) => {
              done();
              settle.resolve(connection);
            },
            reject: (error) => {
              done();
              settle.reject(error);
            },
          },
        });
        announced = service.announce({ queryId, caller: caller === ZERO_IDENTITY ? null : caller, target, query });
        announced.catch(() => this.#take(queryId)?.settle.resolve(null));
        return done;
      });
    } finally {
      // A guest that doesn't read still has the message before it.
      announced.catch(nothing).then(() => this.#count(service, -1));
    }
  }

  #take(queryId: string): Pending | null {
    const pending = this.#pending.get(queryId) ?? null;
    this.#pending.delete(queryId);
    return pending;
  }

  #count(service: IdentityService, change: 1 | -1): void {
    const count = this.#services.get(service);
    if (count !== undefined) this.#services.set(service, count + change);
  }
}

function nothing(): void {}
