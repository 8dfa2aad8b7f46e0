/**
 * Generated code against the recorded messages of the original programs: the same values and bytes as by the schemas.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decode, parseHex, type Schema } from "../../codec/mod.ts";
import { APPHOST_2023, decodeDialogue, type Direction, messageSchema } from "../../codec/protocols/astral/mod.ts";
import { decodeDatagram, requestSchema as datagramSchema } from "../../codec/protocols/storj/mod.ts";
import {
  type CommandName,
  commands,
  decodeSession,
  endsWithDocument,
  messageForm,
  portOf,
  requestSchema,
  SHELL_PORT,
} from "../../codec/protocols/warpdrive/mod.ts";
import { bareRequestSchema } from "../../codec/protocols/warpdrive/schemas.ts";
import { checkGenerated } from "../../src/fuzz/checks/mod.ts";
import { same } from "../codec/same.ts";
import { fixture } from "../fixture.ts";
import { loadProtocolCodecs } from "./codecs.ts";
import { recordedCases, recordedRelay } from "./storj/recorded.ts";
import { RECORDINGS } from "./warpdrive/recordings.ts";

const test = suite("protocols: generated code");

const codecs = new Map((await loadProtocolCodecs()).map(({ schema, functions }) => [schema, functions]));

/** Checks messages of schemas that have generated code; returns how many. */
function check(messages: Iterable<readonly [schema: Schema, bytes: Uint8Array]>): number {
  let checked = 0;
  for (const [schema, bytes] of messages) {
    const functions = codecs.get(schema);
    if (functions === undefined) continue;
    const value = functions.decode(bytes);
    assert.ok(same(value, decode(schema, bytes)));
    assert.ok(same(functions.decode(functions.encode(value)), value));
    checkGenerated(schema, functions, bytes, checked++);
  }
  return checked;
}

function* warpdriveMessages(): Generator<[Schema, Uint8Array]> {
  for (const { dialect, sessions } of RECORDINGS) {
    for (const session of sessions) {
      if (session.port === SHELL_PORT) continue;
      for (const message of decodeSession(dialect, session)) {
        const isMessage = ["request", "reply", "event", "signal"].includes(message.part);
        if (!isMessage || message.elided !== undefined) continue;
        const port = portOf(dialect, session.port);
        const { schema } = messageForm(port, message);
        if (schema !== bareRequestSchema(port)) yield [schema, message.bytes];
        // Without a document, a request has no newline that could be missing.
        else if (!endsWithDocument(commands[message.command as CommandName].args)) {
          yield [requestSchema(port), message.bytes];
        }
      }
    }
  }
}

test("sessions of warpdrive", () => {
  const checked = check(warpdriveMessages());
  assert.ok(checked > 250, `${checked} messages`);
});

test("dialogues of astral", () => {
  const { dumps } = fixture("apphost-2023-dialogues.json") as {
    readonly dumps: readonly { readonly events?: readonly { readonly dir: Direction; readonly hex: string }[] }[];
  };
  const messages = dumps.flatMap(({ events = [] }) => {
    const bytes = events.map(({ dir, hex }) => ({ dir, bytes: parseHex(hex) }));
    const whole = (wanted: Direction) =>
      Uint8Array.from(bytes.filter(({ dir }) => dir === wanted).flatMap(({ bytes }) => [...bytes]));
    return decodeDialogue(bytes).map((message) =>
      [messageSchema(message, APPHOST_2023), whole(message.dir).slice(message.start, message.end)] as const
    );
  });
  assert.ok(check(messages) > 20);
});

test("datagrams of storj", () => {
  const requests = [...recordedCases.map(({ request }) => request), ...recordedRelay.map(({ bytes }) => bytes)];
  const messages = requests.filter((hex) => hex !== undefined).flatMap((hex) => {
    const bytes = parseHex(hex);
    try {
      const datagram = decodeDatagram(bytes);
      if (datagram.kind === "response" || datagram.rpc === null) return [];
      const { rpc, era, wireName, trailing } = datagram;
      return [[datagramSchema(rpc, { era, wireName }), bytes.slice(0, bytes.length - trailing)] as const];
    } catch {
      return [];
    }
  });
  assert.ok(check(messages) > 10);
});

test.run();
