/**
 * The calls of streams.
 *
 * @module
 */

import { formatHex } from "../../../codec/mod.ts";
import { ParamsError } from "../errors.ts";
import { type Call, call, type CallContext, optional, param } from "./call.ts";
import { atOf } from "./messages.ts";
import {
  answers,
  anyOf,
  BOOLEAN,
  EXAMPLE_ID,
  HEX,
  HEXNODEID,
  IP,
  type Kind,
  NODE_ID,
  NODE_ID_TEXT,
  NULL,
  PORT,
  recordOf,
  SIZE,
  STREAM_ID,
  STREAM_ID_TEXT,
  tuple,
} from "./kinds.ts";

const STREAM = "5ab9cb46ec3a1e0ac19ab66f2bc9ffc1e8bd85a4a90b5dc1c34d1ac5d3b0f4f2";
const OPENED = answers(
  "string | null",
  anyOf(STREAM_ID_TEXT, NULL),
  "The id of the stream; null if nobody was found, answered, or took it",
);
const CLOSED = answers(
  "boolean",
  BOOLEAN,
  "Whether the other side has confirmed it; false for a stream that is unknown",
);
const READ = answers(
  "string | null",
  anyOf({ type: "string", pattern: "^([0-9a-f]{2})*$" }, NULL),
  "What has come, in hex; empty if there is nothing now; null for a stream that is unknown or has ended",
);
const WRITTEN = answers(
  "number | null",
  anyOf({ type: "integer" }, NULL),
  "How many bytes were taken, 0 when the other side is full; null for a stream that is unknown or closed",
);
const INTEGER = { type: "integer" };

/** A kind whose other values the documents have led to: they print the arguments of `read` and `write` swapped. */
function hinting<V>(kind: Kind<V>, hint: string): Kind<V> {
  return {
    ...kind,
    read(json, path) {
      try {
        return kind.read(json, path);
      } catch (error) {
        if (error instanceof ParamsError) throw new ParamsError(error.path, `${error.message}; ${hint}`);
        throw error;
      }
    },
  };
}

const SWAPPED = "the user API documents print the arguments of reading and writing swapped";
const COUNT = hinting(SIZE, `${SWAPPED}: reading takes a size`);
const DATA = hinting(HEX, `${SWAPPED}: writing takes data`);

/** The calls of streams. */
export const STREAM_CALLS: readonly Call[] = [
  call({
    name: "stream_list",
    from: "v1",
    about: "The streams that are open.",
    params: [],
    result: answers(
      "Record<string, [nodeid: string, unread: number]>",
      recordOf(tuple(NODE_ID_TEXT, INTEGER)),
      "The other node and the number of unread bytes of each stream",
    ),
    example: { params: [], result: { [STREAM]: [EXAMPLE_ID, 5] } },
    run: ({ node }) => node.streamList(),
  }),
  call({
    name: "streams",
    from: "v0",
    about: "The streams that are open, as the documents have them.",
    params: [],
    result: answers("Record<string, number>", recordOf(INTEGER), "The number of unread bytes of each stream"),
    example: { params: [], result: { [STREAM]: 5 } },
    run: ({ node }) => node.streams(),
  }),
  call({
    name: "stream_open",
    from: "v1",
    about: "Opens a stream to a node.",
    params: [param("nodeid", NODE_ID, "40 hex digits", HEXNODEID)],
    result: OPENED,
    errors: ["InvalidNodeid"],
    example: { params: [EXAMPLE_ID], result: STREAM },
    run: ({ node, signal }, { nodeid }) => node.streamOpen(nodeid, { signal }),
  }),
  call({
    name: "open",
    from: "v0",
    about: "Opens a stream to a node at a place that is known. Without a place it is `stream_open`.",
    params: [
      param("nodeid", NODE_ID, "40 hex digits", HEXNODEID),
      optional("ip", IP, null, "Where the node is"),
      optional("port", PORT, null, "Where the node is"),
    ],
    result: OPENED,
    errors: ["InvalidNodeid"],
    example: { params: [EXAMPLE_ID, null, null], result: STREAM },
    run: ({ node, signal }, { nodeid, ip, port }) => node.streamOpen(nodeid, { signal, ...atOf(ip, port) }),
  }),
  ...(["stream_close", "close"] as const).map((name) =>
    call({
      name,
      from: name === "close" ? "v0" : "v1",
      about: name === "close"
        ? "The same as `stream_close`."
        : "Closes a stream. What the other side has not read is lost.",
      params: [param("streamid", STREAM_ID, "64 hex digits", { otherNames: ["hexstreamid"] })],
      result: CLOSED,
      errors: ["InvalidStreamid"],
      example: { params: [STREAM], result: true },
      run: ({ node, signal }, { streamid }) => node.streamClose(streamid, { signal }),
    })
  ),
  reading("stream_read", "size", "len"),
  reading("read", "len", "size"),
  ...(["stream_write", "write"] as const).map((name) =>
    call({
      name,
      from: name === "write" ? "v0" : "v1",
      about: name === "write" ? "The same as `stream_write`." : "Writes to a stream.",
      params: [
        param("streamid", STREAM_ID, "64 hex digits", { otherNames: ["hexstreamid"] }),
        param("data", DATA, "Hex digits, two for each byte", { otherNames: ["hexdata"] }),
      ],
      result: WRITTEN,
      errors: ["InvalidStreamid"],
      example: { params: [STREAM, "68656c6c6f"], result: 5 },
      run: ({ node, signal }, { streamid, data }) => node.streamWrite(streamid, data, { signal }),
    })
  ),
];

function reading<const N extends "size" | "len">(name: string, size: N, otherName: string): Call {
  return call({
    name,
    from: name === "read" ? "v0" : "v1",
    about: name === "read" ? "The same as `stream_read`." : "Reads from a stream.",
    params: [
      param("streamid", STREAM_ID, "64 hex digits", { otherNames: ["hexstreamid"] }),
      optional(size, COUNT, null, "How many bytes at most; all of them by default", { otherNames: [otherName] }),
    ],
    result: READ,
    errors: ["InvalidStreamid"],
    example: { params: [STREAM, 5], result: "68656c6c6f" },
    run({ node }: CallContext, args: Readonly<Record<string, unknown>>) {
      const bytes = node.streamRead(args.streamid as string, args[size] as number | null);
      return bytes === null ? null : formatHex(bytes);
    },
  });
}
