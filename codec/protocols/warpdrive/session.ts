/**
 * Decodes the bytes of a session to messages.
 *
 * The decoder follows both directions at once, because the meaning of a reply depends on its request. It accepts the
 * bytes in chunks of any size, and reports everything for which an original node would have closed the connection.
 *
 * @module
 */

import { ClientSide } from "./session-client.ts";
import type { Direction, SessionMessage } from "./session-message.ts";
import { ServerSide } from "./session-server.ts";
import type { SessionOptions } from "./session-side.ts";

/** Decodes one session. */
export class SessionDecoder {
  readonly #client: ClientSide;
  readonly #server: ServerSide;
  readonly #messages: SessionMessage[] = [];

  constructor(options: SessionOptions) {
    const emit = (message: SessionMessage) => void this.#messages.push(message);
    this.#server = new ServerSide(options, emit);
    this.#client = new ClientSide(options, emit, this.#server);
  }

  /** Takes the next bytes of a direction. Messages come back in the order in which they are complete. */
  push(dir: Direction, chunk: Uint8Array): SessionMessage[] {
    if (chunk.length === 0) return [];
    if (dir === "C>S") {
      this.#client.push(chunk);
    } else {
      this.#client.answered();
      this.#server.push(chunk);
    }
    return this.#messages.splice(0);
  }

  /** Says that a recording left out `count` bytes here. The message that they belong to ends with them. */
  elide(dir: Direction, count: number): SessionMessage[] {
    if (dir === "C>S") this.#client.elide(count);
    else this.#server.elide(count);
    return this.#messages.splice(0);
  }

  /** Says that the connection is closed: what is incomplete now stays so. */
  finish(): SessionMessage[] {
    this.#client.finish();
    this.#server.finish();
    return this.#messages.splice(0);
  }
}
