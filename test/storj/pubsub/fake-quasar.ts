/**
 * Publish/subscribe among nodes that are not there: it notes what it is told, and hears what a test says.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { type MsgpackValue, pack, Packed } from "../../../codec/msgpack/mod.ts";
import { type FilterKey, filterKeyBytes } from "../../../codec/protocols/storj/mod.ts";
import { OwnedWaits } from "../../../src/host/timing/wait.ts";
import { HostError } from "../../../src/host/mod.ts";
import type { Quasar, QuasarOptions } from "../../../src/quasar/mod.ts";
import { STORJ_LIMITS, type StorjLimits } from "../../../src/storj/mod.ts";
import { ManualClock } from "../../host/manual-clock.ts";
import { withStorjErrors } from "../../../src/storj/error.ts";
import { type Carrier, Topics } from "../../../src/storj/pubsub/mod.ts";

/** A fake of what carries events. */
export class FakeQuasar implements Carrier {
  readonly topics: FilterKey[] = [];
  readonly published: (readonly [topic: FilterKey, event: Packed])[] = [];
  readonly received: QuasarOptions["received"];
  isAlone = false;
  neighbours = 1;
  /** Neighbours who have told what they subscribe to. */
  known = 1;
  closed = 0;

  constructor(received: QuasarOptions["received"]) {
    this.received = received;
  }

  /** An event comes. */
  hear(topic: FilterKey, event: MsgpackValue | Packed): void {
    this.received(topic, event instanceof Packed ? event : pack(event));
  }

  subscribe(topic: FilterKey): void {
    if (this.#indexOf(topic) >= 0) throw new Error("The topic is subscribed to twice");
    this.topics.push(topic);
  }

  unsubscribe(topic: FilterKey): boolean {
    const at = this.#indexOf(topic);
    if (at >= 0) this.topics.splice(at, 1);
    return at >= 0;
  }

  publish(topic: FilterKey, event: Packed): ReturnType<Quasar["publish"]> {
    if (event.bytes.length > 8000) throw new RangeError("Cannot publish so much");
    this.published.push([topic, event]);
    if (this.#indexOf(topic) >= 0) this.received(topic, event);
    return { sent: 1, repeated: false };
  }

  get quasar(): this {
    return this;
  }

  stats(): { readonly neighbours: number; readonly known: number } {
    return { neighbours: this.neighbours, known: this.known };
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  #indexOf(topic: FilterKey): number {
    const name = formatHex(filterKeyBytes(topic));
    return this.topics.findIndex((other) => formatHex(filterKeyBytes(other)) === name);
  }
}

/** Topics on a fake. */
export interface FakeTopics {
  readonly topics: Topics;
  readonly quasar: FakeQuasar;
  readonly clock: ManualClock;
}

/** Makes topics on a fake. */
export function fakeTopics(limits: Partial<StorjLimits> = {}): FakeTopics {
  const clock = new ManualClock();
  const waits = new OwnedWaits(clock, () => new HostError("closed", "The node is closed"));
  const topics = new Topics({
    limits: { ...STORJ_LIMITS, ...limits },
    clock,
    wait: (action, options, begin) => withStorjErrors(waits.wait(action, options, begin)),
    carrier: (received) => new FakeQuasar(received),
  });
  return { topics, quasar: topics.carrier, clock };
}
