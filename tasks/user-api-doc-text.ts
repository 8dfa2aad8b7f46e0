/**
 * What `docs/user-api-calls.md` says besides the table of the calls.
 *
 * @module
 */

import type { Call } from "../src/user-api/calls/mod.ts";

/** What stands first. */
export const CALLS_INTRODUCTION = `# The calls of the user API

Every call that a storj node answers, by [JSON-RPC 2.0](https://www.jsonrpc.org/specification). How to reach a node, with
what token, and from which language is told in [the user API](user-api.md). The same as a machine reads it is in
[openrpc.json](openrpc.json), which a node also gives as answer to \`rpc.discover\`.

**Parameters** are given by position (\`["key", "value"]\`) or by name (\`{"key": "key", "value": "value"}\`), or mixed, as
clients of 2016 do: \`{"size": 1024, "__args": ["<stream id>"]}\`. A parameter with a default can be left out, or null.

**Values** are JSON. Texts are texts for every other node. Numbers keep their form: \`5\` is an integer and \`5.0\` a float;
integers go from -2^63 to 2^64-1. Bytes that are UTF-8 come as text, other bytes as \`{"hex": "ff00"}\`, and what JSON cannot
say (NaN, maps with other keys than texts) as \`{"msgpack": "…"}\` with the hex digits of its msgpack; both forms are taken,
too. A key may stand in an object only once. Ids and the data of streams are hex digits, in any case; answers have small
letters.

**Batches** have at most 100 calls, which run one after the other and are answered in this order. A request without \`id\` is
a notification: it runs, and is not answered. A request has at most 1 MiB, and values nest at most 64 levels. A call takes at
most 120 s; then it ends with \`Timeout\`. The calls of a client that goes away end, too.

**Notifications** come over connections that stay: \`message\` (\`from\`, \`message\`, \`relayed\`), \`event\` (\`topic\` or
\`schema\`, and \`event\`) and \`stream\` (\`streamid\`, \`nodeid\`) after a call of \`listen\`, and \`progress\` (\`id\` of the
call, \`value\`) of \`map\` and \`monitor\`.

An error has a \`code\`, a \`message\` for people, and \`data\` with the \`name\` of the error; \`data.code\` is the
[code of the library](errors.md), where there is one.`;

/** Where a call comes from. */
export const ORIGINS: Readonly<Record<Call["from"], string>> = {
  v1: "From the user API document.",
  v0: "From the first user API document.",
  program: "From the original program.",
  ours: "An addition of warpwire.",
  "JSON-RPC": "As OpenRPC asks for it.",
};
