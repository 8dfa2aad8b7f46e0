/**
 * `warpwire query`: a stream to a program on another node, like netcat.
 *
 * @module
 */

import { type Clock, HostError, type Stream, type Timer } from "../../../host/mod.ts";
import { type CommandBody, numberOption, positionals, type Streams } from "../../command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, withReason, withService } from "../../service/mod.ts";

const SECONDS_MAX = 86_400;
const TIMEOUT_SECONDS = 30;

/** Connects the standard input and output to a program on another node. */
export const queryCommand: CommandBody = {
  usage: "<peer> <name> [options]",
  details: `The peer is a name that the service knows, an identity, or localnode. The command ends when the other side
closes the stream. The other side does not learn that the input has ended; use --idle to close the stream then.
${CONNECTION_HELP}`,
  options: {
    ...CONNECTION_OPTIONS,
    idle: {
      type: "string",
      value: "SECONDS",
      about: "close the stream when the input has ended and nothing has arrived for this long",
    },
    timeout: {
      type: "string",
      value: "SECONDS",
      about: `how long to wait for the other side to accept; default ${TIMEOUT_SECONDS}`,
    },
  },
  async run(args, streams) {
    const [peerId, name] = positionals(args, ["peer", "name"]);
    const idle = numberOption(args, "idle", { min: 0, max: SECONDS_MAX }) ?? Infinity;
    const timeout = numberOption(args, "timeout", { min: 0, max: SECONDS_MAX }) ?? TIMEOUT_SECONDS;
    await withService(args, async (host) => {
      const stream = await withReason(
        host,
        peerId,
        name,
        () => host.openStream({ peerId }, name, { timeoutMs: 1000 * timeout }),
      );
      await netcat(stream, streams, { idleMs: 1000 * idle, clock: host.clock });
    });
  },
};

const READ_BYTES = 64 * 1024;

const UTF8 = new TextEncoder();

/** How the exchange ends. */
interface NetcatOptions {
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
async function netcat(
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
      // The reader of the stream learns how it ended.
      if (error instanceof HostError) return;
      throw error;
    }
  }
}

async function receive(stream: Stream, take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const buf = new Uint8Array(READ_BYTES);
  for (let length; (length = await stream.read(buf)) !== null;) await take(buf.subarray(0, length));
}
