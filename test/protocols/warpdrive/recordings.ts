/**
 * The recorded warpdrive sessions, and ways to hand them to a decoder: in other pieces, or one direction at a time.
 *
 * @module
 */

import {
  type Dialect,
  draft,
  parseRecording,
  type RecordedEvent,
  type RecordedSession,
  type SessionMessage,
  unified,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { fixture } from "../../fixture.ts";

/** The recordings by dialect. */
export const RECORDINGS: readonly { readonly dialect: Dialect; readonly sessions: readonly RecordedSession[] }[] = [
  { dialect: unified, sessions: parseRecording(fixture("warpdrive-unified-sessions.json")) },
  { dialect: draft, sessions: parseRecording(fixture("warpdrive-draft-sessions.json")) },
];

/** How a session is named in lists: several have the same name. */
export function titleOf(sessions: readonly RecordedSession[], session: RecordedSession): string {
  const same = sessions.filter(({ name, port }) => name === session.name && port === session.port);
  const place = same.length === 1 ? "" : ` #${same.indexOf(session) + 1}`;
  return `${session.name} (${session.port})${place}`;
}

/** A session whose events are cut into pieces; what was left out follows the last piece of its event. */
export function inPieces(session: RecordedSession, cut: (length: number) => number[]): RecordedSession {
  return { ...session, events: session.events.flatMap((event) => pieces(event, cut)) };
}

function pieces(event: RecordedEvent, cut: (length: number) => number[]): RecordedEvent[] {
  const { dir, bytes, elided } = event;
  if (bytes.length === 0) return [event];
  const starts = [0, ...cut(bytes.length)];
  return starts.map((start, index) => {
    const last = index === starts.length - 1;
    // Memory of their own: a decoder must not rely on what stands behind a piece.
    return { dir, bytes: bytes.slice(start, starts[index + 1]), elided: last ? elided : 0 };
  });
}

/** Every place inside `length` bytes. */
export function everywhere(length: number): number[] {
  return Array.from({ length: length - 1 }, (_, index) => index + 1);
}

/** Some places, chosen by the numbers from 0 to 1 that `random` gives. */
export function somewhere(random: () => number): (length: number) => number[] {
  return (length) => everywhere(length).filter(() => random() < 0.2);
}

/** A session in which all that the client sent stands before all that the server sent. */
export function clientFirst(session: RecordedSession): RecordedSession {
  const of = (dir: string) => session.events.filter((event) => event.dir === dir);
  return { ...session, events: [...of("C>S"), ...of("S>C")] };
}

/** What a message says, for comparisons. */
export function plain(message: SessionMessage): unknown {
  const { dir, command, part, value, start, end, error, elided } = message;
  return { dir, command, part, value, start, end, elided, error: error && [error.code, error.message] };
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
