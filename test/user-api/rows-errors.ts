/**
 * The calls that are answered with errors.
 *
 * @module
 */

import type { ErrorRow } from "./row.ts";
import { SCHEMA } from "./rows-results.ts";
import { BOB_ID } from "./scene.ts";

const NOBODY = "00".repeat(20);
const UNKNOWN = "00".repeat(32);
const LONG = "x".repeat(9000);

/** The calls with errors of their own, and what every parameter refuses. */
export const ERROR_ROWS: readonly ErrorRow[] = [
  { call: "dht_put", params: { key: "key", value: LONG }, error: "InvalidMessage" },
  { call: "dht_put", params: { key: "key" }, error: "InvalidParams", path: "value", reason: /missing/ },
  { call: "dht_put", params: { value: "value", key: [] }, error: "InvalidParams", path: "key" },
  { call: "dht_put", params: { key: 1.5, value: 1 }, error: "InvalidParams", path: "key" },
  { call: "dht_put", params: { key: { hex: "f" }, value: 1 }, error: "InvalidParams", path: "key" },
  { call: "dht_put", params: { key: "key", value: 1, keep: "yes" }, error: "InvalidParams", path: "keep" },
  { call: "dht_get", params: { key: null }, error: "InvalidParams", path: "key" },
  ...["dht_find", "stream_open", "open", "peer_info"].flatMap((call): ErrorRow[] => [
    { call, params: { nodeid: "zz" }, error: "InvalidNodeid" },
    { call, params: { nodeid: `${NOBODY}0` }, error: "InvalidNodeid" },
    { call, params: { nodeid: 5 }, error: "InvalidParams", path: "nodeid" },
  ]),
  ...["message_send", "message", "relay_message"].flatMap((call): ErrorRow[] => [
    { call, params: { nodeid: "", message: "hi" }, error: "InvalidNodeid" },
    { call, params: { nodeid: BOB_ID, message: LONG }, error: "InvalidMessage" },
    { call, params: { nodeid: BOB_ID }, error: "InvalidParams", path: "message" },
  ]),
  { call: "message", params: { nodeid: BOB_ID, ip: "127.0.0.1", message: 1 }, error: "InvalidParams", path: "port" },
  { call: "message", params: { nodeid: BOB_ID, ip: "host", port: 1, message: 1 }, error: "InvalidParams", path: "ip" },
  { call: "open", params: { nodeid: BOB_ID, ip: "::1", port: 65_536 }, error: "InvalidParams", path: "port" },
  { call: "relay_message", params: { nodeid: NOBODY, message: 1, sealed: true }, error: "NotFound", slow: true },
  ...["stream_close", "close", "stream_read", "read"].flatMap((call): ErrorRow[] => [
    { call, params: { streamid: "00" }, error: "InvalidStreamid" },
    { call, params: { streamid: null }, error: "InvalidParams", path: "streamid" },
  ]),
  { call: "stream_read", params: { streamid: UNKNOWN, size: 1.5 }, error: "InvalidParams", path: "size" },
  { call: "stream_read", params: { streamid: UNKNOWN, size: "00" }, error: "InvalidParams", reason: /swapped/ },
  { call: "read", params: { streamid: UNKNOWN, len: "00" }, error: "InvalidParams", path: "len", reason: /swapped/ },
  ...["stream_write", "write"].flatMap((call): ErrorRow[] => [
    { call, params: { streamid: "zz", data: "00" }, error: "InvalidStreamid" },
    { call, params: { streamid: UNKNOWN, data: 5 }, error: "InvalidParams", path: "data", reason: /swapped/ },
    { call, params: { streamid: UNKNOWN, data: "0" }, error: "InvalidParams", path: "data" },
  ]),

  { call: "pubsub_publish", params: { topic: "t", event: LONG }, error: "InvalidMessage" },
  { call: "pubsub_publish", params: { topic: {}, event: 1 }, error: "InvalidParams", path: "topic" },
  { call: "pubsub_unsubscribe", params: { topic: "never" }, error: "NotSubscribed" },
  { call: "publish", params: { event: { sell: 1 }, schema: SCHEMA }, error: "InvalidEvent" },
  { call: "publish", params: { event: { sell: true }, schema: {} }, error: "InvalidSchema" },
  { call: "publish", params: { event: 5 }, error: "InvalidParams", path: "event" },
  { call: "subscribe", params: { schema: {} }, error: "InvalidSchema" },
  { call: "subscribe", params: { schema: SCHEMA, subscription: { sell: 5 } }, error: "InvalidSchema" },
  { call: "subscribe", params: { schema: SCHEMA, indexes: [0.5] }, error: "InvalidParams", path: "indexes[0]" },
  { call: "unsubscribe", params: { schema: { ...SCHEMA, uuid: "other" } }, error: "InvalidSchema" },
  { call: "events", params: { schema: { ...SCHEMA, uuid: "other" } }, error: "InvalidSchema" },
  { call: "map", params: { nodesmax: 0 }, error: "InvalidParams", path: "nodesmax" },
  { call: "monitor", params: { intervalms: -1 }, error: "InvalidParams", path: "intervalms" },
  { call: "monitor", params: { limit: 1001 }, error: "InvalidParams", path: "limit" },
  { call: "listen", params: { topics: "all" }, error: "InvalidParams", path: "topics" },
];
