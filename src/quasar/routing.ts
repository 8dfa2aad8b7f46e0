/**
 * How events travel: taken, delivered, and passed on.
 *
 * @module
 */

import { Packed } from "../../codec/msgpack/mod.ts";
import {
  type FilterKey,
  isFilterKey,
  type Notify,
  NOTIFY_ANSWERS,
  PUBLICATION_BYTES,
  type RpcArgs,
  type RpcReply,
} from "../../codec/protocols/storj/mod.ts";
import { equalBytes } from "../bytes.ts";
import type { Clock, Random } from "../host/host.ts";
import type { Caller, Cancel, RpcEndpoint } from "../rpc/mod.ts";
import type { QuasarEvent, QuasarLimits } from "./api.ts";
import { canPassOn, type Carried, EVENT_BYTES_MAX, eventBytes, joinIds, last } from "./carried.ts";
import { choose, neighbourName } from "./choice.ts";
import { eventId as idOf, History, keyOf, nameOf } from "./history.ts";
import { SourceRates } from "./limits.ts";
import type { KnownNeighbour, Neighbours } from "./neighbours.ts";
import { type Found, Offers } from "./offers.ts";
import { Passing } from "./passing.ts";
import type { RoutingStats } from "./stats.ts";

/** What routing needs. */
export interface RoutingParts {
  /** The own id. */
  readonly id: Uint8Array;
  readonly neighbours: Neighbours;
  readonly rpc: RpcEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: QuasarLimits;
  /** How many hops own events may take. */
  readonly ttl: number;
  /** The topic as it was subscribed to, or undefined. */
  readonly subscribed: (topic: FilterKey) => FilterKey | undefined;
  readonly received: (topic: FilterKey, event: Packed) => void;
  /** Somebody has called and says that it has this id. */
  readonly seen: (id: Uint8Array, from: Caller) => void;
  readonly tell: (event: QuasarEvent) => void;
}

/** The highest ttl that counts. */
export const TTL_MAX = 64;
/**
 * So many subscribers among the neighbours have an event at once, with the one who has brought it; further ones of ours are
 * told that it is here.
 */
const FANOUT = 6;
/**
 * To how many further neighbours an event goes after a delivery, to find subscribers who are not neighbours, and how many
 * hops it takes at most until it finds one: after the first, the second and all further deliveries. Most topics have one
 * subscriber, for whom a search is in vain; where there are three, there are probably more.
 */
const SEARCHES = [{ walks: 2, hops: 5 }, { walks: 3, hops: 8 }, { walks: 3, hops: 12 }];
/** So many hops more while the filters of a neighbour show that there is somebody beyond it. */
const IN_SIGHT_HOPS = 2;
/** Calls that may be under way; with more, events of others are refused, and with half as many those of strangers. */
const UNDER_WAY_MAX = 1024;

/** An event that is here now. */
interface Arrival extends Carried {
  /** Who has brought it; null for this node. */
  readonly from: Uint8Array | null;
  /** Whether an original has brought it, which does not say how far it has come since a subscriber had it. */
  readonly fromOld: boolean;
  /** Whether neighbours who subscribe are to be sent it, or only told that it is here. */
  readonly late: boolean;
}

/** The way of events through this node. */
export class Routing {
  readonly #parts: RoutingParts;
  readonly #history: History;
  readonly #offers: Offers;
  readonly #rates: SourceRates;
  /** How calls that are under way are ended. */
  readonly #underWay = new Set<Cancel>();
  readonly #unhandle: () => void;
  readonly #died = { ttl: 0, nobody: 0, silent: 0 };
  #counts = { published: 0, notifiesSent: 0, notifiesReceived: 0, notifiesRefused: 0, delivered: 0, duplicates: 0 };
  #closed = false;

  /** @throws TypeError if the calls are answered already */
  constructor(parts: RoutingParts) {
    this.#parts = parts;
    const { id, rpc, clock, random, limits } = parts;
    this.#history = new History(clock, limits.history);
    this.#rates = new SourceRates(clock, limits.notifiesPerSecond);
    this.#offers = new Offers({
      id,
      rpc,
      clock,
      random,
      underWay: this.#underWay,
      has: (publication) => this.#history.has(publication),
      arrived: (found) => this.#found(found),
    });
    this.#unhandle = rpc.handle({
      quasar_notify: (args, from) => this.#oldNotify(args, from),
      warpwire_notify: (args, from) => this.#notify(args, from),
      warpwire_offer: (args, from) => this.#offer(args, from),
      warpwire_want: (args, from) => this.#want(args, from),
    });
  }

  /** See `Quasar.publish`. */
  publish(topic: FilterKey, event: Packed): { readonly sent: number; readonly repeated: boolean } {
    const bytes = eventBytes(topic, event);
    if (bytes > EVENT_BYTES_MAX) {
      throw new RangeError(`Cannot publish ${bytes} bytes of topic and event: ${EVENT_BYTES_MAX} are the most`);
    }
    const id = idOf(topic, event, this.#parts.random.bytes(PUBLICATION_BYTES));
    if (this.#closed || !this.#history.publish(id)) return { sent: 0, repeated: !this.#closed };
    this.#counts.published += 1;
    const carried = { topic, event: copyOf(event), eventId: id, publishers: [], visited: [], walked: 0 };
    return {
      sent: this.#arrive({ ...carried, ttl: this.#parts.ttl, from: null, fromOld: false, late: false }),
      repeated: false,
    };
  }

  stats(): RoutingStats {
    return { ...this.#counts, died: { ...this.#died }, history: this.#history.size };
  }

  /** Ends all calls, and answers no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unhandle();
    this.#offers.close();
    for (const cancel of this.#underWay) cancel();
    this.#underWay.clear();
  }

  /** An event of an original, which asks nobody whether it is taken. */
  #oldNotify(args: RpcArgs<"quasar_notify">, from: Caller): null | undefined {
    const { topic, ttl, nodeId, publishers } = args;
    if (!this.#admit(topic, args.event, from)) return undefined;
    this.#parts.seen(nodeId, from);
    if (ttl < 1 || this.#isBusy(from)) {
      this.#counts.notifiesRefused += 1;
      return null;
    }
    const event = copyOf(args.event);
    const id = idOf(topic, event, null);
    if (!this.#isNew(this.#history.arrive(id, nameOf(nodeId)))) return null;
    this.#arrive({
      topic: ownKey(topic),
      event,
      eventId: id,
      publishers: this.#idsOf(publishers),
      visited: [],
      ttl: Math.min(ttl, TTL_MAX),
      walked: 0,
      from: nodeId.slice(),
      fromOld: true,
      late: false,
    });
    return null;
  }

  #notify(args: Notify, from: Caller): number | undefined {
    const { topic, publication, nodeId, ttl, publishers, visited, walked } = args;
    if (!this.#admit(topic, args.event, from)) return undefined;
    this.#parts.seen(nodeId, from);
    if (ttl < 1) {
      this.#counts.notifiesRefused += 1;
      return NOTIFY_ANSWERS.known;
    }
    if (this.#isBusy(from)) {
      this.#counts.notifiesRefused += 1;
      return NOTIFY_ANSWERS.busy;
    }
    const event = copyOf(args.event);
    const id = idOf(topic, event, publication);
    this.#offers.noteHas(keyOf(id), [nodeId, ...publishers]);
    const seen = this.#history.arrive(id, nameOf(nodeId));
    if (!this.#isNew(seen)) return seen === "again" ? NOTIFY_ANSWERS.taken : NOTIFY_ANSWERS.known;
    this.#arrive({
      topic: ownKey(topic),
      event,
      eventId: id,
      publishers: this.#idsOf(publishers),
      visited: this.#idsOf(visited),
      ttl: Math.min(ttl, TTL_MAX),
      walked,
      from: nodeId.slice(),
      fromOld: false,
      late: false,
    });
    return NOTIFY_ANSWERS.taken;
  }

  #offer({ topic, eventName, publication }: RpcArgs<"warpwire_offer">, from: Caller): null | undefined {
    if (!isFilterKey(topic) || !this.#rates.take(from)) return undefined;
    const own = this.#parts.subscribed(topic);
    // Only neighbours offer, so that nobody else can have this node ask others for something.
    const neighbour = this.#parts.neighbours.all().find(({ address, isOurs }) => isOurs && address === from.address);
    if (own !== undefined && neighbour !== undefined) this.#offers.offered(own, eventName, publication, neighbour);
    return null;
  }

  #want({ eventName, publication }: RpcArgs<"warpwire_want">, from: Caller): RpcReply<"warpwire_want"> | undefined {
    return this.#rates.take(from) ? this.#offers.wanted(eventName, publication) : undefined;
  }

  /** What was asked for after an offer has come. */
  #found({ topic, event, eventName, publication, from }: Found): void {
    if (this.#closed || !canPassOn(topic, event)) return;
    const id = idOf(topic, event, publication);
    if (!equalBytes(id.name, eventName) || !this.#isNew(this.#history.arrive(id, nameOf(from.id)))) return;
    const carried = { topic, event: copyOf(event), eventId: id, publishers: [from.id], visited: [], walked: 0 };
    this.#arrive({ ...carried, ttl: 1, from: from.id, fromOld: false, late: true });
  }

  /** Whether an event is to be looked at. */
  #admit(topic: unknown, event: Packed, from: Caller): topic is FilterKey {
    this.#counts.notifiesReceived += 1;
    if (isFilterKey(topic as FilterKey) && this.#rates.take(from) && canPassOn(topic as FilterKey, event)) {
      return true;
    }
    this.#counts.notifiesRefused += 1;
    return false;
  }

  #isBusy({ verified }: Caller): boolean {
    return this.#underWay.size >= (verified ? UNDER_WAY_MAX : UNDER_WAY_MAX / 2);
  }

  #isNew(seen: "new" | "known" | "again"): boolean {
    if (seen !== "new") this.#counts.duplicates += 1;
    return seen === "new";
  }

  #idsOf(ids: readonly Uint8Array[]): Uint8Array[] {
    return last(ids, this.#parts.limits.publishers).map((id) => id.slice());
  }

  /** Delivers an event that is new here, and passes it on. Returns to how many. */
  #arrive(arrival: Arrival): number {
    const own = this.#parts.subscribed(arrival.topic);
    const sent = this.#passOn(arrival, own !== undefined);
    if (own !== undefined) {
      this.#counts.delivered += 1;
      this.#parts.received(own, arrival.event);
    }
    return sent;
  }

  #passOn(arrival: Arrival, isDelivery: boolean): number {
    const { id, neighbours, random } = this.#parts;
    const { topic, event, eventId, from, fromOld, late } = arrival;
    const key = keyOf(eventId);
    const isOwn = from === null;
    const publishers = isDelivery ? joinIds(arrival.publishers, [id]) : arrival.publishers;
    const visited = joinIds(arrival.visited, isDelivery ? [] : [id]);
    const met = [id, ...publishers, ...visited, ...(isOwn ? [] : [from])];
    const known = new Set(met.map(nameOf));
    const around = neighbours.all().filter((neighbour) => !known.has(neighbourName(neighbour)));
    const { subscribers, towards, others } = choose(around, topic, publishers, met, random);
    const [now, told] = late ? [[], subscribers] : shared(subscribers, isOwn ? FANOUT : FANOUT - 1);
    if (told.length > 0) this.#offers.keep({ topic, event, eventId }, told);
    if (late) return 0;
    // As for the originals, finding a subscriber is no hop.
    const ttl = isOwn || isDelivery ? arrival.ttl : arrival.ttl - 1;
    if (ttl < 1) return this.#die("ttl");
    const walked = isDelivery ? 0 : arrival.walked + (isOwn ? 0 : 1);
    const search = SEARCHES[Math.min(Math.max(publishers.length, 1), SEARCHES.length) - 1];
    const isSearch = publishers.length > 0 && (isDelivery || !fromOld);
    const hopsMax = search.hops + (towards.length > 0 ? IN_SIGHT_HOPS : 0);
    const hops = isSearch ? Math.min(ttl, hopsMax - walked) : ttl;
    const hasHops = hops > 0;
    if (!hasHops && now.length === 0) return this.#die("ttl");
    const walks = !hasHops ? 0 : isDelivery ? walksBeside(now.length, search.walks) : now.length > 0 ? 0 : 1;
    const ahead = [...towards, ...others];
    const plan = {
      carried: {
        topic,
        event,
        eventId,
        publishers: joinIds(publishers, now.map((neighbour) => neighbour.id)),
        visited: joinIds(visited, ahead.slice(0, walks).map((neighbour) => neighbour.id)),
        ttl,
        walked,
      },
      hops: Math.max(hops, 1),
      subscribers: now,
      others: hasHops ? ahead : [],
      walks,
      mustGoOn: !isDelivery,
      missed: (neighbour: KnownNeighbour) => {
        if (neighbour.isOurs) this.#offers.keep({ topic, event, eventId }, [neighbour]);
      },
      has: (neighbour: KnownNeighbour) => this.#offers.noteHas(key, [neighbour.id]),
      silent: (neighbour: KnownNeighbour) => neighbours.silent?.(neighbour),
      died: (reason: "nobody" | "silent") => void this.#die(reason),
    };
    const { rpc, limits } = this.#parts;
    const parts = {
      id,
      rpc,
      publishers: limits.publishers,
      underWay: this.#underWay,
      sent: () => void (this.#counts.notifiesSent += 1),
    };
    return new Passing(parts, plan).begin();
  }

  #die(reason: "ttl" | "nobody" | "silent"): 0 {
    this.#died[reason] += 1;
    this.#parts.tell({ type: "walk-died", reason });
    return 0;
  }
}

/** Who of the neighbours that subscribe is sent an event at once, and who is told of it. Originals take no offers. */
function shared(
  subscribers: readonly KnownNeighbour[],
  fanout: number,
): [now: KnownNeighbour[], told: KnownNeighbour[]] {
  const ours = subscribers.filter(({ isOurs }) => isOurs);
  const old = subscribers.filter(({ isOurs }) => !isOurs);
  return [[...ours.slice(0, fanout), ...old], ours.slice(fanout)];
}

/** How many walks begin after a delivery, the less the more subscribers are sent the event at once: these begin some, too. */
function walksBeside(subscribers: number, walks: number): number {
  return Math.max(0, walks - Math.floor(subscribers / 2));
}

/** The bytes of a datagram are not kept. */
function copyOf(event: Packed): Packed {
  return new Packed(event.bytes.slice());
}

function ownKey(topic: FilterKey): FilterKey {
  return topic instanceof Uint8Array ? topic.slice() : topic;
}
