/**
 * Faults of streams between storj nodes.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const STREAM_MUTANTS: readonly Mutant[] = [
  ...group("src/storj/streams", ["storj/streams/old-nodes", "storj/streams/recorded"], [
    [
      "a partial count loses the rest",
      "call-transport",
      "this.#writes.take(taken);",
      "this.#writes.take(piece.length);",
    ],
    [
      "several writes are under way",
      "call-transport",
      "this.#done || this.#cancel !== null || this.#pause !== null",
      "this.#done || this.#pause !== null",
    ],
    ["pieces are too long for old nodes", "call-transport", "PIECE_BYTES_MAX = 8097", "PIECE_BYTES_MAX = 8098"],
    ["silence is taken for a full buffer", "call-transport", 'if (error.code === "busy")', "if (true)"],
    ["what is uncertain is not said", "call-transport", "stream.receiveReset(cause);", "stream.receiveReset();"],
    [
      "closing loses what is unread",
      "call-transport",
      "this.#end();\n        if (stream.unread === 0)\n            this.#leave();\n    }\n    /** The other side has sent",
      "this.#end();\n        this.#leave();\n    }\n    /** The other side has sent",
    ],
    [
      "a buffer has no end",
      "call-transport",
      "this.#parts.room.growTo(stream.unread + data.length) - stream.unread",
      "1e9",
    ],
    [
      "whoever knows the id of a stream may use it",
      "streams",
      "entry.address === from.address && equalBytes(entry.peerId, nodeId)",
      "true",
    ],
    ["the address says whose stream it is", "streams", " && equalBytes(entry.peerId, nodeId)", ""],
    ["a stream can be closed again", "streams", " && entry.transport.open", ""],
    ["one peer may have all places", "table", "> this.#max / 2", "> this.#max"],
    [
      "there are any number of streams",
      "table",
      "return this.#entries.size + this.#reserved >= this.#max;",
      "return false;",
    ],
    ["an echo has no end", "echo-transport", "this.#room.growTo(unread + bytes) - unread", "bytes"],
    ["memory is not given back", "room", "this.#room.give(this.#extra - kept);", "", ["storj/streams/hostile"]],
    ["a stream may have all memory", "room", "Math.min(bytes, this.#room.streamBytes)", "bytes", [
      "storj/streams/hostile",
    ]],
  ]),
  ...group("src/storj/streams/window", ["storj/streams/hostile"], [
    ["data beyond the limit is taken", "receiver", "end > this.#limit || ", ""],
    ["an end may move", "receiver", "last && this.#end !== Infinity && end !== this.#end", "false"],
    ["the last bytes count", "receiver", "Math.min(end, start) - offset", "end - offset"],
    ["any number of pieces wait", "arrivals", "parts.length >= PIECES_MAX", "false"],
    ["what was never sent is acknowledged", "sender", "number >= this.#next || ", ""],
    ["who acknowledges what never came gets more", "sender", 'return "trap";', "return true;"],
    ["nobody is given up", "sender", "nowMs - this.#waitingSinceMs >= SILENCE_MS_MAX", "false"],
    ["forged addresses are sent all", "path", "proven ? Infinity : UNPROVEN_PIECES", "Infinity"],
    ["a reset of anybody counts", "windows", "entry?.address === from.address && entry.transport", "entry?.transport"],
  ]),
  ...group("src/storj/streams/window", ["storj/streams/moving"], [
    ["a new address is believed", "windows", "signer !== null && equalBytes(signer.nodeId, peerId)", "true"],
    ["challenges are answered to anybody", "windows", "entry?.address !== from.address || ", "entry === null || "],
    [
      "proofs are asked for without end",
      "windows",
      "nowMs - (this.#asked.get(entry) ?? -Infinity) < PROOF_PAUSE_MS",
      "false",
    ],
    ["an idle stream is forgotten by what is between", "sender", "KEEP_OPEN_MS = 20_000", "KEEP_OPEN_MS = 2_000_000"],
    ["what was on its way to the old address is lost", "sender", "this.#lost.splice(at, 0, segment);", ""],
  ]),
  ...group("src/storj/streams/window", ["storj/streams/window", "storj/streams/model"], [
    [
      "numbers of long ago are taken for new ones",
      "numbers",
      "this.#bits[(byte - back) % STREAM_SEEN_BYTES_MAX] = 0;",
      "",
    ],
    ["the end is not remembered", "windows", "complete: () => this.#remember(entry)", "complete: () => { }"],
    [
      "what is unread when the end comes is lost",
      "transport",
      "if (stream.unread === 0)\n            this.#leave();\n    }\n    /** The stream is broken",
      "stream.drop(stream.unread);\n        this.#leave();\n    }\n    /** The stream is broken",
    ],
    ["who gives up says nothing", "transport", "if (!this.#done)\n            this.#reset();", ""],
    [
      "a word that was lost is not said again",
      "windows",
      'return void rpc.tell(from.address, "warpwire_reset", { streamId });',
      "return undefined;",
    ],
    [
      "a full window is overrun",
      "path",
      "this.#ready.length > 0 && congestion.inFlight < congestion.window",
      "this.#ready.length > 0",
      ["storj/streams/hostile"],
    ],
  ]),
  ...group("src/rpc", ["rpc/notices"], [
    ["everybody is vouched for", "incoming", "this.#vouched?.has(source) === true", "true"],
    ["who is vouched for may ask without end", "incoming", "isNotice && this.#vouched", "this.#vouched"],
    ["vouching has no end", "incoming", "if (left === 0)\n", "if (left < 0)\n"],
  ]),
];
