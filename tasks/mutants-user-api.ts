/**
 * Faults of the user API, and of JSON as its values need it.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** Each has to be noticed. */
export const USER_API_MUTANTS: readonly Mutant[] = [
  ...group("codec/json", ["codec/json/exact"], [
    ["of equal keys the last counts", "read-any", "reader.exact && object !== null", "false"],
    ["half a character is another one", "reader", "value !== undefined && value.isWellFormed()", "value !== undefined"],
    ["exact numbers have any length", "reader", "reader.pos - from > EXACT_CHARS_MAX", "false"],
  ]),
  ...group("codec/msgpack/json", ["codec/msgpack/json"], [
    ["5.0 is 5", "pack", "if (isInteger)", 'if (isInteger || text.endsWith(".0") && (text = text.slice(0, -2)))'],
    ["5.0 is shown as 5", "unpack", "`${text}.0`", "text"],
    ["infinite floats are numbers", "pack", "!Number.isFinite(value)", "false"],
    [
      "values that are bytes nest without end",
      "pack",
      "if (!isOneValue(bytes))\n        tooDeep",
      "if (false)\n        tooDeep",
    ],
    ["maps that look like bytes become bytes", "unpack", "isForm(key, JSON.parse(value.json))", "false"],
    ["equal keys are shown", "unpack", "|| keys.has(key)", ""],
  ]),
  ...group("src/user-api", ["user-api/json-rpc"], [
    ["a batch has any length", "json-rpc", "json.length > BATCH_MAX", "false"],
    [
      "ids may be anything",
      "json-rpc",
      "!(id instanceof JsonNumber)) {\n        return refused",
      "false) {\n        return refused",
    ],
    ["other versions of JSON-RPC are answered", "json-rpc", 'jsonrpc !== "2.0"', "false"],
    ["notifications are answered", "dispatch", "id === undefined ? null :", "false ? null :"],
    ["calls have no end", "dispatch", "limitMs > TIMER_MS_MAX ? null :", "true ? null :"],
    ["timers outlive their calls", "dispatch", "timer?.clear();", ""],
    ["calls go on without their client", "dispatch", "for (const call of this.#calls)", "for (const call of [])"],
    ["a client has any number of calls", "dispatch", "this.#calls.size >= callsOfClient", "false"],
    ["all clients have any number of calls", "dispatch", "this.#api.running >= calls", "false"],
    [
      "messages of unknown errors are told",
      "errors",
      "return INTERNAL;",
      "return { ...INTERNAL, message: String(error) };",
    ],
  ]),
  ...group("src/user-api", ["user-api/unix-server"], [
    ["a line may have any length", "lines", "length > bytesMax", "false"],
    ["a node has any number of clients", "servers/unix-server", "clients.size === limits.connections", "false"],
    ["everybody may call", "servers/unix-server", "await protectPath(path);", ""],
  ]),
  ...group("src/user-api", ["user-api/listening"], [
    ["listening goes on without its client", "listening", "endAll(this.#loops);", ""],
    ["some of what is wanted is told", "listening", "endAll(loops);\n            throw error;", "throw error;"],
    ["what is listened to twice is told twice", "listening", "!this.#loops.has(name) &&", ""],
  ]),
  ...group("src/user-api", ["user-api/malformed"], [
    [
      "inherited names are calls",
      "calls/mod",
      "return BY_NAME.get(name);",
      "return BY_NAME.get(name) ?? Object.prototype[name];",
    ],
    [
      "unknown parameters are passed over",
      "calls/params",
      "if (param === undefined)\n            throw",
      "if (param === undefined)\n            continue;\n        if (false)\n            throw",
    ],
    ["parameters are there twice", "calls/params", "found.has(param.name)", "false"],
    ["there are any number of parameters", "calls/params", "list.length > params.length", "false"],
  ]),
  ...group("src/user-api", ["user-api/gone"], [
    [
      "who has many calls is not seen to go away",
      "servers/message-client",
      "this.#waitingBytes > this.#limits.queuedBytes",
      "this.#waiting.length > 0",
    ],
  ]),
  ...group("src/user-api/calls", ["user-api/openrpc"], [
    ["a node says that it is private", "node", '? "public" : "private"', '? "private" : "public"'],
    ["relayed messages are not told", "messages", "node.relayedMessages({ packed: true })", "[]"],
  ]),
];
