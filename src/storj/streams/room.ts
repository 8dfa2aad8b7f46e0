/**
 * The memory of all streams together.
 *
 * Each stream may always have a small part, which is set aside for as many as there may be. What is left is given to those
 * that ask first, but to each no more than a part of what is free, so that nobody gets it all.
 *
 * @module
 */

/** What a stream may always have, in bytes. */
const BASE_BYTES = 32 * 1024;
/** A stream gets no more than this part of what is free. */
const SHARE = 1 / 4;

/** The limits of a {@link Room}. */
export interface RoomLimits {
  readonly streams: number;
  readonly streamBytes: number;
  readonly streamsBytes: number;
}

/** Memory that streams share. */
export class Room {
  /** What one direction of a stream may have. */
  readonly streamBytes: number;
  /** What it may always have. */
  readonly baseBytes: number;
  #free: number;

  constructor({ streams, streamBytes, streamsBytes }: RoomLimits) {
    this.streamBytes = Math.min(streamBytes, streamsBytes);
    // Half of it at most is set aside, for both directions of each stream.
    this.baseBytes = Math.floor(Math.min(BASE_BYTES, streamBytes, streamsBytes / (4 * streams)));
    this.#free = streamsBytes - 2 * streams * this.baseBytes;
  }

  /** What is neither used nor set aside, in bytes. */
  get free(): number {
    return this.#free;
  }

  /** A part for one direction of a stream. */
  part(): RoomPart {
    return new RoomPart(this);
  }

  /** For parts: takes up to `bytes`, and returns how many. */
  take(bytes: number): number {
    const taken = Math.max(0, Math.min(bytes, Math.floor(this.#free * SHARE)));
    this.#free -= taken;
    return taken;
  }

  /** For parts: gives bytes back. */
  give(bytes: number): void {
    this.#free += bytes;
  }
}

/** What one direction of a stream has of a {@link Room}. */
export class RoomPart {
  readonly #room: Room;
  /** What it has beyond the part that it may always have. */
  #extra = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** What it may have in all, in bytes. */
  get bytes(): number {
    return this.#room.baseBytes + this.#extra;
  }

  /** Asks for more, up to `bytes` in all, and returns what it may have then. */
  growTo(bytes: number): number {
    const wanted = Math.min(bytes, this.#room.streamBytes) - this.bytes;
    if (wanted > 0) this.#extra += this.#room.take(wanted);
    return this.bytes;
  }

  /** Gives back what is more than `bytes` in all. */
  shrinkTo(bytes: number): void {
    const kept = Math.min(this.#extra, Math.max(0, bytes - this.#room.baseBytes));
    this.#room.give(this.#extra - kept);
    this.#extra = kept;
  }
}
