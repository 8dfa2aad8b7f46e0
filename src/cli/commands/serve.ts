/**
 * `warpwire serve`: the local service, in the foreground.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { choiceOption, type CommandBody, positionals } from "../command.ts";
import {
  ASTRAL_OPTION,
  createLog,
  guestConfig,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  runGuest,
  type RunningGuest,
  type RunningService,
  runService,
  SERVICE_OPTIONS,
  serviceConfig,
  WARPDRIVE_OPTIONS,
} from "../service/mod.ts";
import { jsonLine } from "../json/mod.ts";
import { type Beside, BESIDE_OPTIONS, besideConfig, startBeside } from "../storj/mod.ts";
import { stopSignal, untilAborted } from "../terminal/mod.ts";

/** Runs the service until a signal ends it. */
export const serveCommand: CommandBody = {
  usage: "[options]",
  details: `The service replaces an astral node with warpdrive; with --astral it is warpdrive at an astral node that is
there. It prints one line when it is ready; the log goes to the standard error. SIGINT (Ctrl-C) and SIGTERM stop it.
docs/service.md and docs/warpdrive.md have the details.`,
  options: {
    ...SERVICE_OPTIONS,
    astral: ASTRAL_OPTION,
    ...WARPDRIVE_OPTIONS,
    ...BESIDE_OPTIONS,
    log: { type: "string", value: LOG_FORMATS.join(" | "), about: "format of the log and of the ready line" },
    "log-level": {
      type: "string",
      value: LOG_LEVELS.join(" | "),
      about: "how much to log; info (default) summarizes what strangers do, debug logs every event",
    },
  },
  async run(args, { out, err }) {
    positionals(args, []);
    const format = choiceOption(args, "log", LOG_FORMATS);
    const level = choiceOption(args, "log-level", LOG_LEVELS, "info");
    const openLog = createLog({ format, level, write: err });
    const guest = guestConfig(args, NOT_AT_A_NODE);
    if (guest !== null) {
      using stop = stopSignal();
      await using running = await runGuest(guest, openLog);
      out(guestLine(running, guest.addresses, format));
      await untilAborted(stop.signal);
      return;
    }
    const config = serviceConfig(args);
    const beside = besideConfig(args, config.folder);
    using stop = stopSignal();
    await using running = await runService(config, openLog);
    await using node = beside === null ? null : await startBeside(beside, running);
    out(readyLine(running, node, format));
    await untilAborted(stop.signal);
  },
};

/** The storj node stands on the key of the service. */
const NOT_AT_A_NODE = Object.fromEntries(
  Object.keys(BESIDE_OPTIONS).map((name) => [name, "a storj node runs alone there, as storjnode"]),
);

function guestLine({ host }: RunningGuest, addresses: readonly string[], format: LogFormat): string {
  const { peerId: identity, nodeId: node, protocol } = host;
  if (format === "json") return `${jsonLine({ ready: true, identity, node, protocol, addresses })}\n`;
  return `${escapeText(`ready: ${identity} at the astral node of ${protocol} at ${addresses.join(" ")}`)}\n`;
}

function readyLine({ service }: RunningService, node: Beside | null, format: LogFormat): string {
  const { identity, addresses, linkAddresses } = service.status();
  const storj = node && { port: node.port, rpc: node.addresses };
  if (format === "json") {
    return `${jsonLine({ ready: true, identity, addresses, linkAddresses, ...(storj && { storj }) })}\n`;
  }
  const line = `ready: ${identity} for programs at ${addresses.join(" ")}, for nodes at ${linkAddresses.join(" ")}`;
  const more = storj && `, storj on port ${storj.port} for programs at ${storj.rpc.join(" ")}`;
  return `${escapeText(`${line}${more ?? ""}`)}\n`;
}
