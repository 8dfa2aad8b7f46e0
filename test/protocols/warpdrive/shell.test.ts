/**
 * The port for people, with lines of all kinds.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ShellDecoder } from "../../../codec/protocols/warpdrive/mod.ts";
import { ascii, labels, type Step } from "./steps.ts";

const test = suite("warpdrive shell");

const SHELL_STEPS: readonly [steps: readonly Step[], expected: readonly string[]][] = [
  // A filter that is none: the next line is a line.
  [[["C>S", "sub bogus\npeers\n"]], ["C>S shell line 0-10", "C>S shell line 10-16"]],
  [[["C>S", "stat in\nx\n"], ["C>S", "y"]], [
    "C>S shell line 0-8",
    "C>S shell finish 8-10",
    "C>S shell invalid 10-11 protocol",
  ]],
  [[["S>C", "warp> "], ["C>S", "sub in\n"], ["S>C", "\x06warp> "], ["C>S", "in\n"]], [
    "S>C shell greeting 0-6",
    "C>S shell line 0-7",
    "S>C shell prompt 6-13",
    "C>S shell line 7-10",
  ]],
  [[["C>S", "exit\n"], ["C>S", "peers\n"]], ["C>S shell line 0-5", "C>S shell invalid 5-11 protocol"]],
  [[["C>S", "in"]], ["C>S shell invalid 0-2 truncated"]],
  [[["S>C", "war"]], ["S>C shell invalid 0-3 truncated"]],
  [[["S>C", "warp> \x09abc"]], ["S>C shell greeting 0-6", "S>C shell invalid 6-10 truncated"]],
  [[["C>S", [0xc3, 0x28, 0x0a]], ["C>S", "in\n"]], ["C>S shell invalid 0-3 utf8", "C>S shell line 3-6"]],
];

test("lines, prompts, subscriptions and their end", () => {
  for (const [steps, expected] of SHELL_STEPS) {
    const decoder = new ShellDecoder();
    const messages = steps.flatMap(([dir, bytes]) =>
      decoder.push(dir, typeof bytes === "string" ? ascii(bytes) : Uint8Array.from(bytes))
    );
    assert.equal(labels([...messages, ...decoder.finish()]), expected);
  }
});

test("a line without end is refused, byte by byte as well, and looked at once", () => {
  const line = new Uint8Array(1024 * 1024 + 1).fill(0x61);
  for (const dir of ["C>S", "S>C"] as const) {
    const whole = new ShellDecoder();
    assert.equal(labels(whole.push(dir, line)), [`${dir} shell invalid 0-1048577 limit`]);
    assert.equal(labels(whole.push(dir, ascii("in\n"))), [`${dir} shell invalid 1048577-1048580 limit`]);
    const decoder = new ShellDecoder();
    const searched = countSearched(() => {
      for (let at = 0; at < line.length; at++) decoder.push(dir, line.subarray(at, at + 1));
    });
    assert.ok(searched <= line.length, `${searched} bytes were searched for a newline`);
    assert.equal(decoder.finish(), []);
  }
});

/** Counts the bytes that are searched with `indexOf`. */
function countSearched(run: () => void): number {
  const original = Uint8Array.prototype.indexOf;
  let searched = 0;
  Uint8Array.prototype.indexOf = function (this: Uint8Array, ...args) {
    searched += this.length;
    return original.apply(this, args);
  };
  try {
    run();
  } finally {
    Uint8Array.prototype.indexOf = original;
  }
  return searched;
}

test("bytes that a recording left out", () => {
  const decoder = new ShellDecoder();
  const messages = [
    ...decoder.push("S>C", ascii("incoming: f")),
    ...decoder.elide("S>C", 12),
    ...decoder.push("C>S", ascii("exit\n!")),
    ...decoder.elide("C>S", 3),
    ...decoder.elide("S>C", 4),
  ];
  assert.equal(labels(messages), [
    "S>C shell output 0-11 elided 12",
    "C>S shell line 0-5",
    "C>S shell invalid 5-6 protocol",
    "C>S shell invalid 6-6 protocol elided 3",
    "S>C shell output 11-11 elided 4",
  ]);
  assert.is(messages[0].value, null);
});

test.run();
