/**
 * The calls of messages.
 *
 * @module
 */

import type { At } from "../../storj/mod.ts";
import { ParamsError } from "../errors.ts";
import { type Call, call, optional, param } from "./call.ts";
import {
  answers,
  anyOf,
  arrayOf,
  BOOLEAN,
  EXAMPLE_ID,
  FLAG,
  HEXNODEID,
  IP,
  NODE_ID,
  NODE_ID_TEXT,
  NULL,
  PORT,
  record,
  recordOf,
  VALUE,
} from "./kinds.ts";

const SENT = answers("boolean", BOOLEAN, "Whether it is in the node's queue");
const LIST = answers(
  "Record<string, JsonValue[]>",
  recordOf(arrayOf({})),
  "The messages of each sender, in order. They are taken out",
);

/** The calls of messages. */
export const MESSAGE_CALLS: readonly Call[] = [
  call({
    name: "message_send",
    from: "v1",
    about:
      "Sends a message to a node. If that is one of the original program, false may also mean that its answer was lost.",
    params: [
      param("nodeid", NODE_ID, "To whom", HEXNODEID),
      param("message", VALUE, "At most 8,132 bytes of msgpack"),
    ],
    result: SENT,
    errors: ["InvalidNodeid", "InvalidMessage", "Busy"],
    example: { params: [EXAMPLE_ID, "hi bob"], result: true },
    run: ({ node, signal }, { nodeid, message }) => node.messageSend(nodeid, message, { signal }),
  }),
  call({
    name: "message_list",
    from: "v1",
    about: "The messages that have come since the last time.",
    params: [],
    result: LIST,
    example: { params: [], result: { [EXAMPLE_ID]: ["hi alice"] } },
    run: ({ node }) => node.messageList({ packed: true }),
  }),
  call({
    name: "message",
    from: "v0",
    about: "Sends a message to a node at a place that is known. Without a place it is `message_send`.",
    params: [
      param("nodeid", NODE_ID, "To whom", HEXNODEID),
      optional("ip", IP, null, "Where the node is"),
      optional("port", PORT, null, "Where the node is"),
      param("message", VALUE, "As for `message_send`"),
    ],
    result: SENT,
    errors: ["InvalidNodeid", "InvalidMessage", "Busy"],
    example: { params: [EXAMPLE_ID, null, null, "hi bob"], result: true },
    run: ({ node, signal }, { nodeid, ip, port, message }) =>
      node.messageSend(nodeid, message, { signal, ...atOf(ip, port) }),
  }),
  call({
    name: "messages",
    from: "v0",
    about: "The same as `message_list`.",
    params: [],
    result: LIST,
    example: { params: [], result: { [EXAMPLE_ID]: ["hi alice"] } },
    run: ({ node }) => node.messageList({ packed: true }),
  }),
  call({
    name: "relay_message",
    from: "ours",
    about:
      "Has other nodes pass a message on, one to the next, until it is there. That it is queued does not say that it arrives.",
    params: [
      param("nodeid", NODE_ID, "To whom", HEXNODEID),
      param("message", VALUE, "At most 519 bytes of msgpack"),
      optional("sealed", FLAG, false, "Whether only the receiver can read it"),
      optional("repeat", FLAG, false, "Whether it is sent again until the receiver confirms it"),
    ],
    result: answers("boolean", BOOLEAN, "Whether it is queued"),
    errors: ["InvalidNodeid", "InvalidMessage", "NotFound"],
    example: { params: [EXAMPLE_ID, "hi bob"], result: true },
    run: ({ node, signal }, { nodeid, message, sealed, repeat }) =>
      node.relayMessage(nodeid, message, { signal, sealed, repeat }),
  }),
  call({
    name: "relayed_messages",
    from: "ours",
    about: "The relayed messages that have come since the last time.",
    params: [],
    result: answers(
      "RelayedMessage[]",
      arrayOf(record({ from: anyOf(NODE_ID_TEXT, NULL), message: {} })),
      "In order; `from` is null for a message that is not signed. They are taken out",
    ),
    example: { params: [], result: [{ from: null, message: "hi alice" }] },
    run: ({ node }) => node.relayedMessages({ packed: true }).map(({ from, message }) => ({ from, message })),
  }),
];

/** Where a node is, if somebody says so. */
export function atOf(ip: string | null, port: number | null): { readonly at?: At } {
  if (ip === null && port === null) return {};
  if (ip === null || port === null) {
    throw new ParamsError(ip === null ? "ip" : "port", "Expected both ip and port, or neither");
  }
  return { at: { ip, port } };
}
