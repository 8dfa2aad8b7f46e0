/**
 * The memory of lists that begin and do not end: bounded for each peer, for strangers and for known peers.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ArgumentBudget } from "../../src/warpdrive/session/argument-budget.ts";
import type { WarpdriveError } from "../../src/warpdrive/error.ts";
import { ManualClock } from "../host/manual-clock.ts";

const test = suite("warpdrive: unfinished lists");

const MIB = 2 ** 20;

function bench() {
  const clock = new ManualClock();
  const budget = new ArgumentBudget(clock);
  const gaveWay: string[] = [];
  const share = (name: string, isStranger = true) => {
    const { take, free } = budget.share({
      peer: name[0],
      isStranger: () => isStranger,
      giveWay: () => gaveWay.push(name),
    });
    const code = (count: number) => {
      try {
        take(count);
        return "taken";
      } catch (error) {
        return (error as WarpdriveError).code;
      }
    };
    return { take: code, free };
  };
  return { clock, gaveWay, share };
}

test("there is room for the largest list of each peer, for two of strangers, and apart from these for known peers", () => {
  const { share, gaveWay } = bench();
  const [one, again, two, three, friend] = [share("a"), share("a"), share("b"), share("c"), share("f", false)];
  assert.is(one.take(33 * MIB), "taken");
  assert.is(again.take(33 * MIB), "limit");
  assert.is(two.take(33 * MIB), "taken");
  assert.is(three.take(33 * MIB), "limit");
  assert.is(friend.take(33 * MIB), "taken");
  // Small offers get through whatever others do.
  assert.is(share("e").take(60_000), "taken");
  for (const each of [one, two]) each.free();
  assert.is(share("c").take(33 * MIB), "taken");
  assert.equal(gaveWay, []);
});

test("lists that hardly come any more give way, of the peer first who holds most", () => {
  const { clock, share, gaveWay } = bench();
  const [large, small, other] = [share("a1"), share("b1"), share("b2")];
  large.take(33 * MIB);
  small.take(10 * MIB);
  other.take(20 * MIB);
  clock.advance(20_000);
  // One of them is in no hurry, but goes on: it does not keep its place by that.
  assert.is(large.take(1), "taken");
  const honest = share("c");
  assert.is(honest.take(10 * MIB), "taken");
  assert.equal(gaveWay, ["a1"]);
  assert.is(large.take(1), "limit");
  assert.is(honest.take(23 * MIB), "taken");
  assert.equal(gaveWay, ["a1"]);
  assert.is(share("d").take(30 * MIB), "taken");
  assert.equal(gaveWay, ["a1", "b1", "b2"]);
});

test("strangers whose lists come fast give way to somebody who has far less", () => {
  const { clock, share, gaveWay } = bench();
  const [a, b] = [share("a"), share("b")];
  for (let second = 0; second < 33; second++) {
    clock.advance(1000);
    for (const each of [a, b]) assert.is(each.take(MIB), "taken");
  }
  const honest = share("c");
  assert.is(honest.take(3 * MIB), "taken");
  assert.is(gaveWay.length, 1);
  for (let n = 0; n < 10; n++) assert.is(honest.take(3 * MIB), "taken");
  assert.is(gaveWay.length, 1);
});

test("no stranger takes anything of known peers, and these give way to each other only when they hardly come", () => {
  const { clock, share, gaveWay } = bench();
  const friends = ["f", "g", "h", "i"].map((name) => share(name, false));
  for (const friend of friends) assert.is(friend.take(34 * MIB), "taken");
  for (let n = 0; n < 20; n++) share(String.fromCharCode(0x41 + n)).take(30 * MIB);
  const fifth = share("k", false);
  assert.is(fifth.take(MIB), "limit");
  assert.ok(gaveWay.every((name) => /[A-Z]/.test(name)), String(gaveWay));
  clock.advance(60_000);
  assert.is(share("l", false).take(30 * MIB), "taken");
  assert.is(gaveWay.filter((name) => /[f-i]/.test(name)).length, 1);
});

test.run();
