/**
 * Commands that measurements run as people do, with the processor time and the memory of all their processes.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

/** How often is looked how large the processes are, in milliseconds. */
const LOOK_MS = 20;
/** Bytes that a page has. */
const PAGE_BYTES = 4096;
/** The shell tells the time of all that it has waited for. A command that is to end is told so itself. */
const TIMED = `"$@" & child=$!
trap 'kill "$child"' TERM
wait "$child"; status=$?
wait "$child" 2>/dev/null
times >&3
exit "$status"`;
const TAIL_CHARACTERS = 400;

/**
 * @typedef {object} Usage
 * @property {number} status
 * @property {number} cpuMs of all its processes, in user and system
 * @property {number} peakBytes the largest size of all its processes together
 */

/**
 * A command that runs.
 *
 * @typedef {object} Command
 * @property {(pattern: RegExp) => Promise<RegExpExecArray>} printed waits for something in what it prints
 * @property {() => void} end asks it to end
 * @property {Promise<Usage>} ended rejects where its status is not 0, unless it was asked to end
 */

/**
 * Starts a command.
 *
 * @param {string[]} words
 * @param {{ cwd?: string, env?: Record<string, string> }} options
 * @returns {Command}
 */
export function startCommand(words, { cwd, env = {} } = {}) {
  const child = spawn("sh", ["-c", TIMED, "sh", ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let text = "";
  let times = "";
  let asked = false;
  let peakBytes = 0;
  const waiting = new Set();
  const take = (chunk) => {
    text += chunk;
    for (const look of waiting) look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  child.stdio[3].on("data", (chunk) => times += chunk);
  const timer = setInterval(() => peakBytes = Math.max(peakBytes, sizeOf(child.pid)), LOOK_MS);
  const failure = (what) => new Error(`"${words[0]}" ${what}: ${text.slice(-TAIL_CHARACTERS).trim()}`);
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      clearInterval(timer);
      for (const look of waiting) look(true);
      if (status !== 0 && !asked) reject(failure(`ended with the status ${status}`));
      else resolve({ status, cpuMs: cpuMsOf(times), peakBytes });
    });
  });
  ended.catch(() => {});
  return {
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (over = false) => {
          const found = pattern.exec(text);
          if (found === null && !over) return;
          waiting.delete(look);
          if (found === null) reject(failure("has not said what was waited for"));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
    end() {
      asked = true;
      child.kill("SIGTERM");
    },
    ended,
  };
}

/** The second line that the shell prints: minutes and seconds of its children, in user and system. */
function cpuMsOf(times) {
  const [, children = ""] = times.trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.,]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds.replace(",", "."))) * 1000,
    0,
  );
}

/** The size of a process and all that it has started, in bytes; those that end meanwhile have none. */
function sizeOf(pid) {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const own = Number(pages) * PAGE_BYTES;
    return children === "" ? own : children.split(" ").reduce((sum, child) => sum + sizeOf(child), own);
  } catch {
    return 0;
  }
}
