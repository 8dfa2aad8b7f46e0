/**
 * The messages that have come and that nobody has taken yet: one queue for handlers, iterators and lists.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { Packed, unpack } from "../../../codec/msgpack/mod.ts";
import type { Caller } from "../../rpc/mod.ts";
import type { Given, ListenOptions, MessageHandler, ReceivedMessage, ValueOptions } from "../api.ts";
import type { Ground } from "../ground.ts";
import type { InboxStats } from "../stats.ts";
import { formOf } from "../values.ts";
import { type Place, Places } from "./places.ts";
import { Reader, type ReaderSource, type Waiter } from "./reader.ts";

/** A message as it is kept. */
export interface KeptMessage {
  /** The id of the sender, 20 bytes; null for a relayed message without a signature. */
  readonly from: Uint8Array | null;
  readonly message: Packed;
  /** Whether other nodes passed it on. */
  readonly relayed: boolean;
}

/** Told what waits, so that it survives the program. */
export interface InboxKeeper {
  /** A message waits. The numbers grow, with gaps. */
  added(sequence: number, entry: KeptMessage): void;
  /** Messages wait no more. */
  taken(sequences: readonly number[]): void;
}

/** A message that waits. */
interface Entry extends KeptMessage {
  readonly sequence: number;
  readonly place: Place;
}

/** A handler; the same function may be given several times. */
interface Registration {
  readonly handler: MessageHandler;
}

/**
 * The inbox of a node. While there are handlers, each message goes to all of them; otherwise to whoever asks first, a
 * loop over {@link Inbox.iterate} or a list. Direct and relayed messages have bounds of their own, but one order.
 */
export class Inbox implements ReaderSource<KeptMessage> {
  readonly #tell: Ground["tell"];
  readonly #keep: InboxKeeper | null;
  readonly #places: { readonly direct: Places; readonly relayed: Places };
  readonly #waiting = { direct: new Set<Entry>(), relayed: new Set<Entry>() };
  readonly #handlers = new Set<Registration>();
  /** Loops, and what those of them wait for who wait, the longest first. */
  readonly #readers = new Set<{ end(): void }>();
  readonly #waiters = new Set<Waiter<KeptMessage>>();
  #sequence = 1;
  #received = 0;
  #refused = 0;
  /** Whether handlers are being called: what comes meanwhile waits for its turn. */
  #handing = false;
  #closed = false;

  constructor({ limits, tell }: Pick<Ground, "limits" | "tell">, keep?: InboxKeeper) {
    this.#tell = tell;
    this.#keep = keep ?? null;
    this.#places = {
      direct: new Places(limits.messages, limits.messagesOfSender),
      relayed: new Places(limits.relayed, limits.relayed),
    };
  }

  /**
   * A direct message has come. False if there is no place for it.
   *
   * @param from The id of the sender by its own account; copied, as the message is
   * @param caller Whose request brought it; nobody's if it comes from this node itself
   * @throws CodecError for a message that JavaScript has no value for
   */
  direct(from: Uint8Array, message: Packed, caller?: Caller): boolean {
    return this.#arrive({ from, message, relayed: false }, caller ?? null);
  }

  /**
   * A relayed message has come, see {@link direct}.
   *
   * @param from Who has signed it; null for nobody
   * @param caller Who has passed it on
   */
  relayed(from: Uint8Array | null, message: Packed, caller?: Caller): boolean {
    return this.#arrive({ from, message, relayed: true }, caller ?? null);
  }

  /** All direct messages that wait, by the hex id of the sender, in order. They are taken out. */
  list<O extends ValueOptions>(options?: O): Record<string, Given<O>[]> {
    const form = formOf(options);
    const list: Record<string, Given<O>[]> = {};
    for (const { from, message } of this.#takeAll(this.#waiting.direct)) {
      (list[formatHex(from!)] ??= []).push(form(message));
    }
    return list;
  }

  /** All relayed messages that wait, in order. They are taken out. */
  relayedList<O extends ValueOptions>(options?: O): ReceivedMessage<Given<O>>[] {
    const form = formOf(options);
    return this.#takeAll(this.#waiting.relayed).map((entry) => received(entry, form));
  }

  /** Messages as they come, those that wait first; until the signal fires, the loop is left or the node closed. */
  iterate<O extends ListenOptions>(options?: O): AsyncIterableIterator<ReceivedMessage<Given<O>>> {
    const form = formOf(options);
    const reader = new Reader<KeptMessage, ReceivedMessage<Given<O>>>(this, (entry) => received(entry, form));
    this.#readers.add(reader);
    if (this.#closed) reader.end();
    else reader.endWith(options?.signal);
    return reader;
  }

  /** Has a function called with each message. Those that wait come first, after this function has returned. */
  onMessage(handler: MessageHandler): Disposable {
    const registration: Registration = { handler };
    if (!this.#closed) this.#handlers.add(registration);
    this.#flowLater();
    return {
      [Symbol.dispose]: () => {
        this.#handlers.delete(registration);
        this.#flowLater();
      },
    };
  }

  /** Takes messages that waited when the program ended; to be called before others come. */
  restore(entries: Iterable<readonly [sequence: number, entry: KeptMessage]>): void {
    const damaged: number[] = [];
    for (const [sequence, entry] of [...entries].sort(([a], [b]) => a - b)) {
      this.#sequence = Math.max(this.#sequence, sequence + 1);
      if (!isReadable(entry.message)) {
        damaged.push(sequence);
        continue;
      }
      const place = this.#placesOf(entry).takeAgain(nameOf(entry));
      this.#queueOf(entry).add({ ...entry, sequence, place });
    }
    if (damaged.length > 0) this.#keep?.taken(damaged);
    this.#flowLater();
  }

  stats(): InboxStats {
    const { direct, relayed } = this.#waiting;
    return { direct: direct.size, relayed: relayed.size, received: this.#received, refused: this.#refused };
  }

  /** Takes no more messages and calls no more handlers; what waits is kept for the next time. */
  close(): void {
    this.#closed = true;
    this.#handlers.clear();
    for (const reader of [...this.#readers]) reader.end();
  }

  /** For readers: the next message, unless it is for handlers, or for somebody who has waited longer. */
  next(): KeptMessage | undefined {
    return this.#handlers.size > 0 || this.#waiters.size > 0 ? undefined : this.#takeFirst() ?? undefined;
  }

  /** For readers: somebody waits. */
  wait(waiter: Waiter<KeptMessage>): void {
    this.#waiters.add(waiter);
  }

  /** For readers: somebody waits no more. */
  waitNoMore(waiter: Waiter<KeptMessage>): void {
    this.#waiters.delete(waiter);
  }

  /** For readers: one has ended. */
  ended(reader: { end(): void }): void {
    this.#readers.delete(reader);
  }

  #arrive(entry: KeptMessage, caller: Caller | null): boolean {
    if (this.#closed) return false;
    // Now, while whoever sent it can be told.
    unpack(entry.message);
    const own: KeptMessage = {
      from: entry.from && entry.from.slice(),
      message: new Packed(entry.message.bytes.slice()),
      relayed: entry.relayed,
    };
    const isNext = this.#size === 0 && !this.#handing;
    if (!(isNext && this.#hand(own)) && !this.#queue(own, caller)) {
      this.#refused += 1;
      return false;
    }
    this.#received += 1;
    return true;
  }

  #queue(entry: KeptMessage, caller: Caller | null): boolean {
    const place = this.#placesOf(entry).take(nameOf(entry), caller);
    if (place === null) return false;
    const sequence = this.#sequence++;
    this.#queueOf(entry).add({ ...entry, sequence, place });
    this.#keep?.added(sequence, entry);
    return true;
  }

  /** Hands what waits to whoever wants it, when whoever runs now is done. */
  #flowLater(): void {
    if (this.#size > 0) void Promise.resolve().then(() => this.#flow());
  }

  #flow(): void {
    while (!this.#handing && this.#size > 0 && this.#handlers.size + this.#waiters.size > 0) {
      this.#hand(this.#takeFirst()!);
    }
  }

  /** Hands a message to those who wait for one. Returns whether there was somebody. */
  #hand(entry: KeptMessage): boolean {
    if (this.#handlers.size > 0) {
      this.#callHandlers(entry);
      return true;
    }
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter(entry);
      return true;
    }
    return false;
  }

  #callHandlers({ from, message, relayed }: KeptMessage): void {
    this.#handing = true;
    for (const registration of [...this.#handlers]) {
      if (!this.#handlers.has(registration)) continue;
      // Each gets a value of its own, which it may change.
      try {
        const returned: unknown = registration.handler(from && from.slice(), unpack(message), relayed);
        if (returned instanceof Promise) returned.catch((error) => this.#handlerFailed(error));
      } catch (error) {
        this.#handlerFailed(error);
      }
    }
    this.#handing = false;
    // They may have sent some to this node itself.
    this.#flowLater();
  }

  #handlerFailed(error: unknown): void {
    this.#tell({ type: "message-handler-failed", error });
  }

  #takeAll(queue: ReadonlySet<Entry>): readonly Entry[] {
    if (this.#handlers.size > 0) return [];
    const entries = [...queue];
    this.#take(entries);
    return entries;
  }

  #takeFirst(): Entry | null {
    const [direct, relayed] = [first(this.#waiting.direct), first(this.#waiting.relayed)];
    const entry = direct !== null && (relayed === null || direct.sequence < relayed.sequence) ? direct : relayed;
    if (entry !== null) this.#take([entry]);
    return entry;
  }

  #take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#queueOf(entry).delete(entry);
      this.#placesOf(entry).free(entry.place);
    }
    if (entries.length > 0) this.#keep?.taken(entries.map(({ sequence }) => sequence));
  }

  /** How many wait. */
  get #size(): number {
    return this.#waiting.direct.size + this.#waiting.relayed.size;
  }

  #queueOf({ relayed }: KeptMessage): Set<Entry> {
    return this.#waiting[relayed ? "relayed" : "direct"];
  }

  #placesOf({ relayed }: KeptMessage): Places {
    return this.#places[relayed ? "relayed" : "direct"];
  }
}

function first(queue: ReadonlySet<Entry>): Entry | null {
  for (const entry of queue) return entry;
  return null;
}

function nameOf({ from }: KeptMessage): string {
  return from === null ? "" : formatHex(from);
}

function received<V>({ from, message, relayed }: KeptMessage, form: (message: Packed) => V): ReceivedMessage<V> {
  return { from: from && formatHex(from), message: form(message), relayed };
}

function isReadable(message: Packed): boolean {
  try {
    unpack(message);
    return true;
  } catch {
    return false;
  }
}
