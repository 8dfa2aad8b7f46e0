/**
 * `warpwire peer` and `warpwire peers`: adds a peer to a running service, removes one, prints the command that adds this
 * node elsewhere, and lists the nodes that the service knows.
 *
 * @module
 */

import { renderUnicodeCompact } from "uqr";
import { escapeText } from "../../../../codec/mod.ts";
import type { AstralHost } from "../../../host/astral/mod.ts";
import { type Arguments, type CommandBody, positionals, type Streams, UsageError } from "../../command.ts";
import { peerJson, useWarpdrive, WARPDRIVE_COMMAND_OPTIONS, withWarpdrive } from "../../warpdrive/mod.ts";
import { jsonLine, printValue } from "../../json/mod.ts";
import {
  askService,
  type Connected,
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  formatPeerText,
  parsePeerText,
  PeerAnswer,
  type PeerText,
  quoted,
  ServiceError,
  StatusAnswer,
  withService,
} from "../../service/mod.ts";
import { columns, formatTime } from "../../terminal/mod.ts";

/** Addresses that other machines cannot reach. */
const LOOPBACK = /^tcp:(127\.|\[::1\])/;

type WarpdrivePeer = ReturnType<typeof peerJson>;

/** Adds, removes and shows peers. */
export const peerCommand: CommandBody = {
  usage: "add [<name>] <peer> | remove <peer> | show [options]",
  details: `To pair two machines, run "peer show" on one and the command that it prints on the other.
A peer to add is [NAME=]ID[@ADDR...], as in anna=02c6...9ee5@tcp:192.0.2.7:4001.
After that, all commands accept its name.
${CONNECTION_HELP}`,
  options: { ...WARPDRIVE_COMMAND_OPTIONS, qr: { type: "boolean", about: "also show the peer text as a QR code" } },
  async run(args, streams) {
    const [action, ...rest] = args.positionals;
    const actionArgs = { ...args, positionals: rest };
    switch (action) {
      case "add":
        return await add(actionArgs, streams);
      case "remove":
        return await remove(actionArgs, streams);
      case "show":
        return await show(actionArgs, streams);
      case undefined:
        throw new UsageError("Argument add, remove or show is missing");
      default:
        throw new UsageError(`Argument ${JSON.stringify(action)} is not add, remove or show`);
    }
  },
};

async function add(args: Arguments, streams: Streams): Promise<void> {
  const peer = peerToAdd(args);
  await withWarpdrive(args, async ({ node, names }) => {
    await names.load();
    names.checkName(peer.name, peer.identity);
    if (peer.addresses.length > 0) await node.setPeer(peer.identity, "addresses", peer.addresses.join(" "));
    await node.setPeer(peer.identity, "alias", peer.name);
    printValue(args, streams, { ...peer }, `Added ${quoted(peer.name)}, ${peer.identity}`);
  });
}

function peerToAdd(args: Arguments): PeerText {
  const [first, second, ...more] = args.positionals;
  if (first === undefined) positionals(args, ["peer"]);
  if (more.length > 0) positionals(args, ["name", "peer"]);
  const peer = parsePeerText(second ?? first);
  const name = second === undefined ? peer.name : first;
  if (name === "") throw new UsageError(`Peer ${JSON.stringify(second ?? first)} needs a name: peer add NAME ID@ADDR`);
  return { ...peer, name };
}

async function remove(args: Arguments, streams: Streams): Promise<void> {
  const [text] = positionals(args, ["peer"]);
  await withWarpdrive(args, async ({ node, names }) => {
    await names.load();
    const identity = await names.find(text);
    const name = names.nameOf(identity);
    for (const attribute of ["alias", "addresses", "mod"] as const) await node.setPeer(identity, attribute, "");
    printValue(args, streams, { identity }, `Removed ${quoted(name)}: its name, addresses and rule`);
  });
}

async function show(args: Arguments, streams: Streams): Promise<void> {
  positionals(args, []);
  const { identity, alias, all } = await withService(args, ownPlace);
  const reachable = (all ?? []).filter((address) => !LOOPBACK.test(address));
  const text = formatPeerText({ name: alias, identity, addresses: reachable.length > 0 ? reachable : all ?? [] });
  const name = text.includes("=") ? "" : "NAME ";
  printValue(args, streams, { text, identity }, `warpwire peer add ${name}'${escapeText(text)}'`);
  if (all !== null && reachable.length === 0) {
    streams.err("Only this machine can reach these addresses; to open others, use serve --listen tcp:0.0.0.0:4001\n");
  }
  if (args.options.qr === true) streams.out(`${renderUnicodeCompact(text)}\n`);
}

/** Who this node is, and where others reach it; an astral node finds that out without addresses. */
async function ownPlace(
  host: AstralHost,
  { guestAt }: Connected,
): Promise<{ readonly identity: string; readonly alias: string; readonly all: readonly string[] | null }> {
  if (guestAt !== null) return { identity: host.peerId, alias: "", all: null };
  const [{ identity, alias, linkAddresses }] = await askService(host, "warpwire.status", StatusAnswer);
  return { identity, alias, all: linkAddresses ?? [] };
}

/** Prints the nodes that were added to the service, and those that have connected to it. */
export const peersCommand: CommandBody = {
  usage: "[options]",
  details: CONNECTION_HELP,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean", about: "print one line of JSON for each node" } },
  async run(args, { out }) {
    positionals(args, []);
    const peers = await withService(args, knownPeers);
    if (args.options.json === true) {
      for (const peer of peers) out(`${jsonLine(peer)}\n`);
    } else if (peers.length === 0) {
      out("No known peers; add one with warpwire peer add\n");
    } else {
      const head = "rule" in peers[0] ? ["RULE"] : ["ASKED", "ASKED US", "STREAMS", "LAST SEEN"];
      out(columns([["NAME", "IDENTITY", ...head], ...peers.map(row)]));
    }
  },
};

/** The peers of a service, or where there is none those of the warpdrive at the node. */
async function knownPeers(host: AstralHost, { guestAt }: Connected): Promise<PeerAnswer[] | WarpdrivePeer[]> {
  const inBook = async () => (await useWarpdrive(host, ({ node }) => node.peers())).map(peerJson);
  if (guestAt !== null) return await inBook();
  return await askService(host, "warpwire.peers", PeerAnswer).catch(async (error) => {
    if (!(error instanceof ServiceError)) throw error;
    return await inBook().catch(() => Promise.reject(error));
  });
}

/** What queries have passed only our own service knows. */
function row(peer: PeerAnswer | WarpdrivePeer): string[] {
  const { name, identity } = peer;
  if ("rule" in peer) return [name, identity, peer.rule];
  const { queriesOut, queriesIn, streams, seenMs } = peer;
  const seen = seenMs === 0 ? "never" : formatTime(seenMs);
  return [name, identity, `${queriesOut}`, `${queriesIn}`, `${streams}`, seen];
}
