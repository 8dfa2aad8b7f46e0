/**
 * Reading signed values: all nodes that should have one are asked, because one of them may have an older value, or
 * anything that a stranger has put there.
 *
 * @module
 */

import type { Packed } from "../../../codec/msgpack/mod.ts";
import type { RpcReply } from "../../../codec/protocols/storj/mod.ts";
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

/**
 * Asks the nodes for what they have, checks it, and takes the highest sequence. Nodes that are late are waited for only as
 * long as nobody has answered with anything of the owner's.
 */
export function readSigned(reading: SignedReading): Cancel {
  const { peers, verify, key, contacts, own, settle } = reading;
  const newest = new NewestSigned(key, verify);
  /** The sequence that each node has, of those that have answered; -1 for nothing that is the owner's. */
  const sequences = new Map<Contact, number>();
  const late = new Set<Contact>();
  const cancels = new Map<Contact, Cancel>();
  let answers = own === null ? 0 : 1;
  const ownSequence = own === null ? -1 : newest.add(own);
  const endIfDone = () => {
    if (cancels.size > 0 && (newest.newest === null || late.size < cancels.size)) return;
    cancelAll();
    settle(found({ newest, sequences, ownSequence, answers }, reading));
  };
  const cancelAll = () => {
    for (const cancel of cancels.values()) cancel();
    cancels.clear();
  };
  const answered = (contact: Contact, reply: RpcReply<"find_value"> | undefined) => {
    cancels.delete(contact);
    late.delete(contact);
    if (reply !== undefined) {
      const hasValue = "value" in reply;
      if (hasValue) answers += 1;
      sequences.set(contact, hasValue ? newest.add(reply.value) : -1);
    }
    endIfDone();
  };
  for (const contact of contacts) {
    const onLate = () => {
      late.add(contact);
      endIfDone();
    };
    const args = { nodeId: peers.id, key };
    cancels.set(
      contact,
      peers.call(contact, "find_value", args, ({ reply }) => answered(contact, reply), { onLate }),
    );
  }
  if (contacts.length === 0) endIfDone();
  return cancelAll;
}

/** What was read. */
interface Read {
  readonly newest: NewestSigned;
  readonly sequences: ReadonlyMap<Contact, number>;
  readonly ownSequence: number;
  readonly answers: number;
}

/** The newest value; the nearest node that has answered without it is given it, as after any other reading. */
function found(
  { newest, sequences, ownSequence, answers }: Read,
  { contacts, give }: SignedReading,
): FoundSigned | null {
  if (newest.newest === null) return null;
  const { packed, value: { value, sequence } } = newest.newest;
  const behind = contacts.find((contact) => (sequences.get(contact) ?? sequence) < sequence);
  if (behind !== undefined) give(behind, packed);
  let copies = ownSequence === sequence ? 1 : 0;
  for (const one of sequences.values()) if (one === sequence) copies += 1;
  return { value, sequence, copies, answers };
}
