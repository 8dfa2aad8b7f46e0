/**
 * A process that goes through one large message in one way, and prints what that took as JSON; or writes the message.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { array, encode, inspect, string, struct, u16, u32, u8 } from "../../dist/codec/mod.js";
import { any, msgpack } from "../../dist/codec/msgpack/mod.js";
import { readTraced, traceState } from "../../dist/codec/engine/mod.js";

const ROWS = 770_000;
const KEYS = 400_000;
const SCREENFUL = 40;

const MESSAGES = {
  rows: {
    schema: array(struct({ a: u8, b: u16, c: u32, d: string(u8) }), u32),
    value: () =>
      Array.from({ length: ROWS }, (_, at) => ({ a: at % 256, b: at % 65536, c: at, d: "abcde".slice(0, at % 6) })),
  },
  msgpack: {
    schema: msgpack(any),
    value: () => Object.fromEntries(Array.from({ length: KEYS }, (_, at) => [`k${at}`, at])),
  },
};

const [message, way, file] = process.argv.slice(2);
const { schema, value } = MESSAGES[message];
if (way === "make") {
  writeFileSync(file, encode(schema, value()));
  process.exit();
}
const bytes = readFileSync(file);
const before = statusBytes("VmRSS");
const cpu = process.cpuUsage();
const start = performance.now();
const parts = waysOf()[way]();
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
const figures = { ms, cpuMs: (user + system) / 1000, peakBytes: statusBytes("VmHWM") - before, parts };
process.stdout.write(`${JSON.stringify({ ...figures, bytes: bytes.length })}\n`);

function waysOf() {
  return {
    walk: () => {
      readTraced(schema, traceState(bytes, 0, bytes.length));
      return 0;
    },
    inspect: () => inspect(schema, bytes).spans.length,
    look: () => {
      const { spans } = inspect(schema, bytes);
      let characters = 0;
      for (const { path, value } of spans) {
        characters += path.length + String(value).length;
      }
      if (characters === 0) throw new Error("nothing was looked at");
      return spans.length;
    },
    screenful: () => [...inspect(schema, bytes, { spansMax: SCREENFUL }).spans].length,
  };
}

/** A figure about this process that Linux keeps. */
function statusBytes(name) {
  const [, kib] = new RegExp(`${name}:\\s+(\\d+)`).exec(
    readFileSync("/proc/self/status", "utf8"),
  );
  return 1024 * Number(kib);
}
