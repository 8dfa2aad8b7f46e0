/**
 * Bytes from a program's input to a stream, and from the stream to its output, each as fast as the other takes them.
 *
 * @module
 */

import { type Clock, HostError, type Stream, type Timer } from "../../host/mod.ts";
import type { Streams } from "../command.ts";

const READ_BYTES = 64 * 1024;

const UTF8 = new TextEncoder();

/** How the exchange ends. */
export interface NetcatOptions {
  /**
   * How long the other side may be silent, in milliseconds, once the input has ended; then the stream is closed.
   * `Infinity` waits until the other side closes it.
   */
  readonly idleMs: number;
  readonly clock: Clock;
}

/**
 * Carries bytes both ways until the other side ends the stream. That the input ends cannot be told to the other side,
 * since streams end in both directions at once.
 *
 * @throws HostError `reset`; what reading the input or writing the output throws
 */
export async function netcat(
  stream: Stream,
  { input, write }: Pick<Streams, "input" | "write">,
  { idleMs, clock }: NetcatOptions,
): Promise<void> {
  let inputEnded = false;
  let timer: Timer | undefined;
  const heard = () => {
    timer?.clear();
    if (inputEnded && idleMs !== Infinity) timer = clock.setTimer(idleMs, () => void stream.close());
  };
  let failure: unknown;
  const sending = send(stream, input).then(() => {
    inputEnded = true;
    heard();
  }, (error) => {
    failure = error;
    stream.abort(error);
  });
  try {
    await receive(stream, async (bytes) => {
      heard();
      await write(bytes);
    });
  } catch (error) {
    if (failure !== undefined) throw failure;
    // The silence has lasted too long, and the stream was closed here.
    if (!(error instanceof HostError && error.code === "closed" && inputEnded)) throw error;
  } finally {
    timer?.clear();
    await stream.close();
    // Not waited for: an input that says nothing more would keep everything here.
    void sending;
  }
}

async function send(stream: Stream, input: Streams["input"]): Promise<void> {
  for await (const chunk of input) {
    try {
      await stream.write(typeof chunk === "string" ? UTF8.encode(chunk) : chunk);
    } catch (error) {
      // Whoever reads the stream is told how it ended.
      if (error instanceof HostError) return;
      throw error;
    }
  }
}

async function receive(stream: Stream, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const buf = new Uint8Array(READ_BYTES);
  for (let length; (length = await stream.read(buf)) !== null;) await take(buf.subarray(0, length));
}
