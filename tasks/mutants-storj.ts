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
    ["the first says where a node is", "dht", "found <= count", "most !== null"],
    ["what is no address is one", "dht", " && addressOf(reply.ip, reply.port) !== null", ""],
    ["the own id is looked for", "dht", "equalValues(wanted, this.#ground.dht.id)", "false"],
    ["too many are asked where a node is", "dht", "dht.closest(dht.id, STUN_PEERS)", "dht.closest(dht.id)"],
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
];
