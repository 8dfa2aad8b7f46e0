/**
 * `direct_message` and `relay_message`.
 *
 * @module
 */

import { StorjError } from "../../storj/mod.ts";
import { type CommandSpec, positionals } from "../command.ts";
import { jsonLine } from "../json/mod.ts";
import { withNode } from "./node-access.ts";
import { nodeIdArgument } from "./texts.ts";

/** Sends a message to a node. */
export const directMessageCommand: CommandSpec = {
  name: "direct_message",
  aliases: ["send"],
  usage: "<nodeid> <message>",
  about: "send a message to a node that can be reached directly",
  details: `The status is 1 if the message is not in the node's queue. If the node is one of the original program, the
message may have arrived all the same: its answer can get lost.`,
  async run(args, streams) {
    const [id, message] = positionals(args, ["nodeid", "message"]);
    const nodeId = nodeIdArgument(id);
    return await withNode(args, streams, async ({ call, show, print, checkPeers, config }) => {
      show("sending…");
      if (await call("message_send", [nodeId, message]) !== true) {
        await checkPeers();
        print("");
        streams.err("Unsuccessfully sent!\n");
        return 1;
      }
      print(config.json ? `${jsonLine({ nodeId, sent: true })}\n` : "Successfully sent!\n");
    });
  },
};

/** Sends a message through other nodes. */
export const relayMessageCommand: CommandSpec = {
  name: "relay_message",
  aliases: ["relay"],
  usage: "<nodeid> <message> [options]",
  about: "have nodes pass a message on, one to the next, until it is there",
  details: "That it is queued does not say that it arrives.",
  options: { sealed: { type: "boolean", about: "so that only the receiver can read it" } },
  async run(args, streams) {
    const [id, message] = positionals(args, ["nodeid", "message"]);
    const nodeId = nodeIdArgument(id);
    const sealed = args.options.sealed === true;
    return await withNode(args, streams, async ({ call, show, print, checkPeers, config, isRunning }) => {
      // A node that is there for the moment passes it on now or never.
      if (!isRunning) await checkPeers();
      show("queueing…");
      if (await call("relay_message", [nodeId, message, sealed]) !== true) {
        await checkPeers();
        throw new StorjError("busy", "The queue of relayed messages is full");
      }
      print(config.json ? `${jsonLine({ nodeId, queued: true })}\n` : "Queued relay message.\n");
    });
  },
};
