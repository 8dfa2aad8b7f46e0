/**
 * `warpwire trust`, `block`, `ask` and `alias`: the rule and the name of a peer.
 *
 * @module
 */

import { escapeText } from "../../../../codec/mod.ts";
import { type CommandBody, positionals } from "../../command.ts";
import { type Warpdrive, WARPDRIVE_COMMAND_OPTIONS, withWarpdrive } from "../../warpdrive/mod.ts";
import { printValue } from "../../json/mod.ts";
import { CONNECTION_HELP, quoted } from "../../service/mod.ts";

/** Accepts a peer's offers without asking. */
export const trustCommand: CommandBody = ruleCommand({
  mod: "trust",
  done: "is trusted: its offers are accepted without asking",
});

/** Declines a peer's offers. */
export const blockCommand: CommandBody = ruleCommand({
  mod: "block",
  done: "is blocked: its offers are declined",
});

/** Asks before accepting a peer's offers. */
export const askCommand: CommandBody = ruleCommand({
  mod: "",
  done: "is neither trusted nor blocked: you are asked before its offers are accepted",
});

/** Gives a peer a name. */
export const aliasCommand: CommandBody = {
  usage: "<peer> <name> [options]",
  details: CONNECTION_HELP,
  options: WARPDRIVE_COMMAND_OPTIONS,
  async run(args, streams) {
    const [text, alias] = positionals(args, ["peer", "name"]);
    await withWarpdrive(args, async (warpdrive) => {
      const id = await peerOf(warpdrive, text);
      warpdrive.names.checkName(alias, id);
      await warpdrive.node.setPeer(id, "alias", alias);
      printValue(
        args,
        streams,
        { peer: id, alias },
        alias === "" ? `${escapeText(id)} has no name now` : `${escapeText(id)} is now called ${quoted(alias)}`,
      );
    });
  },
};

function ruleCommand({ mod, done }: { readonly mod: string; readonly done: string }): CommandBody {
  return {
    usage: "<peer> [options]",
    details: `The peer is an identity, an alias, or the beginning of one if only one peer matches.\n${CONNECTION_HELP}`,
    options: WARPDRIVE_COMMAND_OPTIONS,
    async run(args, streams) {
      const [text] = positionals(args, ["peer"]);
      await withWarpdrive(args, async (warpdrive) => {
        const id = await peerOf(warpdrive, text);
        await warpdrive.node.setPeer(id, "mod", mod);
        const who = warpdrive.names.nameOf(id);
        printValue(args, streams, { peer: id, rule: mod === "" ? "ask" : mod }, `${escapeText(who)} ${done}`);
      });
    },
  };
}

async function peerOf({ names }: Warpdrive, text: string): Promise<string> {
  await names.load();
  return await names.find(text);
}
