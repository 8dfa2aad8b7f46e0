/**
 * Serving a name with a program: each query runs it, with the stream as its input and output.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import {
  type Clock,
  HostError,
  type IncomingStream,
  type Stream,
  type StreamProtocol,
  type Timer,
} from "../../host/mod.ts";
import { serveStreams } from "../../host/connect/mod.ts";

const READ_BYTES = 64 * 1024;
/** How long a program may take to end by itself after its stream has ended, in milliseconds. */
const GRACE_MS = 2000;
/** What callers get when the program cannot be started, or when it runs too often already. */
const REJECT_CODE = 1;

/** What happens to a query. */
export interface CommandEvent {
  readonly caller: string;
  readonly query: string;
  readonly outcome: string;
}

/** What is run, and how often at a time. */
export interface ServedCommand {
  readonly command: readonly string[];
  /** Further queries are rejected. */
  readonly concurrentMax: number;
  readonly clock: Clock;
  /** Ends everything: no query is taken any more, and the programs are ended. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: CommandEvent) => void;
}

/** Answers the queries to a name until the signal fires, or the path is unmounted. */
export async function serveCommandOn(protocol: StreamProtocol, served: ServedCommand): Promise<void> {
  const { signal, concurrentMax, onEvent } = served;
  await serveStreams(protocol, signal, (incoming, running) => {
    const tell = (outcome: string) => onEvent({ caller: incoming.peerInfo.peerId, query: incoming.path, outcome });
    if (running < concurrentMax) return (signal) => answer(incoming, { ...served, signal }, tell);
    incoming.reject(REJECT_CODE);
    tell(`rejected: no more than ${concurrentMax} may run`);
    return undefined;
  });
}

async function answer(incoming: IncomingStream, served: ServedCommand, tell: (text: string) => void): Promise<void> {
  let child: ChildProcess;
  try {
    child = await start(incoming, served.command);
  } catch (error) {
    incoming.reject(REJECT_CODE);
    tell(`rejected: ${error instanceof Error ? error.message : error}`);
    return;
  }
  const ended = endOf(child);
  let stream: Stream;
  try {
    stream = await incoming.accept();
  } catch {
    child.kill("SIGKILL");
    await ended;
    tell("the caller has left");
    return;
  }
  tell("accepted");
  await carry(stream, child, ended, served);
  tell(`ended: ${await ended}`);
}

/** Starts the program; rejects if that fails. */
function start({ peerInfo, path }: IncomingStream, [file, ...args]: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, WARPWIRE_CALLER: peerInfo.peerId, WARPWIRE_QUERY: path };
    const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    child.once("error", reject);
    child.once("spawn", () => resolve(child.off("error", reject).on("error", nothing)));
  });
}

/** How a program ends. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (status, signal) => resolve(status === null ? `by ${signal}` : `with the status ${status}`));
  });
}

/** Carries bytes both ways; when it resolves the stream is closed, and the program has ended. */
async function carry(
  stream: Stream,
  child: ChildProcess,
  ended: Promise<unknown>,
  { clock, signal }: ServedCommand,
): Promise<void> {
  const ending = new Ending(child, clock);
  const stop = () => {
    stream.abort(signal.reason);
    ending.begin();
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const toChild = feed(stream, child.stdin!).then(() => ending.expect(), (error) => {
    // That it was closed here does not require haste.
    if (error instanceof HostError && error.code === "closed") ending.expect();
    else ending.begin();
  });
  // A program that closes its output has said everything.
  await drain(child.stdout!, stream).catch(() => ending.begin());
  await stream.close();
  ending.expect();
  await Promise.all([toChild, ended]);
  ending.clear();
  signal.removeEventListener("abort", stop);
}

/** Ends a program: with patience, then by signals. */
class Ending {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #timer: Timer | null = null;
  #begun = false;

  constructor(child: ChildProcess, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
  }

  /** The program should end by itself now. */
  expect(): void {
    if (!this.#begun) this.#timer ??= this.#clock.setTimer(GRACE_MS, () => this.begin());
  }

  /** Asks the program to end, and makes it end if it does not. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#timer?.clear();
    // Nobody reads it any more, even if programs that this one has started still hold it.
    this.#child.stdout?.destroy();
    this.#child.kill("SIGTERM");
    this.#timer = this.#clock.setTimer(GRACE_MS, () => void this.#child.kill("SIGKILL"));
  }

  /** The program has ended. */
  clear(): void {
    this.#begun = true;
    this.#timer?.clear();
  }
}

/** From a stream to the input of a program, which gets to know the stream's end. Rejects if the stream breaks. */
async function feed(stream: Stream, stdin: Writable): Promise<void> {
  // A program need not read its input.
  let isOpen = true;
  stdin.on("error", () => isOpen = false).on("close", () => isOpen = false);
  for (;;) {
    // The program has this memory until it has taken all of it.
    const buf = new Uint8Array(READ_BYTES);
    const length = await stream.read(buf);
    if (length === null) break;
    if (isOpen && !stdin.write(buf.subarray(0, length))) await room(stdin);
  }
  stdin.end();
}

/** From the output of a program to a stream. Rejects if the stream breaks, or if the other side has closed it. */
async function drain(stdout: Readable, stream: Stream): Promise<void> {
  for await (const chunk of stdout) await stream.write(chunk as Uint8Array);
}

function room(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stdin.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    stdin.on("drain", done).on("close", done).on("error", done);
    if (stdin.destroyed) done();
  });
}

function nothing(): void {}
