/**
 * Faults of the hash table.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const DHT_MUTANTS: readonly Mutant[] = [
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
    ["contacts are asked again and again", "introductions", "(bits & ASKED) !== 0 || this.#closed", "this.#closed"],
    ["forged addresses speak for contacts", "introductions", " && from.verified", ""],
    ["late answers hold stores up", "introductions", "onLate: () => tellAll(0)", "onLate: () => { }"],
    ["strangers are remembered without end", "introductions", "strangers.size <= STRANGERS_MAX", "true"],
    ["what one has proven is proven for all at its address", "introductions", "keyText(id) + address", "address"],
    ["values grow younger by being passed on", "stores", "(peers.clock.now() - firstMs) / 1000", "0"],
    ["a node that has forgotten our calls gets no values", "stores", 'outcome.error?.code === "timeout"', "false"],
  ]),
];
