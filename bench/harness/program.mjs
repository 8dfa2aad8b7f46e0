/**
 * Programs that measurements start beside themselves: they are asked things, one after the other, in lines of JSON.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { commandOf } from "./runtimes.mjs";

/** What lets a program collect its garbage before it tells how much memory it has. */
const COLLECTING = "--expose-gc";
/** How a runtime is given options of V8. */
const V8_OPTIONS = {
  node: (flags) => flags,
  deno: (flags) => [`--v8-flags=${flags.join(",")}`],
  bun: () => [],
};

/**
 * A program that runs.
 *
 * @typedef {object} Program
 * @property {(question: string, args?: object) => Promise<any>} ask one question; the next one after its answer
 * @property {() => Promise<void>} end asks it to end, and resolves when it has
 */

/**
 * Starts a program that answers with {@link answerQuestions}.
 *
 * @param {"node" | "deno" | "bun"} runtime
 * @param {URL} file
 * @param {string[]} args
 * @param {string[]} v8Flags options of V8
 * @returns {Program}
 */
export function startProgram(runtime, file, args, v8Flags = []) {
  const flags = V8_OPTIONS[runtime]([COLLECTING, ...v8Flags]);
  const [command, ...options] = [...commandOf(runtime), ...flags, fileURLToPath(file), ...args];
  const child = spawn(command, options, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })
    [Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // A program that is gone is noticed by the answer that is missing.
  child.stdin.on("error", () => {});
  return {
    async ask(question, given = {}) {
      child.stdin.write(`${JSON.stringify({ question, given })}\n`);
      const { value: line } = await lines.next();
      if (line === undefined) {
        throw new Error(
          `The program "${args.join(" ")}" ended when it was asked to ${question}`,
        );
      }
      const { answer, failure } = JSON.parse(line);
      if (failure !== undefined) {
        throw new Error(`"${args.join(" ")}" cannot ${question}: ${failure}`);
      }
      return answer;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Answers until nothing more is asked.
 *
 * @param {Record<string, (args: any) => unknown>} answers by question
 */
export async function answerQuestions(answers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { question, given } = JSON.parse(line);
    let reply;
    try {
      reply = { answer: await answers[question](given) ?? null };
    } catch (error) {
      reply = { failure: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
