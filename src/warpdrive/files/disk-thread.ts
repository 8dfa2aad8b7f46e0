/**
 * The program of a disk thread: answers the requests of its job.
 *
 * @module
 */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { clearFiles } from "./begin.ts";
import type { TransferPoint } from "./entry.ts";
import { diskError } from "./error.ts";
import { FileWriter } from "./file-writer.ts";
import { type FileFacts, hashFile, type HashOutcome } from "./hash-file.ts";
import { SourceReader } from "./source-reader.ts";
import type { CarriedProgress, CarriedReply, ReceiveReply, ReceiveRequest, ThreadJobs } from "./thread.ts";
import { walk } from "./walk.ts";

type Answer<K extends keyof ThreadJobs> = (
  request: ThreadJobs[K]["request"],
) => ThreadJobs[K]["reply"] | Promise<ThreadJobs[K]["reply"]>;

/** Tells of bytes that are done before the answer is there. */
type Tell = (bytes: number) => void;

/** Bytes that are told of at once. */
const TELL_BYTES = 16 * 2 ** 20;

/** How each job makes, of what it is started with, the function that answers. */
const JOBS: { readonly [K in keyof ThreadJobs]: (data: ThreadJobs[K]["data"], tell: Tell) => Answer<K> } = {
  walk: () => ({ paths, entriesMax }) => walk(paths, entriesMax),
  hash: (_, tell) => (files) => hashAll(files, tell),
  clear: () => (plan) => clearFiles(plan),
  send: ({ entries, index, offset }) => {
    const reader = new SourceReader(entries, { index, offset });
    return (buffer) => {
      const length = reader.fill(new Uint8Array(buffer));
      return { buffer, length, ...reader.point };
    };
  },
  receive: (plan) => {
    const writer = new FileWriter(plan);
    return (request) => receive(writer, request);
  },
};

function hashAll(files: readonly FileFacts[], tell: Tell): HashOutcome[] {
  let untold = 0;
  const outcomes = files.map((file) =>
    hashFile(file, (count) => {
      untold += count;
      if (untold < TELL_BYTES) return;
      tell(untold);
      untold = 0;
    })
  );
  if (untold > 0) tell(untold);
  return outcomes;
}

async function receive(writer: FileWriter, request: ReceiveRequest): Promise<ReceiveReply> {
  if ("start" in request) {
    await writer.start();
  } else if ("end" in request) {
    await (request.end === "complete" ? writer.finish() : writer.stop());
    return { ...pointOf(writer), targets: writer.targets() };
  } else {
    await writer.write(new Uint8Array(request.buffer, 0, request.length));
    return { ...pointOf(writer), buffer: request.buffer };
  }
  return pointOf(writer);
}

function pointOf({ index, offset }: TransferPoint): TransferPoint {
  return { index, offset };
}

function serve<K extends keyof ThreadJobs>(port: MessagePort, job: K, data: ThreadJobs[K]["data"]): void {
  const answer = JOBS[job](data, (done) => port.postMessage({ done } satisfies CarriedProgress));
  let last: Promise<void> = Promise.resolve();
  // One after the other, also where an answer waits for the disk.
  port.on("message", (request: ThreadJobs[K]["request"]) => {
    last = last.then(async () => {
      const reply = await carry(() => answer(request));
      port.postMessage(reply, memoryOf(reply));
    });
  });
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

if (parentPort !== null) serve(parentPort, workerData.job as keyof ThreadJobs, workerData.data);
