/**
 * Publish/subscribe in a network of many nodes: what a subscription costs, whether events reach those who subscribe, and what
 * that takes.
 *
 * @module
 */

import { type Arrival, type Member, PubsubWorld, type Sent } from "./pubsub-world.ts";
import { rounded, type Spread, spread } from "./report.ts";

/** What happens. */
export interface PubsubScenario {
  readonly nodes: number;
  /** The share of datagrams that is lost. */
  readonly loss: number;
  /** How many nodes subscribe to each topic. */
  readonly subscribers: number | "half" | "all";
  /** Topics; without churn there is one event on each. */
  readonly topics: number;
  /** In so many minutes a tenth of the nodes is replaced, and an event published every second; 0 for none. */
  readonly churnMinutes: number;
  /** How many of the nodes are originals. */
  readonly old: number;
  /** Levels of the filters of originals. */
  readonly oldDepth: number;
  readonly seed: number;
}

/** What is simulated unless something else is asked for. */
export const PUBSUB: PubsubScenario = Object.freeze({
  nodes: 50,
  loss: 0.01,
  subscribers: 1,
  topics: 200,
  churnMinutes: 0,
  old: 0,
  oldDepth: 3,
  seed: 1,
});

/** Deliveries of those that should be. */
export interface Share {
  readonly expected: number;
  readonly delivered: number;
}

/** What came of it. */
export interface PubsubFigures extends Share {
  readonly nodes: number;
  readonly loss: number;
  readonly subscribers: number | "half" | "all";
  readonly topics: number;
  readonly churnMinutes: number;
  readonly old: number;
  readonly seed: number;
  readonly events: number;
  /** Events that came to somebody again, or to somebody who has not subscribed. */
  readonly doubled: number;
  readonly strays: number;
  /** Requests that carry an event, to anybody, until it is delivered; and how few hops lead there. */
  readonly requestsUntil: Spread;
  readonly hops: Spread;
  /** Milliseconds of virtual time until an event is delivered. */
  readonly ms: Spread;
  /** Requests that carry an event, for each delivery; and all datagrams of events, with answers and repeats. */
  readonly requestsPerDelivery: number;
  readonly datagramsPerDelivery: number;
  /** The most requests for one event. */
  readonly requestsMax: number;
  /** What one subscription costs when no other is made: requests about filters, and the bytes of each. */
  readonly updates: number;
  readonly updateBytes: number;
  /** Routing tables of ours that are not the same after 200 subscriptions at once. */
  readonly tablesChanged: number;
  /** Between ours and originals, who publish and who subscribe. Null where there are no originals. */
  readonly between: Readonly<Record<"oursToOurs" | "oursToOld" | "oldToOurs" | "oldToOld", Share>> | null;
  readonly wallS: number;
  readonly digest: string;
}

const JOIN_GAP_MS = 10;
const FIRST_GAPS_MS = 1000;
/** After which newcomers are known, and neighbours agreed on. */
const SETTLE_MS = 60_000;
/** After which all know of a subscription. */
const SUBSCRIBED_MS = 10_000;
const EVENT_GAP_MS = 100;
/** Originals tell no more than 300 changes before their refresh: after it all is known. */
const REFRESHED_MS = 600_000;
/** After which an event has come wherever it comes. */
const DELIVERED_MS = 20_000;
/** Subscriptions that are made one by one. */
const LONE = 5;
const AT_ONCE = 200;
const SLICE_MS = 50;
const MINUTE_MS = 60_000;
/** The share of nodes that churn replaces. */
const REPLACED = 0.1;

/** A simulation that runs, for those who want to look at it in between. */
export class PubsubSimulation {
  readonly scenario: PubsubScenario;
  readonly pubsub: PubsubWorld;
  readonly #startMs = performance.now();
  #updates = 0;
  #updateBytes = 0;
  #tablesChanged = 0;

  constructor(scenario: PubsubScenario) {
    this.scenario = scenario;
    const { seed, loss, nodes } = scenario;
    this.pubsub = new PubsubWorld({ seed, loss, nodes: Math.ceil(nodes * (1 + REPLACED)) });
  }

  /** All of it. */
  async run(): Promise<PubsubFigures> {
    await this.join();
    await this.subscribeOneByOne();
    await this.subscribeAtOnce();
    await this.subscribe();
    if (this.scenario.churnMinutes > 0) await this.churn(this.scenario.churnMinutes);
    else await this.publish();
    return this.figures();
  }

  /** All nodes join, one after the other. */
  async join(): Promise<void> {
    const { pubsub, scenario: { nodes, old } } = this;
    const joins: Promise<unknown>[] = [];
    for (let index = 0; index < nodes; index++) {
      // The originals are spread among ours, and the first is of ours if any is.
      const isOriginal = Math.floor((index + 1) * old / nodes) > Math.floor(index * old / nodes);
      joins.push((isOriginal ? pubsub.addOriginal(this.scenario.oldDepth) : pubsub.addOurs()).joined);
      await pubsub.world.pass(Math.max(JOIN_GAP_MS, FIRST_GAPS_MS / (index + 1)));
    }
    await pubsub.world.until(Promise.all(joins));
    await pubsub.world.pass(SETTLE_MS);
  }

  /** Some subscribe while nobody else does, and what that costs is measured. They unsubscribe again. */
  async subscribeOneByOne(): Promise<void> {
    const { pubsub } = this;
    const { filters } = pubsub.traffic.counts;
    const done: [Member, string][] = [];
    pubsub.traffic.reset();
    for (let index = 0; index < LONE; index++) {
      const member = pubsub.anybody();
      pubsub.subscribe(member, `lone ${index}`);
      done.push([member, `lone ${index}`]);
      await pubsub.world.pass(SUBSCRIBED_MS, SLICE_MS);
    }
    this.#updates = filters.requests / LONE;
    this.#updateBytes = filters.requestBytes / filters.requests;
    for (const [member, topic] of done) pubsub.unsubscribe(member, topic);
    await pubsub.world.pass(SUBSCRIBED_MS, SLICE_MS);
  }

  /** Many subscribe at the same moment: that must not change anybody's routing table. They unsubscribe again. */
  async subscribeAtOnce(): Promise<void> {
    const { pubsub } = this;
    const before = pubsub.tables();
    const members = Array.from({ length: AT_ONCE }, () => pubsub.anybody());
    for (const [index, member] of members.entries()) pubsub.subscribe(member, `at once ${index}`);
    await pubsub.world.pass(SUBSCRIBED_MS, SLICE_MS);
    const after = pubsub.tables();
    this.#tablesChanged = before.filter((table, index) => table !== after[index]).length;
    for (const [index, member] of members.entries()) pubsub.unsubscribe(member, `at once ${index}`);
    await pubsub.world.pass(SUBSCRIBED_MS, SLICE_MS);
  }

  /** Each topic gets its subscribers. */
  async subscribe(): Promise<void> {
    const { pubsub, scenario: { topics, old } } = this;
    for (let index = 0; index < topics; index++) {
      for (const member of this.#some(this.#subscriberCount())) pubsub.subscribe(member, `topic ${index}`);
    }
    await pubsub.world.pass(old > 0 ? REFRESHED_MS : SUBSCRIBED_MS, SLICE_MS);
  }

  /** An event on each topic, by somebody who has not subscribed, if there is such a one. */
  async publish(): Promise<void> {
    const { pubsub, scenario: { topics } } = this;
    pubsub.traffic.reset();
    for (let index = 0; index < topics; index++) {
      this.#publishOn(`topic ${index}`);
      await pubsub.world.pass(EVENT_GAP_MS);
    }
    await pubsub.world.pass(DELIVERED_MS, SLICE_MS);
  }

  /** A tenth of the nodes is replaced; a newcomer subscribes to what the one had subscribed to that went. */
  async churn(minutes: number): Promise<void> {
    const { pubsub, scenario: { topics } } = this;
    const { random } = pubsub.world.network;
    pubsub.traffic.reset();
    const endMs = pubsub.nowMs + minutes * MINUTE_MS;
    const times = Array.from(
      { length: Math.round(REPLACED * pubsub.members.length) },
      () => pubsub.nowMs + random.next() * minutes * MINUTE_MS,
    ).sort((a, b) => b - a);
    for (let index = 0; pubsub.nowMs < endMs; index++) {
      while (times.length > 0 && times.at(-1)! <= pubsub.nowMs) {
        times.pop();
        this.#replace();
      }
      this.#publishOn(`topic ${index % topics}`);
      await pubsub.world.pass(1000, SLICE_MS);
    }
    await pubsub.world.pass(DELIVERED_MS, SLICE_MS);
  }

  /** What came of it so far. */
  figures(): PubsubFigures {
    const { pubsub, scenario: { oldDepth: _, ...scenario } } = this;
    const arrivals: Arrival[] = [];
    const between = { oursToOurs: newShare(), oursToOld: newShare(), oldToOurs: newShare(), oldToOld: newShare() };
    for (const sent of pubsub.sent) {
      for (const member of this.#expected(sent)) {
        const kind = `${nameOf(sent.publisher)}To${member.isOriginal ? "Old" : "Ours"}` as const;
        between[kind].expected += 1;
        const arrival = sent.came.get(member);
        if (arrival === undefined) continue;
        between[kind].delivered += 1;
        arrivals.push(arrival);
      }
    }
    const expected = Object.values(between).reduce((sum, share) => sum + share.expected, 0);
    const sum = (of: (sent: Sent) => number) => pubsub.sent.reduce((total, sent) => total + of(sent), 0);
    return {
      ...scenario,
      events: pubsub.sent.length,
      expected,
      delivered: arrivals.length,
      doubled: pubsub.doubled,
      strays: pubsub.strays,
      requestsUntil: spread(arrivals.map(({ requests }) => requests)),
      hops: spread(arrivals.map(({ hops }) => hops)),
      ms: spread(arrivals.map(({ ms }) => ms)),
      requestsPerDelivery: rounded(sum(({ course }) => course.requests) / arrivals.length, 2),
      datagramsPerDelivery: rounded(sum(({ course }) => course.datagrams) / arrivals.length, 2),
      requestsMax: Math.max(0, ...pubsub.sent.map(({ course }) => course.requests)),
      updates: rounded(this.#updates, 1),
      updateBytes: rounded(this.#updateBytes, 1),
      tablesChanged: this.#tablesChanged,
      between: scenario.old > 0 ? between : null,
      wallS: rounded((performance.now() - this.#startMs) / 1000, 1),
      digest: pubsub.world.network.digest(),
    };
  }

  /** Those who had subscribed for long enough when an event was published, and lived long enough. */
  #expected({ topic, publisher, atMs }: Sent): Member[] {
    return this.pubsub.ever.filter((member) => {
      const sinceMs = member.topics.get(topic);
      return member !== publisher && sinceMs !== undefined && sinceMs <= atMs - SUBSCRIBED_MS &&
        member.endedMs > atMs + DELIVERED_MS;
    });
  }

  #publishOn(topic: string): void {
    const { pubsub, scenario: { subscribers } } = this;
    const isFree = ({ topics, joinedMs }: Member) =>
      joinedMs < Infinity && (subscribers === "all" || !topics.has(topic));
    pubsub.publish(pubsub.anybody(isFree), topic);
  }

  #replace(): void {
    const { pubsub } = this;
    const victim = pubsub.anybody(({ isOriginal, joinedMs }) => !isOriginal && joinedMs < Infinity);
    pubsub.end(victim);
    const { member, joined } = pubsub.addOurs();
    void joined.then(() => [...victim.topics.keys()].forEach((topic) => pubsub.subscribe(member, topic)));
  }

  #subscriberCount(): number {
    const { nodes, subscribers } = this.scenario;
    return subscribers === "all" ? nodes : subscribers === "half" ? Math.floor(nodes / 2) : subscribers;
  }

  #some(count: number): Set<Member> {
    const chosen = new Set<Member>();
    if (count === this.pubsub.members.length) return new Set(this.pubsub.members);
    while (chosen.size < count) chosen.add(this.pubsub.anybody());
    return chosen;
  }
}

function newShare(): { expected: number; delivered: number } {
  return { expected: 0, delivered: 0 };
}

function nameOf({ isOriginal }: Member): "old" | "ours" {
  return isOriginal ? "old" : "ours";
}
