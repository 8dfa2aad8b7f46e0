/**
 * What publish/subscribe sends, read from the datagrams themselves: how much of what, and how far each event has come.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { type Packed, unpack } from "../../codec/msgpack/mod.ts";
import { decodeDatagram } from "../../codec/protocols/storj/mod.ts";
import { numberOf } from "./world.ts";

/**
 * What a datagram is for: `filters` tell of subscriptions; `events` carry an event, or ask for one, which is in the answer;
 * `ids` say that there is one. Answers count as what they answer.
 */
export type Purpose = "filters" | "events" | "ids";

const PURPOSES: Readonly<Record<string, Purpose>> = {
  quasar_update: "filters",
  quasar_filters: "filters",
  warpwire_filters: "filters",
  quasar_notify: "events",
  warpwire_notify: "events",
  warpwire_want: "events",
  warpwire_offer: "ids",
};

/** Datagrams of a kind. */
export interface Count {
  /** Requests, each counted once however often it was sent. */
  requests: number;
  /** Datagrams of any kind, answers and repeats included, and their bytes without those of UDP and IP. */
  datagrams: number;
  bytes: number;
  /** Bytes of the requests, each counted once. */
  requestBytes: number;
}

/** How far an event has come. */
export interface Course {
  /** Requests that carry it, or whose answer does, and all datagrams about it. */
  requests: number;
  datagrams: number;
  /** When each of these requests was sent, in the order of time. */
  readonly times: number[];
  /** How few hops lead to each node by what was sent, by the number of its host. */
  readonly hops: Map<number, number>;
}

/** Requests for an event that were sent before a moment, in which its receiver may have passed it on already. */
export function requestsBefore({ times }: Course, nowMs: number): number {
  return times.filter((time) => time < nowMs).length;
}

/** Counts of what a network of publish/subscribe sends. */
export class PubsubTraffic {
  readonly counts: Readonly<Record<Purpose, Count>> = { filters: newCount(), events: newCount(), ids: newCount() };
  /** By the text of the event, and by the number of the publication, in hex digits. */
  readonly #courses = new Map<string, Course>();
  /** Requests by the number of their id, so that repeats and answers are known. */
  readonly #requests = new Map<number, { readonly purpose: Purpose; readonly course: Course | undefined }>();

  /** What is known of an event from now on. */
  follow(text: string, publisher: number): Course {
    const course = { requests: 0, datagrams: 0, times: [], hops: new Map([[publisher, 0]]) };
    this.#courses.set(text, course);
    return course;
  }

  /** Counts from nought again; answers to what was asked before count as well. */
  reset(): void {
    for (const count of Object.values(this.counts)) Object.assign(count, newCount());
  }

  /** A datagram is sent. */
  sent(bytes: Uint8Array, from: number, to: number, nowMs: number): void {
    const isRequest = (bytes[0] & 1) === 0;
    const id = numberOf(bytes);
    let request = this.#requests.get(id);
    const isNew = request === undefined;
    if (isNew) {
      const purpose = isRequest ? PURPOSES[nameOf(bytes)] : undefined;
      if (purpose === undefined) return;
      request = { purpose, course: purpose === "filters" ? undefined : this.#courseOf(bytes) };
      this.#requests.set(id, request);
    }
    const { purpose, course } = request!;
    const count = this.counts[purpose];
    count.datagrams += 1;
    count.bytes += bytes.length;
    if (course !== undefined) course.datagrams += 1;
    if (!isNew) return;
    count.requests += 1;
    count.requestBytes += bytes.length;
    if (course === undefined || purpose !== "events") return;
    if (nameOf(bytes) === "warpwire_want") advance(course, to, from, nowMs);
    else advance(course, from, to, nowMs);
  }

  #courseOf(bytes: Uint8Array): Course | undefined {
    const datagram = decodeDatagram(bytes);
    if (datagram.kind !== "request" || datagram.rpc === null) return undefined;
    const { event, publication } = datagram.args as { readonly event?: Packed; readonly publication?: Uint8Array };
    const name = publication && formatHex(publication);
    if (event === undefined) return this.#courses.get(name!);
    const course = this.#courses.get(unpack(event) as string);
    if (name !== undefined && course !== undefined) this.#courses.set(name, course);
    return course;
  }
}

function advance(course: Course, from: number, to: number, nowMs: number): void {
  course.requests += 1;
  course.times.push(nowMs);
  const hops = (course.hops.get(from) ?? Infinity) + 1;
  if (hops < (course.hops.get(to) ?? Infinity)) course.hops.set(to, hops);
}

function newCount(): Count {
  return { requests: 0, datagrams: 0, bytes: 0, requestBytes: 0 };
}

/** The name of a request, if it is as short as all are. */
function nameOf(bytes: Uint8Array): string {
  if (bytes[21] !== 0x92 || (bytes[22] & 0xe0) !== 0xa0) return "";
  return String.fromCharCode(...bytes.subarray(23, 23 + (bytes[22] & 31)));
}
