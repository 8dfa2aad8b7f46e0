/**
 * Stores on somebody's behalf: of a value that lives already and must not grow younger by being passed on.
 *
 * @module
 */

import { CAPABILITIES } from "../../../codec/protocols/storj/mod.ts";
import type { Cancel, Outcome } from "../../rpc/mod.ts";
import type { Contact } from "../contact.ts";
import type { Peers } from "../peers.ts";
import { type HeldValue, keyOf, sameBytes } from "../values/mod.ts";
import type { Introductions } from "./introductions.ts";

/**
 * Gives a value that is kept here to a contact: with its age if the contact takes that, which it is asked for where that
 * is not known. Nodes that don't know our calls would begin its life anew, and forget a newer value for it: they are asked
 * for theirs first, and get a plain `store` only if they have none.
 *
 * @param settle Called once with the contact's answer, or null if there was none; not after the call is cancelled
 */
export function keepAt(
  { peers, introductions }: { readonly peers: Peers; readonly introductions: Introductions },
  to: Contact,
  { text, value, firstMs }: HeldValue,
  settle: (stored: boolean | null) => void,
): Cancel {
  const call = { nodeId: peers.id, key: keyOf(text), value };
  let cancel = () => {};
  const cancelKnow = introductions.know(to, (bits) => {
    if ((bits & CAPABILITIES.age) === 0) {
      cancel = peers.call(to, "find_value", call, ({ error, reply }) => {
        if (error !== undefined) return settle(null);
        if (!Array.isArray(reply)) return settle(sameBytes(reply.value.bytes, value.bytes));
        cancel = peers.call(to, "store", call, (outcome) => settle(answerOf(outcome)));
      });
      return;
    }
    const age = Math.max(0, Math.floor((peers.clock.now() - firstMs) / 1000));
    cancel = peers.call(to, "warpwire_store", { ...call, age }, (outcome) => {
      // It may be another program by now: the next value comes with a plain store.
      if (outcome.error?.code === "timeout") introductions.unset(to, CAPABILITIES.age);
      settle(answerOf(outcome));
    });
  });
  return () => {
    cancelKnow();
    cancel();
  };
}

function answerOf(outcome: Outcome<"store"> | Outcome<"warpwire_store">): boolean | null {
  return outcome.error === undefined ? outcome.reply : null;
}
