/**
 * The calls of the hash table.
 *
 * @module
 */

import type { At, PeerAddress } from "../../storj/mod.ts";
import { packedForm } from "../values.ts";
import { type Call, call, optional, param } from "./call.ts";
import {
  answers,
  anyOf,
  arrayOf,
  BOOLEAN,
  EXAMPLE_ID,
  FLAG,
  HEXNODEID,
  KEY,
  NODE_ID,
  NODE_ID_TEXT,
  NULL,
  PLACE,
  tuple,
  VALUE,
} from "./kinds.ts";

/** The calls of the hash table. */
export const HASH_TABLE_CALLS: readonly Call[] = [
  call({
    name: "dht_put",
    from: "v1",
    about: "Stores a value under a key.",
    params: [
      param("key", KEY, 'Whose value it is. `5` and `"5"` are one key'),
      param("value", VALUE, "At most 8,119 bytes of msgpack, as a text of 8,116 has"),
      optional("keep", FLAG, false, "Whether the node puts it anew once a day, as long as it runs"),
    ],
    result: answers("boolean", BOOLEAN, "Whether somebody has stored it; false without peers"),
    errors: ["InvalidMessage"],
    example: { params: ["examplekey", { text: "example", number: 5 }], result: true },
    run: ({ node, signal }, { key, value, keep }) => node.dhtPut(key, value, { signal, keep }),
  }),
  call({
    name: "dht_get",
    from: "v1",
    about: "Gets the value of a key.",
    params: [
      param("key", KEY, "As for `dht_put`"),
      optional(
        "packed",
        FLAG,
        false,
        'Whether the value comes as `{"msgpack":"…"}`, with the hex digits of its msgpack',
      ),
    ],
    result: answers("JsonValue", {}, "The value, or null if there is none"),
    example: { params: ["examplekey"], result: { text: "example", number: 5 } },
    async run({ node, signal }, { key, packed }) {
      const value = await node.dhtGet(key, { signal, packed: true });
      return packed && value !== null ? packedForm(value) : value;
    },
  }),
  call({
    name: "dht_find",
    from: "v1",
    about: "Looks for a node. Its own id gives the same as `dht_stun`.",
    params: [param("nodeid", NODE_ID, "40 hex digits", HEXNODEID)],
    result: answers("Place | null", anyOf(PLACE, NULL), "Its IP address and port, or null if it is not found"),
    errors: ["InvalidNodeid"],
    example: { params: [EXAMPLE_ID], result: ["127.0.0.1", 4653] },
    run: async ({ node, signal }, { nodeid }) => place(await node.dhtFind(nodeid, { signal })),
  }),
  call({
    name: "dht_stun",
    from: "program",
    about: "Asks other nodes where they see this one.",
    params: [],
    result: answers("Place | null", anyOf(PLACE, NULL), "The IP address and port, or null without peers"),
    example: { params: [], result: ["127.0.0.1", 4000] },
    run: async ({ node, signal }) => place(await node.dhtStun({ signal })),
  }),
  call({
    name: "dht_id",
    from: "program",
    about: "The id of this node.",
    params: [],
    result: answers("string", NODE_ID_TEXT, "40 hex digits"),
    example: { params: [], result: "aa28f8dbd4d358f1b7ffb964d6e6b64f6a74d081" },
    run: ({ node }) => node.nodeIdHex,
  }),
  call({
    name: "dht_peers",
    from: "program",
    about: "The nodes that are nearest to this one.",
    params: [],
    result: answers(
      "[nodeid: string, ip: string, port: number][]",
      arrayOf(tuple(NODE_ID_TEXT, { type: "string" }, { type: "integer" })),
      "At most 20 ids, IP addresses and ports, the nearest first",
    ),
    example: { params: [], result: [[EXAMPLE_ID, "127.0.0.1", 4653]] },
    run: ({ node }) => node.peers().map(peer),
  }),
];

/** A place as calls answer it. */
export function place(at: At | null): readonly [ip: string, port: number] | null {
  return at === null ? null : [at.ip, at.port];
}

/** A peer as calls answer it. */
export function peer({ nodeId, ip, port }: PeerAddress): readonly [nodeid: string, ip: string, port: number] {
  return [nodeId, ip, port];
}
