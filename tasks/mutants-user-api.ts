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
  ...group("src/user-api/servers", ["user-api/access"], [
    ["any name leads to a server", "access", "isLoopback(name) || this.#hosts.has(name)", "true"],
    ["names that were given are unknown", "access", "|| this.#hosts.has(name)", ""],
    ["pages of any origin call", "access", "origin === undefined || this.#origins.has(origin)", "true"],
    ["nobody needs a token", "access", "token !== undefined && this.hasToken(token)", "true"],
    ["a token may be any text", "access", "timingSafeEqual(hashOf(token), this.#tokenHash)", "true"],
    ["other machines need no token", "access", "if (isLoopback(host))\n        return;", "return;"],
    ["all origins may be named at once", "access", "[^\\s/?#@*]+$/.test(origin)", "[^\\s/?#@]*$/.test(origin)"],
    ["WebSockets have no host", "http-server", "if (!access.admits(headers))\n        return 403;", ""],
    [
      "WebSockets show any token",
      "http-server",
      "isShown && !access.authorizes(headers.authorization) ? 401 : null",
      "null",
    ],
    ["no question of a browser is answered", "http-request", '"access-control-allow-methods": METHODS,', "", [
      "user-api/access",
      "user-api/browser",
    ]],
  ]),
  ...group("src/user-api/servers", ["user-api/http.test"], [
    ["forms of pages are calls", "http-request", "!isJson(headers)", "false"],
    ["a GET is a call", "http-request", 'method === "GET" || method === "HEAD" || ', ""],
    ["a request has any length", "http-request", "length > requestBytes ? this.#tooLong()", "false ? this.#tooLong()"],
    [
      "bodies that are too long are read to the end",
      "http-request",
      "length > DISCARDED_REQUESTS * requestBytes",
      "false",
    ],
    [
      "figures are for everybody",
      "http-request",
      "if (!this.#plan.access.authorizes(headers.authorization)) {\n            return this.#refuse(",
      "if (false) {\n            return this.#refuse(",
    ],
    ["calls go on when the client has gone", "http-client", "this.#session?.close();", ""],
  ]),
  ...group("src/user-api/servers", ["user-api/bounds"], [
    ["calls have no limit", "http-request", "waitMs > 0", "false"],
    ["batches are one call", "http-client", "this.allowance.take(calls - 1)", "void calls"],
    ["calls do not grow back", "rate", "this.#left + grown", "this.#left"],
    ["calls grow without end", "rate", "Math.min(this.#perSecond, this.#left + grown)", "this.#left + grown"],
    ["a connection has any number of requests", "http-client", "this.#underWay > this.#limits.underWay", "false"],
    ["bodies that do not end take any memory", "http-client", "this.#all.bytes > this.#limits.heldBytes", "false"],
    ["what was held is held for ever", "http-client", "this.#all.bytes -= heldBytes;", ""],
    ["connections have no bound", "http-server", "!this.#slots.take(client)", "false"],
    ["calls give way to whoever connects", "http-client", "this.#calling > 0", "false"],
    ["slow headers are waited for", "http-server", "headersTimeout: limits.headersMs", "headersTimeout: 0"],
    [
      "slow bodies are waited for",
      "http-server",
      "requestTimeout: limits.headersMs + limits.bodyMs",
      "requestTimeout: 0",
    ],
    ["idle connections stay", "http-server", "keepAliveTimeout: limits.idleMs", "keepAliveTimeout: 0"],
  ]),
  ...group("src/user-api/servers", ["user-api/websocket"], [
    [
      "notifications wait without end",
      "message-client",
      "this.#port.queuedBytes() + Buffer.byteLength(text) > this.#limits.queuedBytes",
      "false",
    ],
    ["what was dropped is not told", "message-client", "this.#port.send(JSON.stringify({", "void (JSON.stringify({"],
    ["what comes after a gap comes before it is told", "message-client", "this.#dropped > 0 || ", ""],
    [
      "who does not read is read",
      "message-client",
      "return this.#port.queuedBytes() > this.#limits.queuedBytes;",
      "return false;",
    ],
    ["messages are not limited", "message-client", "waitMs === 0", "true"],
    [
      "messages that waited are forgotten",
      "message-client",
      "this.#timer = null;\n            this.#goOn();",
      "this.#timer = null;",
    ],
    [
      "any number of messages is under way",
      "message-client",
      "if (this.#underWay >= this.#limits.underWay || this.#isUnread())",
      "if (this.#isUnread())",
    ],
    [
      "the first message need not show a token",
      "websocket-server",
      "shown === null && this.#isAuthorized",
      "shown === null",
    ],
    ["a wrong token is as good", "websocket-server", "this.#access.hasToken(shown.token)", "true"],
    ["who shows no token stays", "websocket-server", 'this.#isAuthorized || this.#end("No token was shown")', "void 0"],
    ["a message has any length", "websocket-server", "maxPayload: parts.limits.requestBytes,", ""],
    ["bytes are messages", "websocket-server", "if (isBinary)", "if (false)"],
  ]),
  ...group("src/user-api", ["user-api/client.test"], [
    [
      "calls under way are forgotten",
      "client/lasting",
      "lostBy = error;\n                caller.lost(error);",
      "lostBy = error;",
    ],
    ["a connection that is lost stays so", "client/lasting", "void this.#connectAgain();", "void 0;"],
    ["no pause is longer than the last", "client/lasting", "Math.min(2 * pauseMs, PAUSE_MS_MAX)", "pauseMs"],
    ["a wrong token is shown again and again", "client/lasting", 'error.error !== "Timeout"', "false", [
      "user-api/client.test",
    ]],
    ["loops keep what nobody reads", "client/told", "this.#queue.cost >= WAITING_MAX", "false"],
    [
      "loops that were left go on at the node",
      "client/told",
      "this.#lasting.close();\n        this.#queue.close(",
      "this.#queue.close(",
    ],
    ["all nodes have one key", "swarm", "[seed, index, attempt++]", "[seed, attempt++]", ["user-api/swarm"]],
    ["the seed is of no account", "swarm", "[seed, index, attempt++]", "[index, attempt++]", ["user-api/swarm"]],
    ["what has begun of a swarm stays", "swarm", "catch (error) {\n        await close();", "catch (error) {", [
      "user-api/swarm",
    ]],
    ["milliseconds are seconds", "servers/metrics", "number / MS_PER_S", "number", ["user-api/metrics"]],
    ["bytes have no unit", "servers/metrics", 'name.endsWith("_bytes") ? "bytes" : null', "null", ["user-api/metrics"]],
    ["quotes end labels", "servers/metrics", 'replace(/[\\\\"]/g, "\\\\$&")', 'replace(/[]/g, "")', [
      "user-api/metrics",
    ]],
  ]),
];
