/**
 * What every host has to do: one suite, run against each of them. A host's test file says how two of them are made:
 *
 *     conformance("memory host", async () => ({ a, b, nobody }), { datagrams: true });
 *
 * Time only passes by events here: nothing sleeps, and hosts with virtual time are driven by `settle`.
 *
 * @module
 */

import { suite } from "uvu";
import { checkDatagrams, checkNoDatagrams } from "./datagrams.ts";
import { checkEndings } from "./endings.ts";
import { checkLife } from "./life.ts";
import { checkOpenings } from "./openings.ts";
import { checkStreams } from "./streams.ts";
import type { Abilities, Check, HostPair } from "../pair.ts";

/** Runs the suite against one kind of host; `makePair` is called for every test. */
export function conformance(name: string, makePair: () => Promise<HostPair>, abilities: Abilities = {}): void {
  const test = suite(name);
  const check: Check = (title, body) => test(title, () => runWith(makePair, body));
  checkStreams(check, abilities);
  checkEndings(check, abilities);
  checkOpenings(check);
  checkLife(check);
  if (abilities.datagrams ?? true) checkDatagrams(check);
  else checkNoDatagrams(check);
  test.run();
}

async function runWith(makePair: () => Promise<HostPair>, body: (pair: HostPair) => Promise<void>): Promise<void> {
  const pair = await makePair();
  const settle = <T>(work: Promise<T>) => pair.settle === undefined ? work : pair.settle(work);
  try {
    await settle(body(pair));
  } finally {
    await settle(Promise.all([pair.a.stop(), pair.b.stop()]));
    await pair.stop?.();
  }
}
