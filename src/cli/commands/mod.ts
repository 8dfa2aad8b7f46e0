/**
 * The commands of the program. Each is loaded when it is called: whoever asks for help, or looks at a message, does not
 * wait until all of the services are there.
 *
 * @module
 */

import type { CommandBody, ListedCommand } from "../command.ts";

const sharing = () => import("./sharing/mod.ts");
const serve = () => import("./serve.ts");
const demo = () => import("../demo/mod.ts");
const client = () => import("./client/mod.ts");
const storj = () => import("./storj.ts");
const binary = () => import("./binary/mod.ts");

/** Every command, by its group in the help. */
export const COMMAND_GROUPS: Readonly<Record<string, readonly ListedCommand[]>> = {
  "Sharing without a service": [
    command("share", "share files and folders with another machine, without a service", sharing, "shareCommand"),
    command("receive", "fetch what another machine shares, into the current folder", sharing, "receiveCommand"),
  ],
  "The service": [
    command(
      "serve",
      "run the local service: file sharing, and links to other machines for programs on this one",
      serve,
      "serveCommand",
    ),
    command("status", "print the identity, addresses and peers of the local service", client, "statusCommand"),
    command("demo", "send a folder between two services on this machine, with an interruption", demo, "demoCommand"),
  ],
  "Transfers through the service": [
    command("send", "offer files and folders to a peer", client, "sendCommand"),
    command("in", "list what peers offer to this node", client, "inCommand"),
    command("out", "list what this node offers to peers", client, "outCommand"),
    command("get", "accept an offer, or all that wait for an answer; use in to list them", client, "getCommand"),
    command("reject", "decline an offer; its sender is notified", client, "rejectCommand"),
    command("cancel", "end a transfer or withdraw an offer; the other side is notified", client, "cancelCommand"),
    command("watch", "show offers and transfers live; on a terminal, ask about new offers", client, "watchCommand"),
  ],
  "Peers": [
    command(
      "peer",
      "add or remove a peer, or print the command that adds this node on another machine",
      client,
      "peerCommand",
    ),
    command("peers", "list the other nodes that the local service knows", client, "peersCommand"),
    command("trust", "accept this peer's offers without asking", client, "trustCommand"),
    command("block", "decline this peer's offers without asking", client, "blockCommand"),
    command("ask", "ask before accepting this peer's offers (undoes trust and block)", client, "askCommand"),
    command("alias", "name a peer; an empty name removes the name", client, "aliasCommand"),
  ],
  "Programs of other nodes": [
    command("ping", "send bytes to another node and back, and measure the round-trip time", client, "pingCommand"),
    command(
      "query",
      "connect standard input and output to a program on another node, like netcat",
      client,
      "queryCommand",
    ),
    command(
      "register",
      "serve a name: each query runs a command with the stream as its input and output",
      client,
      "registerCommand",
    ),
  ],
  "The storj network": [
    command(
      "storj",
      "run a node of the storj network: put and get values, find nodes, send messages",
      storj,
      "storjCommand",
    ),
  ],
  "Binary messages": [
    command("inspect", "print the bytes of a message and what they mean", binary, "inspectCommand"),
    command("decode", "print the value of a message as JSON", binary, "decodeCommand"),
    command("encode", "print the bytes of a value as hex", binary, "encodeCommand"),
    command("cslq", "encode or decode values with a cslq pattern", binary, "cslqCommand"),
    command("schemas", "list the schemas", binary, "schemasCommand"),
    command("describe", "print the byte table of a schema", binary, "describeCommand"),
    command("generate", "write TypeScript codecs for the schemas that a module exports", binary, "generateCommand"),
    command(
      "fixtures",
      "check the tables of values and bytes in a folder; default fixtures",
      binary,
      "fixturesCommand",
    ),
    command("session", "decode recorded warpdrive sessions, one JSON line for each message", binary, "sessionCommand"),
    command(
      "rpc",
      "print a storj datagram, or a request and its response, as JSON lines",
      binary,
      "rpcCommand",
    ),
  ],
};

function command<K extends string>(
  name: string,
  about: string,
  load: () => Promise<Readonly<Record<K, CommandBody>>>,
  key: K,
): ListedCommand {
  return { name, about, load: async () => (await load())[key] };
}
