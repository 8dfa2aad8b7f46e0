/**
 * What a client is told as it comes.
 *
 * @module
 */

import { formatHex } from "../../codec/mod.ts";
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
  readonly #stop = new AbortController();
  /** What is listened to already: once is enough. */
  readonly #names = new Set<string>();

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
      for (const topic of topics) this.#begin(loops, `topic ${nameOf(topic)}`, () => this.#events({ topic }));
      for (const schema of schemas) this.#begin(loops, `schema ${nameOf(schema)}`, () => this.#events({ schema }));
    } catch (error) {
      for (const { items } of loops.values()) void items.return?.();
      throw error;
    }
    for (const [name, loop] of loops) {
      this.#names.add(name);
      void this.#follow(loop);
    }
  }

  /** Ends all of it. */
  close(): void {
    this.#stop.abort();
  }

  #begin(loops: Map<string, Loop>, name: string, begin: () => Loop): void {
    if (!this.#names.has(name) && !loops.has(name)) loops.set(name, begin());
  }

  #messages(): Loop {
    const items = this.#node.messages({ signal: this.#stop.signal, packed: true });
    return { items, tell: (message) => this.#tell("message", message) };
  }

  #events(of: { readonly topic: Wanted["topics"][number] } | { readonly schema: Wanted["schemas"][number] }): Loop {
    const options = { signal: this.#stop.signal, packed: true } as const;
    const items = "topic" in of ? this.#node.topic(of.topic, options) : this.#node.content(of.schema, options);
    return { items, tell: (event) => this.#tell("event", { ...of, event }) };
  }

  #streams(): Loop {
    const items = this.#node.incomingStreams({ signal: this.#stop.signal });
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
      for await (const item of items) {
        if (this.#stop.signal.aborted) return;
        tell(item);
      }
    } catch {
      // The node is closed, and so will the client be.
    }
  }
}

function nameOf(value: string | number | Uint8Array | Packed | object): string {
  if (value instanceof Packed) return formatHex(value.bytes);
  return value instanceof Uint8Array ? formatHex(value) : String(value);
}
