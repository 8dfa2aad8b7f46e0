/**
 * `run`: a node that stays, and prints the messages that it gets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { escapeText } from "../../../codec/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import type { ReceivedMessage } from "../../storj/mod.ts";
import { serveUnix, type UnixServer, type UserApi } from "../../user-api/mod.ts";
import { choiceOption, type CommandSpec, positionals, type Streams } from "../command.ts";
import { jsonLine } from "../input/mod.ts";
import { LOG_FORMATS } from "../service/mod.ts";
import { stopSignal } from "../terminal/mod.ts";
import { ownIdentity, type StorjConfig, storjConfig } from "./options.ts";
import { eventPrinter, type OwnFolder, startNode, takeFolderSoon, UNREACHABLE } from "./own-node.ts";
import { plainValue, valueText } from "./texts.ts";

/** The longest path of a unix socket in bytes: 108 on Linux and 104 elsewhere, one of which ends it. */
const SOCKET_PATH_BYTES_MAX = process.platform === "linux" ? 107 : 103;

/** Runs a node until a signal ends it. */
export const runCommand: CommandSpec = {
  name: "run",
  usage: "[options]",
  about: "run a node, and print the messages that it gets",
  details:
    `The node stays until Ctrl-C (SIGINT) or SIGTERM. Meanwhile the other commands use it, if they have the same data
folder.`,
  options: {
    log: { type: "string", value: LOG_FORMATS.join(" | "), about: "format of what is printed" },
    "answer-requests": {
      type: "boolean",
      about: "tell others who ask the version, the system and the peers of this node",
    },
  },
  async run(args, streams) {
    positionals(args, []);
    const config = storjConfig(args);
    const json = config.json || choiceOption(args, "log", LOG_FORMATS) === "json";
    using stop = stopSignal();
    await using folder = await takeFolderSoon(config, streams, stop.signal);
    const identity = await ownIdentity(config);
    const own = await startNode(config, {
      ...{ identity, store: folder.store, onEvent: eventPrinter(config, streams) },
      answerRequests: args.options["answer-requests"] === true,
    });
    await using node = own.node;
    const socket = await offered(own.api, config, streams, folder);
    try {
      const print = printer(json, streams);
      await print(`Running node on port ${node.port} with id ${node.nodeIdHex}`, {
        type: "running",
        port: node.port,
        nodeId: node.nodeIdHex,
      });
      for await (const message of node.messages({ signal: stop.signal })) {
        await unlessAborted(print(...messageLine(message)), stop.signal);
      }
      // Whether somebody reads it or not.
      void print("Stopping node", { type: "stopping" });
    } finally {
      await socket?.close();
    }
  },
};

/** Prints a line; resolves when there is room for more, so that messages wait in their queue, which is bounded. */
type Print = (text: string, value: Readonly<Record<string, unknown>>) => Promise<void>;

function printer(json: boolean, { write }: Streams): Print {
  return (text, value) => {
    const line = json ? jsonLine({ time: new Date(systemClock.now()).toISOString(), ...value }) : escapeText(text);
    return write(Buffer.from(`${line}\n`));
  };
}

/** Resolves with the work, or when the signal fires: what is printed may wait for somebody who does not read it. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done);
    void work.then(done);
  });
}

function messageLine({ from, message, relayed }: ReceivedMessage): Parameters<Print> {
  const text = valueText(message);
  return [
    relayed ? `Received relayed message: ${text}` : `Received direct message from ${from}: ${text}`,
    { type: "message", relayed, from, message: plainValue(message) },
  ];
}

/** The socket for other commands; `null` where there can be none, which is told with what to do. */
async function offered(
  api: UserApi,
  { folder: { socket: path }, quiet }: StorjConfig,
  { err }: Streams,
  folder: OwnFolder,
): Promise<UnixServer | null> {
  const why = whyNoSocket(path);
  if (why === null) {
    const socket = await serveUnix(path, api);
    await folder.publish(`unix:${path}`);
    return socket;
  }
  await folder.publish(UNREACHABLE);
  if (!quiet) err(`warning: ${escapeText(why)}\n`);
  return null;
}

function whyNoSocket(path: string): string | null {
  if (process.platform === "win32") {
    return "Other commands cannot use this node, as there are no unix sockets here; give them another --data";
  }
  const { length } = new TextEncoder().encode(path);
  if (length <= SOCKET_PATH_BYTES_MAX) return null;
  return `Other commands cannot use this node: the path ${JSON.stringify(path)} of its socket has ${length} bytes, ` +
    `and at most ${SOCKET_PATH_BYTES_MAX} work; choose a shorter --data`;
}
