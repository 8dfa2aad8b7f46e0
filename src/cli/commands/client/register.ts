/**
 * `warpwire register`: runs a command for each query to a name.
 *
 * @module
 */

import { type CommandBody, numberOption, positionals, UsageError } from "../../command.ts";
import {
  type CommandEvent,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  createLog,
  quoted,
  serveCommandOn,
  withService,
} from "../../service/mod.ts";
import { stopSignal } from "../../terminal/mod.ts";

const CONCURRENT = 16;
const CONCURRENT_MAX = 1024;

/** Runs a command for each query to a name. */
export const registerCommand: CommandBody = {
  usage: "<name> [options] -- <command> [arguments]",
  details:
    `In the command's environment, WARPWIRE_CALLER is the identity of the caller and WARPWIRE_QUERY is the query. When the
stream ends, the command's input ends too; if the command still runs two seconds later, it is stopped. Ctrl-C stops
everything.
${CONNECTION_HELP}`,
  options: {
    ...CONNECTION_OPTIONS,
    max: { type: "string", value: "N", about: `how many commands may run at once; default ${CONCURRENT}` },
  },
  async run(args, { out, err }) {
    const [name, ...command] = positionals(args, ["name", "command"], { rest: true });
    if (name === "") throw new UsageError("Argument <name> is empty");
    const concurrentMax = numberOption(args, "max", { min: 1, max: CONCURRENT_MAX, whole: true }) ?? CONCURRENT;
    using stop = stopSignal();
    await withService(args, async (host) => {
      const protocol = host.mountStreams(name);
      await host.ready({ signal: stop.signal });
      out(`ready: ${quoted(name)} is served by ${quoted(command.join(" "))}\n`);
      const { clock } = host;
      const { log, end } = createLog({ format: "text", level: "info", write: err, clock })(() => true);
      const onEvent = (event: CommandEvent) => log({ type: "command", ...event });
      try {
        await serveCommandOn(protocol, { command, concurrentMax, clock, signal: stop.signal, onEvent });
      } finally {
        end();
      }
    });
  },
};
