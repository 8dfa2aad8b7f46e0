/**
 * Receiving queries from a node of 2026: all queries to the program's identity, in the way of the transport.
 *
 * @module
 */

import { AnnouncedQueries } from "./announced-queries.ts";
import * as apphost2026 from "./apphost-2026.ts";
import type { Attempt } from "./connection.ts";
import { DialledQueries } from "./dialled-queries.ts";
import { PendingQueries, type QueryReceiver, type QueryReceiverHost } from "./query-receiver.ts";
import { type Held, Registration } from "./registration.ts";
import { HostError } from "../error.ts";
import type { Random } from "../host.ts";

/** How long a program has to decide, so that its answer comes in time. */
const DECISION_MS = 0.9 * apphost2026.ANSWER_MS;

/** The paths of one host. They are registered together, from the first mount on until the host stops. */
export class QueryReceiver2026 implements QueryReceiver {
  readonly #host: QueryReceiverHost;
  readonly #pending: PendingQueries;
  readonly #announced: AnnouncedQueries;
  readonly #dialled: DialledQueries;
  #registration: Registration | null = null;

  constructor(host: QueryReceiverHost) {
    this.#host = host;
    this.#pending = new PendingQueries(host.clock, DECISION_MS);
    this.#announced = new AnnouncedQueries(host, this.#pending);
    this.#dialled = new DialledQueries(host, this.#pending);
  }

  get openHandles(): number {
    return this.#dialled.openHandles;
  }

  mount(): void {
    const { clock, random, watch } = this.#host;
    this.#registration ??= new Registration({
      clock,
      random,
      watch,
      action: "Registering",
      register: (attempt) => this.#register(attempt),
    });
  }

  unmount(): void {
    // The registration is that of the identity; queries for other paths are refused.
  }

  async ready(): Promise<void> {
    await this.#registration?.ready();
  }

  async stop(): Promise<void> {
    this.#pending.clear();
    await Promise.all([this.#registration?.stop(), this.#dialled.stop()]);
  }

  async #register(attempt: Attempt): Promise<Held> {
    const { node, random } = this.#host;
    const session = await node.session(attempt);
    if (session.protocol !== "2026") throw speaksOld();
    const { address, guest } = session;
    // Over TCP and unix sockets, astral nodes close the connection of a query that was announced and taken.
    if (address.kind !== "websocket" && guest !== null) return await this.#dialled.hold(attempt, session);
    const why = await whyNotReachable(session, random);
    if (guest === null || why !== null) throw new HostError("unsupported", why ?? "");
    // The question has ended the session.
    const next = guest === session.node.identity ? await node.session(attempt) : session;
    if (next.protocol !== "2026") throw speaksOld();
    return await this.#announced.hold(attempt, next, guest);
  }
}

/**
 * Why a node of 2026 gives no queries to this program, or had better not; `null` if it does. The session may be at its
 * end then.
 *
 * @throws HostError `protocol`, `reset`
 */
export async function whyNotReachable(session: apphost2026.Session2026, random: Random): Promise<string | null> {
  const { address, guest, node } = session;
  if (guest === null) return "Nothing can be mounted: the node gives queries only to programs with a token";
  if (address.kind !== "websocket" || guest !== node.identity) return null;
  if (await apphost2026.asksItselfFirst(session, random)) return null;
  return "Nothing can be mounted over a WebSocket with a token of the node's own identity: the node would ask this " +
    "program for its own operations. Use its TCP port or unix socket, or a token of another identity";
}

function speaksOld(): HostError {
  return new HostError("protocol", "The node speaks the protocol of 2023 now");
}
