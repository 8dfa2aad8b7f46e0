import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ZERO_IDENTITY } from "../../codec/protocols/astral/mod.ts";
import { Tokens } from "../../src/astral/tokens.ts";
import { systemRandom } from "../../src/host/timing/system.ts";
import { ID_ONE, ID_TWO } from "./guests.ts";

const test = suite("astral: tokens");

function tokens(options: { readonly tokensMax?: number; readonly allowAnonymous?: boolean } = {}) {
  const time = { nowMs: 1000 };
  const clock = { now: () => time.nowMs, setTimer: () => ({ clear() {} }) };
  return { time, all: new Tokens({ clock, random: systemRandom, tokensMax: 3, allowAnonymous: false, ...options }) };
}

test("a token stands for an identity until it expires", () => {
  const { time, all } = tokens();
  const { token } = all.add(ID_ONE, { lifeMs: 500 });
  all.add(ID_TWO, { text: "two" });
  assert.equal([all.login(token), all.login("two"), all.login(`${token}0`)], [ID_ONE, ID_TWO, null]);
  time.nowMs += 500;
  assert.equal([all.login(token), all.login("two")], [null, ID_TWO]);
});

test("there are as many tokens as may be, of 1 to 255 bytes", () => {
  const { all } = tokens();
  for (const text of ["", "é".repeat(128)]) assert.throws(() => all.add(ID_ONE, { text }), RangeError);
  for (const text of ["1", "2", "é".repeat(127)]) all.add(ID_ONE, { text });
  assert.throws(() => all.add(ID_ONE), RangeError);
  assert.is(all.list().length, 3);
});

test("without a token somebody is nobody, where that is allowed", () => {
  const logins = [false, true].flatMap((allowAnonymous) => {
    const { all } = tokens({ allowAnonymous });
    return [all.login(""), all.login("unknown")];
  });
  assert.equal(logins, [null, null, ZERO_IDENTITY, null]);
});

test.run();
