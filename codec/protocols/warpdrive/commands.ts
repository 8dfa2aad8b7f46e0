/**
 * The commands of warpdrive: requests, replies, and how an exchange ends.
 *
 * Both dialects share these definitions; `dialects.ts` has opcodes, ports and the few differences.
 *
 * @module
 */

import { document } from "../../json/mod.ts";
import { bool, i64, type Schema, string, struct, type StructNode, u8 } from "../../schema/mod.ts";
import {
  Files,
  FILES_LIMITS,
  type Info,
  Offer,
  OFFER_LIMITS,
  Offers,
  OFFERS_LIMITS,
  OfferStatus,
  PathsOffer,
  type Peer,
  Peers,
  PeerUpdate,
  Summaries,
  Summary,
  Targets,
} from "./documents.ts";

/** A struct whose last field may be a JSON document, which a newline follows on the wire. */
export type Part = StructNode & Schema<Record<string, unknown>>;

/** One command, independent of the dialect. */
export interface Command {
  readonly name: string;
  /** What it does, for people. */
  readonly about: string;
  /** Who may call it: the node's own identity, or everybody. */
  readonly caller: "local" | "anyone";
  /** Whether it is an addition of warpwire, which the programs of 2022 and 2023 do not know. */
  readonly added?: true;
  /** What follows the opcode. */
  readonly args: Part;
  /** The answer, if there is one. */
  readonly reply?: Part;
  /** What the server sends, one after another, until the client ends it. */
  readonly events?: Part;
  /** Raw bytes that follow the answer. */
  readonly body?: string;
  /** Bytes that each side sends one at a time, until a zero. */
  readonly signals?: Part;
  /** The byte with which the client ends the exchange. */
  readonly finish?: Finish;
}

/** The byte with which a client ends an exchange. */
export interface Finish {
  /** What a client sends. */
  readonly byte: number;
  readonly about: string;
}

const none = struct({});
const code = struct({ code: u8 });
const filter = struct({ filter: u8 });
const outcome = struct({ code: u8, message: string(u8) });
const offerOfPeer = { peerId: string(u8), offerId: string(u8) };
const anyByte: Finish = Object.freeze({ byte: 0, about: "ends the subscription; any byte does" });

/** Which offers a filter byte stands for. */
export const FILTERS = Object.freeze({ all: 0, incoming: 1, outgoing: 2 });
/** What the code byte of `createOffer` and `sendOffer` says; commands of warpwire's own can say that they failed. */
export const RESULT_CODES = Object.freeze({ awaiting: 0, accepted: 1, failed: 2 });
/** The version of the additions that `extensions` is answered with. */
export const EXTENSIONS_VERSION = 1;

/** What goes over the wire with each command: the values of its parts. */
export interface CommandValues {
  listPeers: { args: Empty; reply: { peers: Peer[] | null } };
  createOffer: { args: { peerId: string; path: string }; reply: { offerId: string; code: number } };
  acceptOffer: { args: { offerId: string }; reply: Code };
  listOffers: { args: Filter; reply: { offers: Offer[] | null } };
  listenOffers: { args: Filter; events: { offer: Offer } };
  listenStatus: { args: Filter; events: { status: OfferStatus } };
  updatePeer: { args: { update: string[] | null }; reply: Code };
  sendOffer: { args: { offerId: string; files: Info[] | null }; reply: Code };
  download: { args: { offerId: string; index: number; offset: number }; reply: Code };
  ping: { args: Empty; signals: { signal: number } };
  extensions: { args: Empty; reply: { version: number } };
  endOffer: { args: { offerId: string; receiver: boolean; reason: string }; reply: Code };
  acceptFrom: { args: OfferOfPeer; reply: Outcome };
  stopOffer: { args: { incoming: boolean; peerId: string; offerId: string }; reply: Outcome };
  offerPaths: { args: { request: PathsOffer }; reply: { code: number; offerId: string; message: string } };
  listSummaries: { args: Filter; reply: { summaries: Summary[] | null } };
  watchOffers: { args: Filter; events: { summary: Summary } };
  offerTargets: { args: OfferOfPeer; reply: { targets: Targets } };
  fileHash: { args: { offerId: string; index: number }; reply: { sha256: string } };
  end: { args: Empty };
}

type Empty = Record<never, never>;
type Code = { code: number };
type Filter = { filter: number };
type Outcome = { code: number; message: string };
type OfferOfPeer = { peerId: string; offerId: string };

/** The name of a command. */
export type CommandName = keyof CommandValues;

/** A command whose parts have values of these types, and no other parts. */
type CommandOf<N extends CommandName> =
  & Omit<Command, "name" | "args" | "reply" | "events" | "signals">
  & { readonly name: N }
  & { readonly [P in keyof CommandValues[N]]: StructNode & Schema<CommandValues[N][P]> };

/** Every command by name. */
export type Commands = { readonly [N in CommandName]: CommandOf<N> };

/** See {@link Commands}. */
export const commands: Commands = named(
  {
    listPeers: {
      about: "Lists the known peers",
      caller: "local",
      args: none,
      reply: struct({ peers: document(Peers) }),
    },
    createOffer: {
      about: "Offers a file or folder of this machine to a peer; the code is 0 awaiting, 1 accepted",
      caller: "local",
      args: struct({ peerId: string(u8), path: string(u8) }),
      reply: struct({ offerId: string(u8), code: u8 }),
    },
    acceptOffer: {
      about: "Accepts an offer; answered with 0 when the sender has confirmed the download",
      caller: "local",
      args: struct({ offerId: string(u8) }),
      reply: code,
    },
    listOffers: {
      about: "Lists offers: 0 all, 1 incoming, 2 outgoing, anything else none",
      caller: "local",
      args: filter,
      reply: struct({ offers: document(Offers, OFFERS_LIMITS) }),
    },
    listenOffers: {
      about: "Reports new offers: 1 incoming, 2 outgoing, anything else all",
      caller: "local",
      args: filter,
      events: struct({ offer: document(Offer, OFFER_LIMITS) }),
      finish: anyByte,
    },
    listenStatus: {
      about: "Reports the progress of offers: 1 incoming, 2 outgoing, anything else all",
      caller: "local",
      args: filter,
      events: struct({ status: document(OfferStatus) }),
      finish: anyByte,
    },
    updatePeer: {
      about: "Sets a peer's alias, mod or addresses: the peer's id, the attribute, the text",
      caller: "local",
      args: struct({ update: document(PeerUpdate) }),
      reply: code,
    },
    sendOffer: {
      about: "Offers files to this node; the code is 0 awaiting, 1 accepted",
      caller: "anyone",
      args: struct({ offerId: string(u8), files: document(Files, FILES_LIMITS) }),
      reply: code,
    },
    download: {
      about: "Asks for the bytes of an offer, starting at an offset in an entry; entry -1 is the start",
      caller: "anyone",
      args: struct({ offerId: string(u8), index: i64, offset: i64 }),
      reply: code,
      body: "the bytes of the files, one after another",
      finish: { byte: 0, about: "confirms that everything has arrived" },
    },
    ping: {
      about: "Asks the node to send back every byte, until a zero",
      caller: "anyone",
      args: none,
      signals: struct({ signal: u8 }),
    },
    extensions: {
      about: "Asks whether the node knows the commands below; the answer is their version, 1",
      caller: "anyone",
      added: true,
      args: none,
      reply: struct({ version: u8 }),
    },
    endOffer: {
      about: "Reports that the caller completed, rejected, cancelled or gave up an offer that it received or sent",
      caller: "anyone",
      added: true,
      args: struct({ offerId: string(u8), receiver: bool, reason: string(u8) }),
      reply: code,
    },
    acceptFrom: {
      about: "Accepts the offer of a certain peer; the code is 0 confirmed, 1 waiting, 2 failed for the reason given",
      caller: "local",
      added: true,
      args: struct(offerOfPeer),
      reply: outcome,
    },
    stopOffer: {
      about: "Rejects a waiting offer, or cancels a running transfer; the code is 0, or 2 failed",
      caller: "local",
      added: true,
      args: struct({ incoming: bool, ...offerOfPeer }),
      reply: outcome,
    },
    offerPaths: {
      about: "Offers any number of paths, of any length, to a peer; the code is 0 awaiting, 1 accepted, 2 failed",
      caller: "local",
      added: true,
      args: struct({ request: document(PathsOffer) }),
      reply: struct({ code: u8, offerId: string(u8), message: string(u8) }),
    },
    listSummaries: {
      about: "Lists offers without their entries: 1 incoming, 2 outgoing, anything else all",
      caller: "local",
      added: true,
      args: filter,
      reply: struct({ summaries: document(Summaries, OFFERS_LIMITS) }),
    },
    watchOffers: {
      about: "Reports all offers as they are, then every one that is new or changes: 1 incoming, 2 outgoing",
      caller: "local",
      added: true,
      args: filter,
      events: struct({ summary: document(Summary) }),
      finish: anyByte,
    },
    offerTargets: {
      about: "Returns where the entries of an incoming offer are stored, or would be if it were accepted now",
      caller: "local",
      added: true,
      args: struct(offerOfPeer),
      reply: struct({ targets: document(Targets, FILES_LIMITS) }),
    },
    fileHash: {
      about: "Asks for the SHA-256 of a file whose `Sha256` is `later`; empty while it is still being computed",
      caller: "anyone",
      added: true,
      args: struct({ offerId: string(u8), index: i64 }),
      reply: struct({ sha256: string(u8) }),
    },
    end: {
      about: "Ends the session; it has no answer",
      caller: "anyone",
      args: none,
    },
  } satisfies { readonly [N in CommandName]: Omit<CommandOf<N>, "name"> },
);

/** Each command with its name. */
function named(table: Readonly<Record<CommandName, object>>): Commands {
  const commands = Object.entries(table).map(([name, command]) => [name, { name, ...command }]);
  return Object.freeze(Object.fromEntries(commands));
}
