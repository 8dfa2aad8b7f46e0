/**
 * Faults of the hash table.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const DHT_MUTANTS: readonly Mutant[] = [
  ...group("src/kademlia", ["kademlia/lookup"], [
    [
      "near by, too, three are asked for a value at once",
      "lookup",
      "this.#alone = paths === 1 ?",
      "this.#alone = false ?",
    ],
    ["nearest of the own table are probed", "shortlist", "isNamed ? this.#probesMax : 0", "this.#probesMax"],
  ]),
  ...group("src/kademlia/extensions", ["kademlia/extensions"], [
    ["older signed values replace newer ones", "signed-values", "offered.sequence <= kept.sequence", "false"],
    [
      "another value of the same sequence replaces the first",
      "signed-values",
      "offered.sequence <= kept.sequence",
      "offered.sequence < kept.sequence",
    ],
    ["signatures of offered values are not checked", "signed-values", "if (signer === null)\n", "if (false)\n"],
    [
      "strangers replace signed values",
      "signed-values",
      "kept !== null && isOwn(verify, key, kept) ? false : undefined",
      "undefined",
    ],
    ["signatures are checked without end", "signed-values", 'source !== "" && !budget.take()', "false"],
    [
      "readers take anybody's value",
      "signed-values",
      "found !== null && isOwn(this.#verify, this.#key, found)",
      "found !== null",
    ],
    ["readers take the first value", "signed-values", "value.sequence > this.#newest.value.sequence", "false"],
    ["a late node holds readers up", "signed-reader", "newest.newest === null || late.size < cancels.size", "true"],
    ["any node that lacks a value is left so", "signed-reader", "if (behind !== undefined)", "if (false)"],
    [
      "challenges for other addresses are answered",
      "proofs",
      "!(addresses ?? peers.rpc.host.addresses()).includes(asked)",
      "false",
    ],
    ["any signer proves any id", "proofs", " && sameWords(wordsOf(signer.nodeId), contact)", ""],
    [
      "challenges are answered without end",
      "proofs",
      "!(from.verified ? this.#forPeers : this.#forStrangers).take()",
      "false",
    ],
    ["a question that went another way is not noticed", "proofs", "addresses?.includes(seen) === false", "false"],
    ["contacts are asked again and again", "introductions", "if ((bits & ASKED) === 0)", "if (true)"],
    ["forged addresses speak for contacts", "introductions", " && from.verified", ""],
    ["old nodes are waited for long", "introductions", "isVital ? vitalMs(call.roundTrip) : HELLO_MS", "5000"],
    [
      "who was asked by the way is an old node for good",
      "introductions",
      "!isVital || (bits & KNOWN_BITS) !== 0 ||",
      "true ||",
    ],
    ["old nodes are asked with care each time", "introductions", "this.#rememberOld(name)", "void 0"],
    ["what cannot be asked is asked without end", "introductions", "wasVital || this.#closed", "this.#closed"],
    ["strangers are remembered without end", "introductions", "strangers.size <= STRANGERS_MAX", "true"],
    ["what one has proven is proven for all at its address", "introductions", "keyText(id) + address", "address"],
    ["values grow younger by being passed on", "stores", "(peers.clock.now() - firstMs) / 1000", "0"],
    ["a node that has forgotten our calls gets no values", "stores", 'outcome.error?.code === "timeout"', "false"],
    ["old nodes forget what is newer", "stores", "if (!Array.isArray(reply))", "if (false)"],
  ]),
  ...group("src/kademlia/values", ["kademlia/values/values"], [
    ["being stored again keeps values alive", "values", "ageMs === undefined ? 0 : YOUNGER_MS", "-Infinity"],
    ["putting a value again does not", "values", "ageMs === undefined ? 0 : YOUNGER_MS", "Infinity"],
    ["older values replace newer ones", "values", "held.firstMs > firstMs", "false"],
    ["datagrams are kept", "values", "new Packed(bytes.slice())", "new Packed(bytes)"],
    ["one source fills a node", "values", "bytes > sourceBytesMax || values > sourceValuesMax", "false"],
    [
      "what nearer nodes keep is kept all the same",
      "values",
      'fault === "full" && this.#makeRoom(held, added)',
      "false",
    ],
  ]),
  ...group("src/kademlia/values", ["values/republish"], [
    ["all holders republish at once", "republish", "JITTER_MS * this.#node.random.next()", "0"],
    [
      "what others have stored is stored again",
      "republish",
      "held === undefined || held.storedMs > beganMs",
      "held === undefined",
    ],
  ]),
  ...group("src/kademlia/values", ["values/survey", "values/republish"], [
    ["each value is looked up", "survey", "sharedBits(region.target, this.#keys[index]) < region.bits", "true"],
    ["dead nodes are stored at", "survey", "this.#known.filter((contact) => !isSeen(contact))", "this.#known"],
  ]),
  ...group("src/kademlia/values", ["values/survey"], [
    ["silent nodes are not replaced", "spread", "stored === null && of.asked + of.open < of.nearest.length", "false"],
  ]),
  ...group("src/kademlia/values", ["values/handover"], [
    ["whoever comes back is given all again", "handover", " || arrivedMs <= this.#doneMs(contact, came)", ""],
    ["all neighbours give", "handover", "cell !== null && isInCell(table.own, key, cell)", "true"],
    ["nobody takes the place of the dead", "handover", "places++", "places"],
  ]),
  ...group("src/kademlia/values", ["values/journal"], [
    ["failed writes are forgotten", "journal", "this.#changed.add(text);\n            this.#parts", "this.#parts"],
  ]),
  ...group("src/kademlia/values", ["kademlia/keeping"], [
    ["what is restored is written again", "keeping", "this.#isRestoring || ", ""],
  ]),
  ...group("src/kademlia/values", ["kademlia/put-many"], [
    ["the last of equal keys is lost", "put-many", "|| some.has(text)", ""],
    [
      "nobody at all is success",
      "put",
      "let [stored, refused, open] = [0, 0, 1]",
      "let [stored, refused, open] = [1, 0, 1]",
    ],
  ]),
];
