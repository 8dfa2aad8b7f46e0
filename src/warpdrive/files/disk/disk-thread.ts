/**
 * The program of a disk thread: answers requests.
 *
 * @module
 */

import { type MessagePort, parentPort } from "node:worker_threads";
import { clearFiles } from "./journal-setup.ts";
import { diskError } from "../error.ts";
import { FileWriter } from "./file-writer.ts";
import { type FileFacts, hashFile, type HashOutcome } from "./hash-file.ts";
import { unpackPlan } from "./packed-plan.ts";
import { SourceReader } from "./source-reader.ts";
import type { CarriedProgress, CarriedReply, CarriedRequest, ThreadJob, ThreadJobs } from "./thread.ts";
import { walk } from "./walk.ts";

/** Progress is reported after so many bytes. */
const TELL_BYTES = 16 * 2 ** 20;

type Answers = {
  readonly [K in ThreadJob]: (
    request: ThreadJobs[K]["request"],
  ) => ThreadJobs[K]["reply"] | Promise<ThreadJobs[K]["reply"]>;
};

/** @param tell called with how far a request is, before the answer is there */
function answersOf(tell: (done: number) => void): Answers {
  let reader: SourceReader | undefined;
  let writer: FileWriter | undefined;
  return {
    walk: ({ paths, entriesMax }) => walk(paths, entriesMax),
    hash: (files) => hashAll(files, tell),
    hashUntil: ({ file, stop }) => hashFile(file, () => Atomics.load(stop, 0) === 0),
    startSending({ entries, index, offset }) {
      reader = new SourceReader(entries, { index, offset });
      return undefined;
    },
    read(buffer) {
      const length = reader!.fill(new Uint8Array(buffer));
      return { buffer, length, hashes: reader!.takeHashes() };
    },
    async startReceiving(plan) {
      writer = new FileWriter(unpackPlan(plan), tell);
      await writer.start();
      return { ...writer.point, noted: writer.noted };
    },
    async setHash(hash) {
      await writer!.setHash(hash);
      return writer!.point;
    },
    async write({ buffer, length }) {
      await writer!.write(new Uint8Array(buffer, 0, length));
      return { buffer, ...writer!.point };
    },
    async endReceiving(end) {
      await (end === "complete" ? writer!.finish() : writer!.stop());
      return writer!.outcome();
    },
    clear: (plan) => clearFiles(unpackPlan(plan)),
    rest() {
      reader?.close();
      [reader, writer] = [undefined, undefined];
      return undefined;
    },
  };
}

function hashAll(files: readonly FileFacts[], tell: (bytes: number) => void): HashOutcome[] {
  let untold = 0;
  const outcomes = files.map((file) =>
    hashFile(file, (count) => {
      untold += count;
      if (untold >= TELL_BYTES) {
        tell(untold);
        untold = 0;
      }
      return true;
    })!
  );
  if (untold > 0) tell(untold);
  return outcomes;
}

function serve(port: MessagePort): void {
  const answers = answersOf((done) => port.postMessage({ done } satisfies CarriedProgress));
  let last: Promise<void> = Promise.resolve();
  // One after the other, also where an answer waits for the disk.
  port.on("message", (message: CarriedRequest) => {
    last = last.then(async () => {
      const reply = await carry(() => answer(answers, message));
      port.postMessage(reply, memoryOf(reply));
    });
  });
}

function answer<K extends ThreadJob>(answers: Answers, { job, request }: CarriedRequest<K>): ReturnType<Answers[K]> {
  return answers[job](request) as ReturnType<Answers[K]>;
}

async function carry<T>(work: () => T | Promise<T>): Promise<CarriedReply<T>> {
  try {
    return { value: await work() };
  } catch (cause) {
    const { code, message, index } = diskError("Cannot work on files", cause);
    return { error: { code, message, index } };
  }
}

/** The memory that goes back. */
function memoryOf(reply: CarriedReply<unknown>): ArrayBuffer[] {
  if (!("value" in reply) || typeof reply.value !== "object" || reply.value === null) return [];
  return "buffer" in reply.value && reply.value.buffer instanceof ArrayBuffer ? [reply.value.buffer] : [];
}

if (parentPort !== null) serve(parentPort);
