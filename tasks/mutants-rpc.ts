/**
 * Faults of the endpoints of calls.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const RPC_MUTANTS: readonly Mutant[] = group("src/rpc", ["rpc/calls", "rpc/answers", "rpc/limits"], [
  ["answers are taken from any address", "outgoing", "if (isForeign || ", "if ("],
  ["answers are taken in any era", "outgoing", "datagramType(bytes[0]).era !== call.era", "false"],
  ["one word of a message id is enough", "pending", "if (own[index] !== datagram[index])", "if (index < 0)"],
  ["message ids are all zero", "outgoing", "random.next() * 2 ** 32", "0 * random.next()"],
  ["messages are sent again to everybody", "outgoing", "repeats || REPEATABLE[rpc]", "true"],
  ["requests are never sent again", "outgoing", "!call.repeatable || (call.sends >= SENDS_MAX && !insists)", "true"],
  ["whoever is late is asked again at once", "outgoing", "if (nowMs + SLACK_MS < againMs)", "if (false)"],
  ["retries don't back off", "outgoing", ": 2 * call.retryMs", ": call.retryMs"],
  ["being late is said again and again", "outgoing", "call.late = true;", ""],
  ["standing still counts", "outgoing", "if (stalledMs > STALL_MS)", "if (false)"],
  [
    "a call may take as long as it likes",
    "outgoing",
    "options.timeoutMs ?? TIMEOUT_MS, TIMEOUT_MS)",
    "options.timeoutMs ?? TIMEOUT_MS)",
  ],
  [
    "calls that were given up keep their timer",
    "outgoing",
    "this.#timer?.clear();\n        this.#timer = null;",
    "this.#timer = null;",
  ],
  ["a peer gets everything at once", "pending", "peer.inFlight < this.#limits.inFlightPerPeer", "true"],
  ["what waits is forgotten", "pending", "if (peer.waiting?.first)\n                this.#hold(peer);", ""],
  ["repeats run again", "incoming", "if (earlier)", "if (false)"],
  ["repeats are forgotten early", "answers-sent", "this.#keepMs + stepMs", "stepMs"],
  ["kept answers share the memory of datagrams", "answers-sent", "compactCopy(answer))", "answer)"],
  ["anybody's repeat gets the answer", "answers-sent", "idWord(datagram) ^ source", "idWord(datagram)"],
  [
    "messages run without room to remember them",
    "incoming",
    "this.#once?.hasRoom(ONCE_ANSWER_BYTES + reserved) === false",
    "false",
  ],
  ["strangers use up the memory for repeats", "incoming", "verified ? 0 : this.#plan", "true ? 0 : this.#plan"],
  ["who insists gives up like others", "outgoing", "repeatable && options.insists !== true", "repeatable"],
  ["who insists waits longer and longer", "outgoing", "insists ? Math.min(", "false ? Math.min("],
  ["strangers draw what they like", "incoming", "verified ? null :", "true ? null :"],
  ["asking proves an address", "endpoint", "return this.#verified.has(nowMs, source);", "return true;"],
  [
    "errors of handlers are nobody's",
    "incoming",
    'onEvent?.({ type: "handler-failed", rpc, from, error });\n        }\n        return null;',
    "}\n        return null;",
  ],
  ["who is near has as long as others", "round-trip", "if (usualMs < NEAR_MS)", "if (false)"],
  ["nobody is late before a millisecond", "round-trip", "LATE_MS_MIN = 0.2", "LATE_MS_MIN = 1"],
  ["trips of strangers are not learned", "outgoing", "(this.#trips ??= new RecentTrips()).add(roundTripMs);", ""],
]);
