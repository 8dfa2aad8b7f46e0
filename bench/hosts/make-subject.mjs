/**
 * Makes what is measured, in the process that measures it.
 *
 * @module
 */

import { join } from "node:path";
import { astralService } from "../../dist/src/astral/mod.js";
import { astralHost } from "../../dist/src/host/astral/mod.js";
import { libp2pHost } from "../../dist/src/host/libp2p/host.js";
import { linkHost } from "../../dist/src/host/link/mod.js";
import { memoryHost, MemoryNetwork } from "../../dist/src/host/mod.js";
import { socketHost } from "../../dist/src/host/socket/host.js";
import { tlsHost } from "../../dist/src/host/tls/mod.js";
import { webSocketHost } from "../../dist/src/host/websocket/host.js";
import { Identity } from "../../dist/src/identity/mod.js";
import { hostSubject } from "./host-subject.mjs";
import { rawSubject } from "./raw.mjs";
import { storjSubject } from "./storj-subject.mjs";
import { TCP, UNIX } from "./subjects.mjs";

const TOKEN = "token of both programs";
const NODE_NAME = "home";

/**
 * Makes a subject.
 *
 * @param {string} name
 * @param {{ folder: string, nodeAddress?: string }} place a folder for sockets, and where the astral node is
 * @returns {import("./subjects.mjs").Subject}
 */
export function subjectOf(name, { folder, nodeAddress }) {
  switch (name) {
    case TCP:
      return rawSubject({ host: "127.0.0.1", port: 0 });
    case UNIX:
      return rawSubject({ path: join(folder, "raw") });
    case "memory":
      return memorySubject();
    case "socket, TCP":
      return socketSubject("tcp:127.0.0.1:0");
    case "socket, unix":
      return socketSubject(`unix:${join(folder, "socket")}`);
    case "websocket":
      return hostSubject(
        () => webSocketHost({ peerId: "server", listen: ["ws://127.0.0.1:0/"] }),
        () => webSocketHost({ peerId: "client", listen: [] }),
      );
    case "libp2p":
    case "libp2p, a connection each":
      return hostSubject(
        () => makeLibp2p(["tcp:127.0.0.1:0"]),
        () => makeLibp2p([]),
      );
    case "TLS":
      return hostSubject(
        () => tlsHost({ identity: Identity.generate() }),
        () => tlsHost({ identity: Identity.generate(), listen: [] }),
      );
    case "services, libp2p":
    case "services, TLS": {
      const makeLink = name.endsWith("TLS") ? linkHost : libp2pHost;
      return hostSubject(
        () => linkedService(makeLink, ["tcp:127.0.0.1:0"]),
        () => linkedService(makeLink, []),
      );
    }
    case "astral 2023":
    case "astral 2026": {
      const protocol = name.slice(-4);
      const make = () => astralHost({ address: nodeAddress, protocol, token: TOKEN });
      return hostSubject(make, make, { peerId: NODE_NAME });
    }
    case "storj node, UDP":
      return storjSubject();
    default:
      throw new RangeError(`Unknown subject "${name}"`);
  }
}

/** The node between both ends. @param {"2023" | "2026"} protocol */
export function astralNode(protocol) {
  return astralService({
    identity: Identity.generate(),
    alias: NODE_NAME,
    listen: [{ address: "tcp:127.0.0.1:0", protocol }],
    tokens: { [TOKEN]: "localnode" },
  });
}

function memorySubject() {
  const network = new MemoryNetwork();
  let clients = 0;
  return hostSubject(
    () => memoryHost({ network, peerId: "server" }),
    () => memoryHost({ network, peerId: `client ${clients++}` }),
  );
}

function socketSubject(address) {
  return hostSubject(
    () => socketHost({ peerId: "server", listen: [address] }),
    () => socketHost({ peerId: "client", listen: [] }),
  );
}

function makeLibp2p(listen) {
  return libp2pHost({ identity: Identity.generate(), listen });
}

/** The host of a local service: its streams are queries, which go to other services over a link. */
async function linkedService(makeLink, listen) {
  const identity = Identity.generate();
  const link = await makeLink({ identity, listen });
  const service = await astralService({ identity, link, listen: [] });
  const { host } = service;
  return {
    peerId: host.peerId,
    addresses: () => host.addresses(),
    mountStreams: (path) => host.mountStreams(path),
    openStream: (peer, path) => host.openStream(peer, path),
    async stop() {
      await service.stop();
      await link.stop();
    },
  };
}
