/**
 * The messages of the recorded warpdrive sessions, one by one.
 *
 * @module
 */

import type { Schema } from "../../codec/mod.ts";
import {
  decodeSession,
  draft,
  messageForm,
  parseRecording,
  portOf,
  type RecordedMessage,
  SHELL_PORT,
  unified,
} from "../../codec/protocols/warpdrive/mod.ts";
import { fixture } from "../fixture.ts";

/** A recorded message, and what our codec makes of it. */
export interface Recorded {
  readonly dialect: string;
  readonly port: string;
  readonly message: RecordedMessage;
  /** The schema of the whole message as it was recorded. */
  readonly schema: Schema<Record<string, unknown>>;
  readonly value: Record<string, unknown>;
}

const PARTS: readonly string[] = ["request", "end", "reply", "event", "signal"];

/** Every recorded message that has a schema. */
export const RECORDED: readonly Recorded[] = [unified, draft].flatMap((dialect) => {
  const sessions = parseRecording(fixture(`warpdrive-${dialect.name}-sessions.json`));
  return sessions.filter(({ port }) => port !== SHELL_PORT).flatMap((session) =>
    decodeSession(dialect, session).filter(({ part, elided }) => PARTS.includes(part) && elided === undefined).map(
      (message): Recorded => {
        const { schema, value } = messageForm(portOf(dialect, session.port), message);
        return { dialect: dialect.name, port: session.port, message, schema, value };
      },
    )
  );
});

/** The recorded requests of one command. */
export function recordedRequests(command: string): readonly Recorded[] {
  return RECORDED.filter(({ message }) => message.part === "request" && message.command === command);
}
