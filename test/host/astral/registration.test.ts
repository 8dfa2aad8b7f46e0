import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Registration, RegistrationWatch } from "../../../src/host/astral/registration.ts";
import { HostError, systemRandom } from "../../../src/host/mod.ts";
import { nextMacrotask } from "../../../src/host/timing/system.ts";
import { ManualClock } from "../manual-clock.ts";

const test = suite("registrations with an astral node");

test("what becomes of them is told once for all of them, until all are held again", async () => {
  const clock = new ManualClock();
  const news: string[] = [];
  const watch = new RegistrationWatch((one) => news.push(one instanceof HostError ? one.message : one));
  let trouble: HostError | null = null;
  const losing = new Map<string, () => void>();
  const registration = (action: string) =>
    new Registration({
      ...{ clock, random: systemRandom, action, watch },
      register: () => {
        if (trouble !== null) return Promise.reject(trouble);
        const lost = new Promise<void>((resolve) => losing.set(action, resolve));
        return Promise.resolve({ lost, release: () => Promise.resolve(losing.get(action)!()) });
      },
    });
  const [first, second] = [registration("Mounting a"), registration("Mounting b")];
  await Promise.all([first.ready(), second.ready()]);
  assert.equal(news.splice(0), ["held"]);
  trouble = new HostError("unreachable", "No node is there");
  for (const lose of losing.values()) lose();
  for (let attempts = 0; attempts < 5; attempts++) {
    await nextMacrotask();
    clock.advance(10_000);
  }
  assert.equal(news.splice(0), ["lost", "No node is there"]);
  trouble = new HostError("unreachable", "The node does not accept the token");
  await nextMacrotask();
  clock.advance(10_000);
  await nextMacrotask();
  assert.equal(news.splice(0), ["The node does not accept the token"]);
  trouble = null;
  clock.advance(10_000);
  await Promise.all([first, second].map((one) => one.ready().catch(() => {})));
  await nextMacrotask();
  assert.equal(news.splice(0), ["held"]);
  // What is given up here is nobody's loss, and the next time everything is told anew.
  await first.stop();
  assert.equal(news.splice(0), []);
  losing.get("Mounting b")!();
  await nextMacrotask();
  assert.equal(news.splice(0), ["lost"]);
  clock.advance(10_000);
  await nextMacrotask();
  assert.equal(news.splice(0), ["held"]);
  // Neither is one that is given up while it is missing.
  trouble = new HostError("mounted", "Another program has it");
  losing.get("Mounting b")!();
  await nextMacrotask();
  await second.stop();
  assert.equal([news.splice(0), clock.timers], [["lost"], 0]);
  trouble = null;
  const third = registration("Mounting c");
  await third.ready();
  losing.get("Mounting c")!();
  await nextMacrotask();
  assert.equal(news, ["held", "lost"]);
  await third.stop();
});

test.run();
