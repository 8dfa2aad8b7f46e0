/**
 * Reading signed values: all nodes that should have one are asked, because one of them may have an older value, or
 * anything that a stranger has put there.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { Cancel } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { Peers } from "../peers.ts";
import { NewestSigned } from "./signed-values.ts";
import type { Signatures } from "./signatures.ts";

/** A signed value that was found. */
export interface FoundSigned {
  readonly value: Packed;
  readonly sequence: number;
  /** How many nodes have answered with the newest value, and how many with anything. */
  readonly copies: number;
  readonly answers: number;
}

/** What it takes to read a signed value. */
export interface SignedReading {
  readonly peers: Peers;
  readonly verify: Signatures["verify"];
  readonly key: Uint8Array;
  /** The nodes nearest to the key, the nearest first. */
  readonly contacts: readonly Contact[];
  /** What this node has itself. */
  readonly own: Packed | null;
  /** Gives the newest value to a node that has an older one, or none. */
  readonly give: (contact: Contact, packed: Packed) => void;
  /** Called once with the newest value, or null; not after the reading is cancelled. */
  readonly settle: (found: FoundSigned | null) => void;
}

/** Asks the nodes for what they have, checks it, and takes the highest sequence. */
export function readSigned({ peers, verify, key, contacts, own, give, settle }: SignedReading): Cancel {
  const newest = new NewestSigned(key, verify);
  /** The sequence that each node has; -1 for nothing that is the owner's. Only those that answered. */
  const sequences = new Map<Contact, number>();
  let answers = 0;
  let open = contacts.length;
  const ownSequence = own === null ? -1 : newest.add(own);
  const end = () => {
    const found = newest.newest;
    if (found === null) return settle(null);
    const { packed, value: { value, sequence } } = found;
    // As `get` does it: the nearest one only, so that reading stays reading.
    const behind = contacts.find((contact) => (sequences.get(contact) ?? sequence) < sequence);
    if (behind !== undefined) give(behind, packed);
    let copies = ownSequence === sequence ? 1 : 0;
    for (const one of sequences.values()) if (one === sequence) copies += 1;
    settle({ value, sequence, copies, answers: answers + (own === null ? 0 : 1) });
  };
  if (open === 0) {
    end();
    return () => {};
  }
  const cancels = contacts.map((contact) =>
    peers.call(contact, "find_value", { nodeId: peers.id, key }, ({ reply }) => {
      if (reply !== undefined) {
        const hasValue = "value" in reply;
        if (hasValue) answers += 1;
        sequences.set(contact, hasValue ? newest.add(reply.value) : -1);
      }
      open -= 1;
      if (open === 0) end();
    })
  );
  return () => cancels.forEach((cancel) => cancel());
}
