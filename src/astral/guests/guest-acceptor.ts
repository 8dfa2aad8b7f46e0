/**
 * Lets guests in: gives each a place, finds out which protocol it speaks, and serves it.
 *
 * @module
 */

import type { Socket } from "node:net";
import { CodecError } from "../../../codec/mod.ts";
import { HostError } from "../../host/mod.ts";
import { turn } from "../../host/timing/mod.ts";
import { Connection, type ObjectFormat } from "../channels/mod.ts";
import type { Core } from "../service-context.ts";
import type { GuestTransport } from "../events.ts";
import { serve2023 } from "./guest-2023.ts";
import { serve2026 } from "./guest-2026.ts";
import { type Guest, guestOn, type Guests, type Place } from "./guests.ts";
import type { GuestProtocol } from "../options.ts";

/** What the objects begin with that a guest of 2026 can send without having been greeted. */
const OBJECT_PREFIX = "mod.apphost.";

/** The way in. */
export class Door {
  readonly #core: Core;
  readonly #guests: Guests;

  constructor(core: Core, guests: Guests) {
    this.#core = core;
    this.#guests = guests;
  }

  /** A place for a socket, until it is closed; `null` if it was cut off because there is none. */
  place(socket: Socket, transport: GuestTransport): Place | null {
    const place = this.#guests.admit(() => socket.destroy());
    if (place === null) {
      this.#core.emit({ type: "refused", guest: 0, reason: "There are too many guests" });
      socket.destroy();
      return null;
    }
    this.#core.emit({ type: "guest", guest: place.number, transport });
    socket.once("close", () => place.leave());
    return place;
  }

  /** Serves whoever has connected to a plain socket. */
  accept(accepted: Socket, transport: GuestTransport, protocol: GuestProtocol): void {
    const { socket, stream } = this.#core.sockets.accept(accepted);
    const place = this.place(socket, transport);
    if (place === null) return;
    const connection = new Connection(stream);
    void this.serve(connection, place, transport, async (guest) => {
      const is2026 = protocol === "2026" || (protocol === "auto" && await this.#waitsForGreeting(guest));
      await (is2026 ? serve2026(guest, this.#core, "binary") : serve2023(guest, this.#core));
    });
  }

  /** Serves a guest of 2026 on a connection of any kind. */
  async acceptObjects(
    connection: Connection,
    place: Place,
    transport: GuestTransport,
    format: ObjectFormat,
  ): Promise<void> {
    await this.serve(connection, place, transport, (guest) => serve2026(guest, this.#core, format));
  }

  /** Runs a session. Whatever goes wrong in it ends this connection, and nothing else. */
  async serve(
    connection: Connection,
    place: Place,
    transport: GuestTransport,
    session: (guest: Guest) => Promise<void>,
  ): Promise<void> {
    const guest = guestOn(connection, place, transport, this.#core.clock);
    guest.hurry(this.#core.limits.commandTimeoutMs);
    try {
      await session(guest);
    } catch (error) {
      this.#core.emit({ type: "refused", guest: place.number, reason: reasonOf(error) });
      connection.abort(error);
    } finally {
      guest.rest();
    }
  }

  /**
   * Whether a guest is one of 2026: it says nothing before it is greeted, or begins with an object. One of 2023 sends
   * its token at once.
   */
  async #waitsForGreeting({ connection }: Guest): Promise<boolean> {
    const { clock, limits: { greetAfterMs } } = this.#core;
    let piece: Uint8Array | null;
    try {
      piece = await connection.peek(clock, greetAfterMs).catch(async (error) => {
        if (!(error instanceof HostError) || error.code !== "timeout") throw error;
        // When the process is busy, bytes may be there that nobody has fetched yet.
        await turn();
        return await connection.peek(clock, 1);
      });
    } catch (error) {
      if (error instanceof HostError && error.code === "timeout") return true;
      throw error;
    }
    return piece !== null && new TextDecoder().decode(piece.subarray(1, 1 + OBJECT_PREFIX.length)) === OBJECT_PREFIX;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CodecError) return `Bytes that are no message: ${error.message}`;
  return error instanceof Error ? error.message : "The session failed";
}
