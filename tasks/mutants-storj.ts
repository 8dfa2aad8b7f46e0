/**
 * Faults of the storj node.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const STORJ_MUTANTS: readonly Mutant[] = [
  ...group("src/storj", ["test/storj/finder"], [
    ["nodes that were found are looked for again", "finder", "found.untilMs > this.#clock.now()", "false"],
    ["nodes that were found are remembered for ever", "finder", "found.untilMs > this.#clock.now()", "true", [
      "test/storj/dht",
    ]],
    ["what has failed is found again", "finder", "this.#remember(name, null, FRESH_MS)", "void 0"],
    ["any failure makes what is known forgotten", "finder", "sameContact(known, contact))", "true)"],
    ["silent contacts are found", "finder", "known.strikes === 0 && known.ageMs < FRESH_MS", "true"],
  ]),
  ...group("src/storj", ["test/storj/dht"], [
    ["a value that nobody took counts as stored", "dht", "stored > 0", "stored >= 0"],
    ["the own id is looked for", "dht", "equalValues(wanted, this.#ground.dht.id)", "false"],
    ["the first says where a node is", "public-address", "one.count > most.count", "false"],
    ["what is no address is one", "public-address", " && addressOf(reply.ip, reply.port) !== null", ""],
    ["too many are asked where a node is", "public-address", "dht.closest(dht.id, STUN_PEERS)", "dht.closest(dht.id)"],
    ["values may have any length", "values", "length <= bytesMax", "true"],
    ["bytes within values are no texts", "values", "value.map(withTexts)", "value"],
  ]),
  ...group("src/storj", ["test/storj/dict"], [
    [
      "set waits for ever",
      "dict",
      "{ timeoutMs: WALK_TIMEOUT_MS, ...options });\n    }\n    /** See `StorjNode.get`",
      "options);\n    }\n    /** See `StorjNode.get`",
    ],
    ["a default takes the place of what is there", "dict", "if (found !== null)\n", "if (false)\n"],
    ["update is true if anything was stored", "dict", "stored.length === all.length", "stored.length > 0"],
    ["what is false is nothing", "dict", "?? fallback", "|| fallback"],
  ]),
  ...group("src/storj", ["test/storj/kept-puts"], [
    ["puts are not put anew", "kept-puts", "this.#working = this.#putDue()", "this.#working = Promise.resolve()"],
    ["what nobody took is forgotten for a day", "kept-puts", "dueMs: now + RETRY_MS", "dueMs: now + AGAIN_MS"],
    ["what is deleted is put anew", "kept-puts", "return this.#kept.delete(name)", "return true"],
    ["puts that survived are never due", "kept-puts", "Math.max(0, put.putMs + AGAIN_MS)", "Infinity", [
      "storj/persistence",
    ]],
  ]),
  ...group("src/storj", ["test/storj/node"], [
    ["ready does not wait", "joining", "this.#ground.dht.stats().contacts > 0", "true"],
    [
      "a node that is called does not get ready",
      "joining",
      "isReady();\n        this.#waiting.clear()",
      "void isReady;\n        this.#waiting.clear()",
    ],
    [
      "neighbours are looked for once",
      "joining",
      "this.refresh().catch(() => { });\n            this.#refreshLater();",
      "this.refresh().catch(() => { });",
    ],
    ["ready does not end with the node", "joining", "this.#waits.close()", "void 0"],
  ]),
  ...group("src/storj", ["test/storj/public-address"], [
    ["private nodes keep no way open", "public-address", "if (isPrivate)\n            this.#keepOpen();", ""],
    ["ways are used too seldom", "public-address", "KEEP_OPEN_MS = 25_000", "KEEP_OPEN_MS = 31_000"],
    ["symmetric NATs are cones", "public-address", "2 * most.count > outside.length", "true"],
    [
      "who lies makes a cone look symmetric",
      "public-address",
      "2 * most.count > outside.length",
      "most.count === outside.length",
    ],
    [
      "silent neighbours are called again and again",
      "public-address",
      "this.#silent.set(contact.address",
      "new Map().set(contact.address",
    ],
    ["nobody takes the place of a silent neighbour", "public-address", "onSilence();", ""],
    ["one in the same house makes a node public", "public-address", "if (isOwn(most.at))", "if (seen.some(isOwn))"],
    ["a node does not look again where it is", "public-address", "CHECK_MS = 600_000", "CHECK_MS = 600_000_000"],
  ]),
  ...group("src/storj/messages", ["storj/messages/inbox"], [
    ["one sender fills the queue", "places", "?? 0) >= this.#ofSender)", "?? 0) < 0)"],
    ["one network fills the queue", "places", "ofSource >= this.#ofSender && ofSource >= free", "false"],
    ["who claims to be somebody uses up their places", "places", "`${name} ${source}`, source }", "name, source }"],
    ["forged addresses take all places", "places", "caller === null || caller.verified ? 0", "true ? 0"],
    ["places are not given back", "places", "this.#count(place, -1)", "void 0"],
    [
      "messages of earlier runs take no places",
      "places",
      "this.#count(place, 1);\n        return place;\n    }\n    /** Gives",
      "return place;\n    }\n    /** Gives",
    ],
    [
      "handlers get what others change",
      "inbox",
      "registration.handler(from && from.slice(),",
      "registration.handler(from,",
    ],
    [
      "a handler that throws stops others",
      "inbox",
      "catch (error) {\n                this.#handlerFailed(error);",
      "catch (error) {\n                throw error;",
    ],
    ["what a handler promises is nobody's", "inbox", "returned instanceof Promise", "false"],
    ["lists take what is for handlers", "inbox", "if (this.#handlers.size > 0)\n            return [];", ""],
    [
      "loops take what is for handlers",
      "inbox",
      "this.#handlers.size > 0 || this.#waiters.size > 0 ? null",
      "this.#waiters.size > 0 ? null",
    ],
    [
      "relayed messages come after direct ones",
      "inbox",
      "relayed === null || direct.sequence < relayed.sequence",
      "true",
    ],
    ["messages are views of datagrams", "inbox", "new Packed(entry.message.bytes.slice())", "entry.message"],
    ["what is taken is kept for the next time", "inbox", "this.#keep?.taken(entries.map(", "void (entries.map("],
    ["the signal ends no loop", "reader", 'signal?.addEventListener("abort", this.#end, { once: true })', "void 0"],
  ]),
  ...group("src/storj/messages", ["storj/messages/sending"], [
    ["messages overtake each other", "lines", "if (line !== undefined)", "if (false)"],
    ["lines are never over", "lines", "this.#lines.delete(name);", ""],
    ["who gives up stays in line", "lines", "if (this.#lines.get(name)?.delete(job))", "if (false)"],
    ["any number of messages waits", "messages", "if (this.#lines.full)", "if (false)"],
    ["old nodes get messages again", "messages", 'capabilities.has("repeats")', "true"],
    ["messages are given up early", "messages", "insists: true", "insists: false"],
    ["who is silent is found again", "messages", "this.#ground.forget(contact);", ""],
    ["nodes of the other era get nothing", "messages", ' || options.era === "rpcudp"', ""],
    ["messages to oneself are sent", "messages", "equalValues(id, dht.id)", "false"],
    [
      "messages longer than old nodes read are sent",
      "messages",
      "MESSAGE_BYTES_MAX = 8132",
      "MESSAGE_BYTES_MAX = 8133",
    ],
  ]),
  ...group("src/storj/persistence", ["storj/persistence"], [
    ["failed writes are forgotten", "persistence", "this.#waiting = new Map([...changes, ...this.#waiting])", "void 0"],
    [
      "a document that says what cannot be ends the start",
      "persistence",
      "all.push(read(key, document));\n            }\n            catch (error) {",
      "all.push(read(key, document));\n            }\n            catch (error) {\n                throw error;",
    ],
    ["contacts do not survive", "documents", "contacts ?? []", "[]"],
    ["values grow younger with each start", "documents", "firstMs: Math.round(firstMs)", "firstMs: Date.now()"],
  ]),
  ...group("src/storj/map", ["test/storj/map/crawl"], [
    ["only the nearest are asked for", "crawl", "bucket + 1 < all && named.length > 0", "false"],
    [
      "every part of a table is asked for",
      "crawl",
      "Math.min(buckets, 1 + Math.min(",
      "Math.max(buckets, 1 + Math.min(",
    ],
    [
      "late nodes keep others from being asked",
      "crawl",
      "this.#visits.size - this.#late < workers",
      "this.#visits.size < workers",
    ],
    ["answers of any length are taken", "crawl", "outcome.reply.slice(0, CONTACTS_MAX)", "outcome.reply"],
    ["a crawl that is given up goes on", "crawl", "if (this.#isOver)\n", "if (false)\n"],
    ["nobody is asked in the other era", "crawl", "if (era === visit.era)\n", "if (false)\n"],
    ["a map has any number of nodes", "frontier", "isKnown || this.nodes.size < this.#nodesMax", "true"],
    ["a network has any number of nodes", "frontier", ">= OF_NETWORK_MAX", ">= Infinity"],
    ["a network invents any number of nodes", "frontier", "(this.#named.get(source) ?? 0) < NAMED_MAX", "true"],
    ["who says so is somebody else", "frontier", "(entry.isNamed || !isNamed)", "false"],
    ["the first place that is named is the only one", "frontier", "sources.length < PLACES_MAX", "false"],
    ["everybody was asked", "frontier", "this.isComplete = false;", ""],
  ]),
  ...group("src/storj/map", ["test/storj/map/picture"], [
    ["texts of strangers are markup", "labels", "[&<>\"']", "[\\u0000]"],
    ["texts of strangers are statements", "dot", "replaceAll('\"', '\\\\\"')", "replaceAll('\"', '\"')"],
    ["the silent look like the others", "network-map", "seen !== null", "true"],
    ["a PNG has no labels", "picture", "fontBuffers: [font]", "fontBuffers: []"],
    ["a PNG has any size", "picture", "Math.max(width, height) <= PNG_PX_MAX", "true"],
    ["all lines are drawn", "picture", "Math.min(connections.length, linesMax)", "connections.length"],
  ]),
  ...group("src/storj/map", ["test/storj/map/monitor"], [
    [
      "the farthest are asked first",
      "scan",
      "distances.get(a) < distances.get(b) ? 1 : -1",
      "distances.get(a) < distances.get(b) ? -1 : 1",
    ],
    ["what should not happen is silence", "scan", "!(error instanceof StorjError)", "false"],
    ["nodes name any number of peers", "scan", ".slice(0, PEERS_MAX)", ""],
    ["texts of strangers are taken as they are", "scan", "unl: plainText(unl)", "unl"],
    ["datasets are overwritten", "monitor", 'flag: "wx"', 'flag: "w"'],
    ["numbers that are taken are taken again", "monitor", "await isTaken(free)", "false"],
    ["datasets follow each other at once", "monitor", "begin + intervalMs - clock.now()", "0"],
    ["who ends it gets an error", "monitor", "if (!signal.aborted)\n", "if (true)\n"],
  ]),
];
