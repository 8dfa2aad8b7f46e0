/**
 * What a client is told as it comes.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
import { exactJson } from "../../codec/json/mod.ts";
import { Packed } from "../../codec/msgpack/mod.ts";
import type { StorjNode } from "../storj/mod.ts";
import type { Wanted } from "./calls/mod.ts";

/** Tells something to the client. */
type Tell = (method: "message" | "event" | "stream", params: unknown) => void;

/** Something that is listened to. */
interface Loop {
  readonly items: AsyncIterableIterator<unknown>;
  tell(item: unknown): void;
}

/** What one client listens to. */
export class Listening {
  readonly #node: StorjNode;
  readonly #tell: Tell;
  /** What is listened to already, by name: once is enough. */
  readonly #loops = new Map<string, Loop>();

  constructor(node: StorjNode, tell: Tell) {
    this.#node = node;
    this.#tell = tell;
  }

  /**
   * Listens to what is wanted, besides what was wanted before: to all of it, or to nothing.
   *
   * @throws StorjError as `StorjNode.topic` and `StorjNode.content`
   */
  add({ messages, streams, topics, schemas }: Wanted): void {
    const loops = new Map<string, Loop>();
    try {
      if (messages) this.#begin(loops, "messages", () => this.#messages());
      if (streams) this.#begin(loops, "streams", () => this.#streams());
      for (const topic of topics) this.#begin(loops, `topic ${nameOf(topic)}`, () => this.#topic(topic));
      for (const schema of schemas) this.#begin(loops, `schema ${nameOf(schema)}`, () => this.#content(schema));
    } catch (error) {
      endAll(loops);
      throw error;
    }
    for (const [name, loop] of loops) {
      this.#loops.set(name, loop);
      void this.#follow(loop);
    }
  }

  /** Ends all of it. */
  close(): void {
    endAll(this.#loops);
    this.#loops.clear();
  }

  #begin(loops: Map<string, Loop>, name: string, begin: () => Loop): void {
    if (!this.#loops.has(name) && !loops.has(name)) loops.set(name, begin());
  }

  #messages(): Loop {
    const items = this.#node.messages({ packed: true });
    return { items, tell: (message) => this.#tell("message", message) };
  }

  #topic(topic: Wanted["topics"][number]): Loop {
    const items = this.#node.topic(topic, { packed: true });
    return { items, tell: (event) => this.#tell("event", { topic, event }) };
  }

  #content(given: Wanted["schemas"][number]): Loop {
    const items = this.#node.content(given, { packed: true });
    const schema = objectOf(given);
    return { items, tell: (event) => this.#tell("event", { schema, event }) };
  }

  #streams(): Loop {
    const items = this.#node.incomingStreams();
    return {
      items,
      tell: (item) => {
        const { id } = item as { readonly id: string };
        this.#tell("stream", { streamid: id, nodeid: this.#node.streamList()[id]?.[0] ?? null });
      },
    };
  }

  async #follow({ items, tell }: Loop): Promise<void> {
    try {
      for await (const item of items) tell(item);
    } catch {
      // The node is closed, and so will the client be.
    }
  }
}

/** A schema as its value, as it was written. */
function objectOf(schema: Wanted["schemas"][number]): unknown {
  try {
    return typeof schema === "string" ? exactJson(schema) : schema;
  } catch {
    // Nodes read texts as Python does: what is no JSON for others stays a text.
    return schema;
  }
}

function endAll(loops: ReadonlyMap<string, Loop>): void {
  for (const { items } of loops.values()) void items.return?.();
}

function nameOf(value: string | number | Uint8Array | Packed | object): string {
  if (value instanceof Packed) return formatHex(value.bytes);
  return value instanceof Uint8Array ? formatHex(value) : String(value);
}
