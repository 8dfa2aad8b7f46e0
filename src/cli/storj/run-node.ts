/**
 * `run`: a node that stays, and prints the messages that it gets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { escapeText } from "../../../codec/mod.ts";
import { systemClock } from "../../host/timing/mod.ts";
import type { ReceivedMessage } from "../../storj/mod.ts";
import { choiceOption, type CommandSpec, positionals, type Streams } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { LOG_FORMATS } from "../service/mod.ts";
import { stopSignal, untilAborted } from "../terminal/mod.ts";
import { ownIdentity, storjConfig } from "./options.ts";
import { eventPrinter, startNode, takeFolderSoon } from "./own-node.ts";
import { type Offered, offerNode, RPC_OPTIONS, rpcConfig } from "./rpc.ts";
import { plainValue, valueText } from "./texts.ts";

/** Runs a node until a signal ends it. */
export const runCommand: CommandSpec = {
  name: "run",
  usage: "[options]",
  about: "run a node, and print the messages that it gets",
  details:
    `The node stays until Ctrl-C (SIGINT) or SIGTERM. Meanwhile the other commands use it, if they have the same data
folder. With --rpc it prints no messages: programs get them, there and in the folder.`,
  options: {
    ...RPC_OPTIONS,
    log: { type: "string", value: LOG_FORMATS.join(" | "), about: "format of what is printed" },
    "answer-requests": {
      type: "boolean",
      about: "tell others who ask the version, the system and the peers of this node",
    },
  },
  async run(args, streams) {
    positionals(args, []);
    const config = storjConfig(args);
    const rpc = rpcConfig(args);
    const json = config.json || choiceOption(args, "log", LOG_FORMATS) === "json";
    using stop = stopSignal();
    await using folder = await takeFolderSoon(config, streams, stop.signal);
    const identity = await ownIdentity(config);
    const own = await startNode(config, {
      ...{ identity, store: folder.store, onEvent: eventPrinter(config, streams) },
      answerRequests: args.options["answer-requests"] === true,
    });
    await using node = own.node;
    const offered = await offerNode(own, config.folder, rpc);
    try {
      await folder.publish(offered.published);
      if (offered.warning !== null && !config.quiet) streams.err(`warning: ${escapeText(offered.warning)}\n`);
      const print = printer(json, streams);
      await print(`Running node on port ${node.port} with id ${node.nodeIdHex}`, {
        type: "running",
        port: node.port,
        nodeId: node.nodeIdHex,
        ...(rpc.addresses.length > 0 && { rpc: offered.addresses }),
      });
      if (rpc.addresses.length > 0) {
        if (!json) await print(offerLine(offered), {});
        await untilAborted(stop.signal);
      } else {
        for await (const message of node.messages({ signal: stop.signal })) {
          await unlessAborted(print(...messageLine(message)), stop.signal);
        }
      }
      // Whether somebody reads it or not.
      void print("Stopping node", { type: "stopping" });
    } finally {
      await offered.servers.close();
    }
  },
};

function offerLine({ addresses, token }: Offered): string {
  return `Offering the user API at ${addresses.join(" ")}${token === null ? "" : `, with the token in ${token}`}`;
}

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
