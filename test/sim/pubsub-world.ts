/**
 * A simulated network of nodes that publish and subscribe, ours and originals among them.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { pack, type Packed, unpack } from "../../codec/msgpack/mod.ts";
import type { FilterKey } from "../../codec/protocols/storj/mod.ts";
import { kademliaOverlay, type Quasar, quasar } from "../../src/quasar/mod.ts";
import { OriginalNode } from "../quasar/original-node.ts";
import { type Course, PubsubTraffic, requestsBefore } from "./pubsub-traffic.ts";
import { ipOf, type SimNode, World } from "./world.ts";

/** Addresses of originals are those of numbers that no other node has. */
const ORIGINALS_FROM = 1_000_000;
const PORT = 4653;

/** A node, of either kind. */
export interface Member {
  /** The number of its host. */
  readonly host: number;
  readonly isOriginal: boolean;
  /** When it subscribed to each of its topics, in virtual time. */
  readonly topics: Map<string, number>;
  /** When it joined, and when it ended if it did. */
  joinedMs: number;
  endedMs: number;
  /** What ours are made of. */
  readonly ours: { readonly node: SimNode; readonly quasar: Quasar } | null;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  publish(topic: string, event: Packed): void;
}

/** What becomes of an event. */
export interface Sent {
  readonly topic: string;
  readonly publisher: Member;
  readonly atMs: number;
  readonly course: Course;
  readonly came: Map<Member, Arrival>;
}

/** An event has come to a subscriber. */
export interface Arrival {
  readonly ms: number;
  /** Requests that carried it, until then, to anybody. */
  readonly requests: number;
  /** The fewest that lead there. */
  readonly hops: number;
}

/** What makes a {@link PubsubWorld}. */
export interface PubsubWorldOptions {
  readonly seed: number;
  readonly loss: number;
  readonly nodes: number;
}

/** The nodes, and the events between them. */
export class PubsubWorld {
  readonly world: World;
  readonly traffic = new PubsubTraffic();
  /** All that live, and all that ever did. */
  readonly members: Member[] = [];
  readonly ever: Member[] = [];
  readonly sent: Sent[] = [];
  /** Events that came to a member again, or that it has not subscribed to. */
  doubled = 0;
  strays = 0;
  readonly #byText = new Map<string, Sent>();
  #originals = 0;

  constructor({ seed, loss, nodes }: PubsubWorldOptions) {
    this.world = new World({ seed, loss, nodes, diversity: true, offers: ["quasar"] });
    this.world.onDatagram = (from, to, bytes) => this.traffic.sent(bytes, from, to, this.nowMs);
  }

  get nowMs(): number {
    return this.world.nowMs;
  }

  /** A random member, of those that are so. */
  anybody(isSo: (member: Member) => boolean = () => true): Member {
    for (;;) {
      const member = this.members[Math.floor(this.world.network.random.next() * this.members.length)];
      if (isSo(member)) return member;
    }
  }

  /** A node of ours comes. Returns it, and what becomes of its joining. */
  addOurs(): { readonly member: Member; readonly joined: Promise<unknown> } {
    const via = this.#somebody();
    const node = this.world.start("honest", undefined, ({ type }) => {
      if (type === "contact-added" || type === "contact-gone") overlay.changed();
    });
    const { host: { clock, random }, rpc, engine } = node;
    const overlay = kademliaOverlay(engine, { clock });
    const pubsub = quasar({
      overlay,
      rpc,
      clock,
      random,
      received: (topic, event) => this.#received(member, topic, event),
    });
    const member = this.#member(node.host.index, { node, quasar: pubsub }, {
      subscribe: (topic) => pubsub.subscribe(topic),
      unsubscribe: (topic) => pubsub.unsubscribe(topic),
      publish: (topic, event) => pubsub.publish(topic, event),
    });
    return { member, joined: engine.bootstrap(via).then(() => void (member.joinedMs = this.nowMs)) };
  }

  /** An original comes. */
  addOriginal(depth: number = 3): { readonly member: Member; readonly joined: Promise<unknown> } {
    const [via] = this.#somebody();
    const at = `udp:${ipOf(ORIGINALS_FROM + this.#originals++)}:${PORT}`;
    const node = new OriginalNode(this.world.network, {
      at,
      depth,
      received: (topic, event) => this.#received(member, topic, event),
    });
    const member = this.#member(node.node.host.index, null, {
      subscribe: (topic) => node.subscribe(topic),
      unsubscribe: (topic) => node.subscriptions.delete(topic),
      publish: (topic, event) => node.publish(topic, event),
    });
    const joined = (via === undefined ? Promise.resolve() : node.join(via)).then(() =>
      void (member.joinedMs = this.nowMs)
    );
    return { member, joined };
  }

  /** Ends a node of ours without a word. */
  end(member: Member): void {
    member.endedMs = this.nowMs;
    this.members.splice(this.members.indexOf(member), 1);
    this.world.kill(member.ours!.node);
  }

  subscribe(member: Member, topic: string): void {
    member.subscribe(topic);
    member.topics.set(topic, this.nowMs);
  }

  unsubscribe(member: Member, topic: string): void {
    member.unsubscribe(topic);
    member.topics.delete(topic);
  }

  /** Publishes an event that there was not before. */
  publish(member: Member, topic: string): Sent {
    const text = `event ${this.sent.length} of ${topic}`;
    const course = this.traffic.follow(text, member.host);
    const sent = { topic, publisher: member, atMs: this.nowMs, course, came: new Map() };
    this.sent.push(sent);
    this.#byText.set(text, sent);
    member.publish(topic, pack(text));
    return sent;
  }

  /** The contacts of all nodes of ours, as texts that are equal only if they are the same. */
  tables(): readonly string[] {
    return this.members.flatMap(({ ours }) => ours === null ? [] : [tableOf(ours.node)]);
  }

  #somebody(): string[] {
    if (this.members.length === 0) return [];
    const { host } = this.anybody(({ joinedMs }) => joinedMs < Infinity);
    return [this.world.network.hosts[host].addresses()[0]];
  }

  #member(
    host: number,
    ours: Member["ours"],
    does: Pick<Member, "publish"> & { subscribe(topic: string): void; unsubscribe(topic: string): void },
  ): Member {
    const first = this.members.length === 0;
    const times = { joinedMs: first ? this.nowMs : Infinity, endedMs: Infinity };
    const member = { host, ours, isOriginal: ours === null, topics: new Map(), ...times, ...does };
    this.members.push(member);
    this.ever.push(member);
    return member;
  }

  #received(member: Member, topic: FilterKey, event: Packed): void {
    const sent = this.#byText.get(unpack(event) as string);
    if (sent === undefined || sent.topic !== topic || !member.topics.has(sent.topic)) this.strays += 1;
    else if (sent.came.has(member)) this.doubled += 1;
    else {
      const { course } = sent;
      const hops = course.hops.get(member.host) ?? Infinity;
      sent.came.set(member, { ms: this.nowMs - sent.atMs, requests: requestsBefore(course, this.nowMs), hops });
    }
  }
}

function tableOf({ engine }: SimNode): string {
  return engine.contacts().map(({ contact: { id, address } }) => `${formatHex(id)} ${address}`).sort().join("\n");
}
