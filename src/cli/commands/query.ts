/**
 * `warpwire query`: a stream to a program of another node, as netcat has them.
 *
 * @module
 */

import { type CommandSpec, numberOption, positionals } from "../command.ts";
import { netcat } from "../terminal/mod.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, withReason, withService } from "../service/mod.ts";

const SECONDS_MAX = 86_400;
const TIMEOUT_SECONDS = 30;

/** Carries the standard input to another node's program, and what it says to the standard output. */
export const queryCommand: CommandSpec = {
  name: "query",
  usage: "<peer> <name> [options]",
  about: "carries the standard input to a name of another node, and its answer to the standard output",
  details: `The peer is a name that the service knows, an identity, or localnode. It ends when the other side ends the
stream: that the input has ended cannot be told to the other side, unless --idle ends both.
${CONNECTION_HELP}`,
  options: {
    ...CONNECTION_OPTIONS,
    idle: {
      type: "string",
      value: "SECONDS",
      about: "ends the stream when the input has ended and nothing has come for so long",
    },
    timeout: {
      type: "string",
      value: "SECONDS",
      about: `how long the other side may take to accept; by default ${TIMEOUT_SECONDS}`,
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
