/**
 * Passing an event on to some neighbours, and to others if these are silent or have it.
 *
 * @module
 */

import { NOTIFY_ANSWERS } from "../../codec/protocols/storj/mod.ts";
import type { Cancel, Outcome, RpcEndpoint, RpcError } from "../rpc/mod.ts";
import { type Carried, oldArguments, ownArguments } from "./carried.ts";
import type { KnownNeighbour } from "./neighbours.ts";

/** What passing an event on needs. */
export interface PassingParts {
  /** The own id. */
  readonly id: Uint8Array;
  readonly rpc: RpcEndpoint;
  /** Ids that are sent along at most. */
  readonly publishers: number;
  /** Has the call counted, and ended when all ends. */
  readonly underWay: Set<Cancel>;
  /** An event was sent. */
  readonly sent: () => void;
}

/** How an event is passed on. */
export interface PassingPlan {
  readonly carried: Carried;
  /** How many hops it takes at most to the next subscriber, for originals, who don't count them: 1 or more. */
  readonly hops: number;
  /** Neighbours who subscribe. */
  readonly subscribers: readonly KnownNeighbour[];
  /** Others to whom it can go, the best first. */
  readonly others: readonly KnownNeighbour[];
  /** To how many of the others it goes. */
  readonly walks: number;
  /** Whether it goes to one of the others if no subscriber answers: somebody has to find the next subscriber. */
  readonly mustGoOn: boolean;
  /** A neighbour who subscribes was sent the event, and may not have got it; others are told that it has. */
  readonly missed: (neighbour: KnownNeighbour) => void;
  /** A neighbour has the event now. */
  readonly has: (neighbour: KnownNeighbour) => void;
  /** A neighbour has not answered. */
  readonly silent: (neighbour: KnownNeighbour) => void;
  /** The event went to nobody, because there was nobody to send it to, or none of them answered. */
  readonly died: (reason: "nobody" | "silent") => void;
}

/** How many neighbours are tried in place of those who don't answer. */
const REPLACEMENTS = 4;
/** How many neighbours are tried in place of those who have had the event: a walk that came back goes on once. */
const DETOURS = 1;

type Kind = "subscriber" | "walk";

/** An event that is being passed on from this node. */
export class Passing {
  readonly #parts: PassingParts;
  readonly #plan: PassingPlan;
  /** The next of the others. */
  #next = 0;
  #waiting = 0;
  #reached = 0;
  #silent = 0;
  #replacements = REPLACEMENTS;
  #detours = DETOURS;

  constructor(parts: PassingParts, plan: PassingPlan) {
    this.#parts = parts;
    this.#plan = plan;
  }

  /** Sends the event. Returns to how many. */
  begin(): number {
    const { subscribers, walks } = this.#plan;
    for (const neighbour of subscribers) this.#send(neighbour, "subscriber");
    for (let count = 0; count < walks; count++) this.#walk();
    if (this.#waiting === 0) this.#end();
    return this.#waiting;
  }

  /** Sends the event to the next of the others, if there is one. */
  #walk(): boolean {
    const { others } = this.#plan;
    if (this.#next === others.length) return false;
    this.#send(others[this.#next++], "walk");
    return true;
  }

  #send(neighbour: KnownNeighbour, kind: Kind): void {
    const { id, rpc, publishers, underWay, sent } = this.#parts;
    const { carried, hops } = this.#plan;
    const own = neighbour.isOurs ? ownArguments(id, carried, publishers) : null;
    const settle = ({ reply, error }: Outcome<"warpwire_notify" | "quasar_notify">) => {
      underWay.delete(cancel);
      // Whoever has closed the endpoint wants nothing sent any more.
      if (error?.code === "closed") return;
      this.#waiting -= 1;
      this.#answered(neighbour, kind, error === undefined ? reply ?? NOTIFY_ANSWERS.taken : errorAnswer(error));
      if (this.#waiting === 0) this.#end();
    };
    this.#waiting += 1;
    sent();
    const { address, call } = neighbour;
    const old = () => oldArguments(id, kind === "walk" ? { ...carried, ttl: hops } : carried, publishers);
    const cancel = own !== null
      ? rpc.call(address, "warpwire_notify", own, settle, call)
      // Originals know an event that they have had, whatever else they take twice.
      : rpc.call(address, "quasar_notify", old(), settle, { ...call, repeats: true });
    underWay.add(cancel);
  }

  #answered(neighbour: KnownNeighbour, kind: Kind, answer: number | null): void {
    if (answer === null || answer === NOTIFY_ANSWERS.busy) {
      if (answer === null) this.#plan.silent(neighbour);
      this.#silent += 1;
      if (kind === "subscriber") this.#plan.missed(neighbour);
      if (kind === "walk" && this.#replacements > 0) {
        this.#replacements -= 1;
        this.#walk();
      }
      return;
    }
    this.#plan.has(neighbour);
    if (kind === "walk" && answer === NOTIFY_ANSWERS.known && this.#detours > 0) {
      this.#detours -= 1;
      if (this.#walk()) return;
    }
    this.#reached += 1;
  }

  /** Nobody is left to answer. */
  #end(): void {
    const { mustGoOn, died } = this.#plan;
    if (this.#reached > 0) return;
    if (mustGoOn && this.#replacements > 0) {
      this.#replacements -= 1;
      if (this.#walk()) return;
    }
    died(this.#silent > 0 ? "silent" : "nobody");
  }
}

/** A call that was not even sent says nothing of the neighbour; null for silence. */
function errorAnswer({ code }: RpcError): number | null {
  return code === "busy" ? NOTIFY_ANSWERS.busy : null;
}
