/**
 * Accepts guests: gives each a slot, finds out its protocol, and serves it.
 *
 * @module
 */

import type { Socket } from "node:net";
import { CodecError } from "../../../codec/mod.ts";
import { HostError } from "../../host/mod.ts";
import { nextMacrotask } from "../../host/timing/mod.ts";
import { Connection, type ObjectFormat } from "../channels/mod.ts";
import type { ServiceContext } from "../service-context.ts";
import type { GuestTransport } from "../events.ts";
import { serve2023 } from "./guest-2023.ts";
import { serve2026 } from "./guest-2026.ts";
import { type Guest, guestOn, type Guests, type GuestSlot } from "./guests.ts";
import type { GuestProtocol } from "../options.ts";

/** What the objects begin with that a guest of 2026 can send without having been greeted. */
const OBJECT_PREFIX = "mod.apphost.";

/** Accepts the guests of one service. */
export class GuestAcceptor {
  readonly #context: ServiceContext;
  readonly #guests: Guests;

  constructor(context: ServiceContext, guests: Guests) {
    this.#context = context;
    this.#guests = guests;
  }

  /** A slot for a socket, until it is closed; `null` if it was cut off because there is none. */
  admit(socket: Socket, transport: GuestTransport): GuestSlot | null {
    const slot = this.#guests.admit(() => socket.destroy());
    if (slot === null) {
      this.#context.emit({ type: "refused", guest: 0, reason: "There are too many guests" });
      socket.destroy();
      return null;
    }
    this.#context.emit({ type: "guest", guest: slot.number, transport });
    socket.once("close", () => slot.leave());
    return slot;
  }

  /** Serves a program that has connected to a plain socket. */
  accept(accepted: Socket, transport: GuestTransport, protocol: GuestProtocol): void {
    const { socket, stream } = this.#context.sockets.accept(accepted);
    const slot = this.admit(socket, transport);
    if (slot === null) return;
    const connection = new Connection(stream);
    void this.serve(connection, slot, transport, async (guest) => {
      const is2026 = protocol === "2026" || (protocol === "auto" && await this.#waitsForGreeting(guest));
      await (is2026 ? serve2026(guest, this.#context, "binary") : serve2023(guest, this.#context));
    });
  }

  /** Serves a guest of 2026 on a connection of any kind. */
  async acceptObjects(
    connection: Connection,
    slot: GuestSlot,
    transport: GuestTransport,
    format: ObjectFormat,
  ): Promise<void> {
    await this.serve(connection, slot, transport, (guest) => serve2026(guest, this.#context, format));
  }

  /** Runs a session. Whatever goes wrong in it ends this connection, and nothing else. */
  async serve(
    connection: Connection,
    slot: GuestSlot,
    transport: GuestTransport,
    session: (guest: Guest) => Promise<void>,
  ): Promise<void> {
    const guest = guestOn(connection, slot, transport, this.#context.clock);
    guest.setDeadline(this.#context.limits.commandTimeoutMs);
    try {
      await session(guest);
    } catch (error) {
      this.#context.emit({ type: "refused", guest: slot.number, reason: reasonOf(error) });
      connection.abort(error);
    } finally {
      guest.clearDeadline();
    }
  }

  /**
   * Whether a guest is one of 2026: it says nothing before it is greeted, or begins with an object. One of 2023 sends
   * its token at once.
   */
  async #waitsForGreeting({ connection }: Guest): Promise<boolean> {
    const { limits: { greetAfterMs } } = this.#context;
    let piece: Uint8Array | null;
    try {
      piece = await connection.peek({ timeoutMs: greetAfterMs }).catch(async (error) => {
        if (!(error instanceof HostError) || error.code !== "timeout") throw error;
        // When the process is busy, bytes may be there that nobody has fetched yet.
        await nextMacrotask();
        return await connection.peek({ timeoutMs: 1 });
      });
    } catch (error) {
      if (error instanceof HostError && error.code === "timeout") return true;
      throw error;
    }
    return piece !== null && new TextDecoder().decode(piece.subarray(1, 1 + OBJECT_PREFIX.length)) === OBJECT_PREFIX;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CodecError) return `Invalid message: ${error.message}`;
  return error instanceof Error ? error.message : "The session failed";
}
