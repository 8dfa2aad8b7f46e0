/**
 * `warpwire serve`: the local service, in the foreground.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { type Arguments, type CommandSpec, positionals, textOption, UsageError } from "../command.ts";
import { DRIVE_OPTIONS } from "../drive-config.ts";
import { jsonLine } from "../json-values.ts";
import { createLog, LOG_FORMATS, type LogFormat } from "../log.ts";
import { type RunningService, runService } from "../run-service.ts";
import { SERVICE_OPTIONS, serviceConfig } from "../service-config.ts";
import { fired, stopSignal } from "../stop-signal.ts";

/** Runs the service until a signal ends it. */
export const serveCommand: CommandSpec = {
  name: "serve",
  usage: "[options]",
  about: "runs the local service: file sharing, and other machines for the programs of this one",
  details: `It stands in for an astral node with warpdrive, and prints one line when it is ready; the log goes to the
standard error output. SIGINT (Ctrl-C) and SIGTERM stop it. docs/service.md and docs/warpdrive.md tell more.`,
  options: {
    ...SERVICE_OPTIONS,
    ...DRIVE_OPTIONS,
    log: { type: "string", value: LOG_FORMATS.join(" | "), about: "the form of the log, and of the line when ready" },
  },
  async run(args, { out, err }) {
    positionals(args, []);
    const format = logFormat(args);
    const config = serviceConfig(args);
    using stop = stopSignal();
    await using running = await runService(config, createLog(format, err));
    out(readyLine(running, format));
    await fired(stop.signal);
  },
};

function logFormat(args: Arguments): LogFormat {
  const text = textOption(args, "log") ?? "text";
  const format = LOG_FORMATS.find((one) => one === text);
  if (format === undefined) throw new UsageError(`Log "${text}" is none of ${LOG_FORMATS.join(", ")}`);
  return format;
}

function readyLine({ service }: RunningService, format: LogFormat): string {
  const { identity, addresses, linkAddresses } = service.status();
  if (format === "json") return `${jsonLine({ ready: true, identity, addresses, linkAddresses })}\n`;
  const line = `ready: ${identity} for programs at ${addresses.join(" ")}, for nodes at ${linkAddresses.join(" ")}`;
  return `${escapeText(line)}\n`;
}
