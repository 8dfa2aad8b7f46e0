/**
 * The dialects of warpdrive: the commands and opcodes of each port, and how their exchanges differ.
 *
 * @module
 */

import { type Command, type CommandName, commands, type Finish } from "./commands.ts";

/** A command as a dialect has it. */
export interface DialectCommand extends Command {
  readonly name: CommandName;
  readonly opcode: number;
  /** Whether the zero that ends a ping is sent back. */
  readonly zeroEchoed?: boolean;
}

/** A port: what a peer asks for to open a session. */
export interface Port {
  readonly name: string;
  /** The name in schemas, as in `warpdrive.draft.local.request`. */
  readonly label: string;
  readonly commands: readonly DialectCommand[];
  /** What becomes of an opcode that is unknown, or not for strangers, when a stranger sends it. */
  readonly strangers: "closed" | "ignored";
}

/** One way of speaking warpdrive. */
export interface Dialect {
  readonly name: string;
  readonly about: string;
  readonly ports: readonly Port[];
}

/** The port on which a person can type commands, the same in all dialects. */
export const SHELL_PORT = "wd";

const END_OPCODE = 0xff;

/** The `draft` dialect's server takes one byte after the peers, although its own client does not send it. */
const okByte: Finish = Object.freeze({ byte: 0, about: "confirms the list; any byte is accepted" });

type Differences = Partial<Pick<DialectCommand, "finish" | "zeroEchoed">>;

function at(opcode: number, name: CommandName, differences: Differences = {}): DialectCommand {
  return Object.freeze({ ...commands[name], opcode, ...differences });
}

function port(port: Port): Port {
  return Object.freeze({ ...port, commands: Object.freeze([...port.commands, at(END_OPCODE, "end")]) });
}

const draftRemote = port({
  name: "warpdrive-remote",
  label: "remote",
  commands: [at(1, "sendOffer"), at(2, "download")],
  strangers: "closed",
});

const draftInfo = port({
  name: "warpdrive-info",
  label: "info",
  commands: [at(1, "ping", { zeroEchoed: false })],
  strangers: "closed",
});

/** The dialect of the protocol draft, with three ports, numbered as its implementation (November 2022) does. */
export const draft: Dialect = Object.freeze({
  name: "draft",
  about: "three ports, November 2022",
  ports: Object.freeze([
    port({
      name: "warpdrive-local",
      label: "local",
      commands: [
        at(1, "listPeers", { finish: okByte }),
        at(2, "createOffer"),
        at(3, "acceptOffer"),
        at(4, "listOffers"),
        at(5, "listenOffers"),
        at(6, "listenStatus"),
        at(7, "updatePeer"),
      ],
      strangers: "closed",
    }),
    draftRemote,
    draftInfo,
  ]),
});

/**
 * The numbers as the draft's text prints them: 0x04 stands for two commands, of which decoding takes the first, and
 * there is no `updatePeer`. No known program speaks it.
 */
export const draftDocument: Dialect = Object.freeze({
  name: "draft-document",
  about: "the draft with the numbers of its text",
  ports: Object.freeze([
    port({
      name: "warpdrive-local",
      label: "local",
      commands: [
        at(1, "listPeers"),
        at(2, "createOffer"),
        at(3, "acceptOffer"),
        at(4, "listOffers"),
        at(4, "listenOffers"),
        at(5, "listenStatus"),
      ],
      strangers: "closed",
    }),
    draftRemote,
    draftInfo,
  ]),
});

/**
 * The last binary dialect, with one port (June 2023), and the additions of warpwire from 0x66 on. The programs of 2023
 * pass over these when a stranger sends them, and close the session of their own node's programs.
 */
export const unified: Dialect = Object.freeze({
  name: "unified",
  about: "one port, June 2023",
  ports: Object.freeze([
    port({
      name: "warpdrive",
      label: "",
      commands: [
        at(1, "listPeers"),
        at(2, "createOffer"),
        at(3, "acceptOffer"),
        at(4, "listOffers"),
        at(5, "listenOffers"),
        at(6, "listenStatus"),
        at(7, "updatePeer"),
        at(100, "sendOffer"),
        at(101, "download"),
        at(102, "extensions"),
        at(103, "endOffer"),
        at(104, "acceptFrom"),
        at(105, "stopOffer"),
        at(106, "offerPaths"),
        at(107, "listSummaries"),
        at(108, "watchOffers"),
        at(109, "offerTargets"),
        at(110, "fileHash"),
        at(200, "ping", { zeroEchoed: true }),
      ],
      strangers: "ignored",
    }),
  ]),
});

/** All dialects by name. */
export const dialects: Readonly<Record<string, Dialect>> = Object.freeze({
  unified,
  draft,
  [draftDocument.name]: draftDocument,
});
