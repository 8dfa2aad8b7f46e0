/**
 * Events as lines, in order, whoever reads them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { escapeText } from "../../../codec/mod.ts";
import { type ExactJson, exactJson } from "../../../codec/json/mod.ts";
import { plural } from "../../../codec/text/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import { jsonText } from "../../user-api/mod.ts";
import type { Streams } from "../command.ts";
import { escapeJson } from "../json/mod.ts";

/** Lines that wait until somebody reads them; further ones are lost, which is told. */
const WAITING_MAX = 8192;

/** What is listened to. */
interface Sources {
  readonly topics: readonly string[];
  /** The file of the schema that events are of, if they are of one. */
  readonly schema: string | null;
  /** Whether they are printed as they come, so that it is known when that was. */
  readonly live: boolean;
}

/** Prints events. */
export class EventLines {
  readonly #streams: Streams;
  readonly #json: boolean;
  readonly #sources: Sources;
  #waiting = 0;
  #lost = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(streams: Streams, json: boolean, sources: Sources) {
    this.#streams = streams;
    this.#json = json;
    this.#sources = sources;
  }

  /** A notification of the node has come. */
  told(method: string, text: string): void {
    const { params } = exactJson(text) as { readonly params: { readonly [key: string]: ExactJson } };
    if (method === "event") this.event(params.topic ?? "", params.event);
    else if (method === "dropped") this.#warn(Number(params.count));
  }

  /** An event has come. */
  event(topic: ExactJson, event: ExactJson): void {
    // What is lost is lost in one piece, and that is told where it is missing.
    if (this.#waiting === WAITING_MAX || this.#lost > 0) {
      this.#lost += 1;
      return;
    }
    this.#waiting += 1;
    const line = this.#json ? this.#jsonLine(topic, event) : this.#textLine(topic, event);
    this.#last = this.#last.then(() => this.#streams.write(Buffer.from(`${line}\n`))).then(() => {
      this.#waiting -= 1;
      if (this.#waiting > 0 || this.#lost === 0) return;
      this.#warn(this.#lost);
      this.#lost = 0;
    });
  }

  /** Resolves when all lines are written. */
  written(): Promise<void> {
    return this.#last;
  }

  #jsonLine(topic: ExactJson, event: ExactJson): string {
    const { schema, live } = this.#sources;
    const time = live ? { time: new Date(systemClock.now()).toISOString() } : {};
    return escapeJson(jsonText({ ...time, ...(schema === null ? { topic } : { schema }), event }));
  }

  #textLine(topic: ExactJson, event: ExactJson): string {
    return this.#sources.topics.length > 1 ? `${plainText(topic)}: ${plainText(event)}` : plainText(event);
  }

  #warn(count: number): void {
    this.#streams.err(`warning: ${plural(count, "event")} came faster than they were read, and are lost\n`);
  }
}

/** A text as it is, another value as JSON, with nothing left that a terminal could obey. */
function plainText(value: ExactJson): string {
  return typeof value === "string" ? escapeText(value) : escapeJson(jsonText(value));
}
