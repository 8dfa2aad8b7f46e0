/**
 * `warpwire serve`: the local service, in the foreground.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { choiceOption, type CommandSpec, positionals } from "../command.ts";
import {
  createLog,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type RunningService,
  runService,
  SERVICE_OPTIONS,
  serviceConfig,
  WARPDRIVE_OPTIONS,
} from "../service/mod.ts";
import { jsonLine } from "../input/mod.ts";
import { fired, stopSignal } from "../terminal/mod.ts";

/** Runs the service until a signal ends it. */
export const serveCommand: CommandSpec = {
  name: "serve",
  usage: "[options]",
  about: "runs the local service: file sharing, and other machines for the programs of this one",
  details: `It stands in for an astral node with warpdrive, and prints one line when it is ready; the log goes to the
standard error output. SIGINT (Ctrl-C) and SIGTERM stop it. docs/service.md and docs/warpdrive.md tell more.`,
  options: {
    ...SERVICE_OPTIONS,
    ...WARPDRIVE_OPTIONS,
    log: { type: "string", value: LOG_FORMATS.join(" | "), about: "the form of the log, and of the line when ready" },
    "log-level": {
      type: "string",
      value: LOG_LEVELS.join(" | "),
      about: "what the log has; info (default) sums up what strangers do, debug has every event",
    },
  },
  async run(args, { out, err }) {
    positionals(args, []);
    const format = choiceOption(args, "log", LOG_FORMATS);
    const level = choiceOption(args, "log-level", LOG_LEVELS, "info");
    const config = serviceConfig(args);
    using stop = stopSignal();
    await using running = await runService(config, createLog({ format, level, write: err }));
    out(readyLine(running, format));
    await fired(stop.signal);
  },
};

function readyLine({ service }: RunningService, format: LogFormat): string {
  const { identity, addresses, linkAddresses } = service.status();
  if (format === "json") return `${jsonLine({ ready: true, identity, addresses, linkAddresses })}\n`;
  const line = `ready: ${identity} for programs at ${addresses.join(" ")}, for nodes at ${linkAddresses.join(" ")}`;
  return `${escapeText(line)}\n`;
}
