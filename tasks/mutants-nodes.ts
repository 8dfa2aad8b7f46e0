/**
 * Faults of hosts, and of the astral service.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const NODES_MUTANTS: readonly Mutant[] = [
  ...group("src/host", ["host/"], [
    ["openings are as long as they like", "opening", "if (count <= OPENING_BYTES_MAX)", "if (true)"],
    ["one machine may have all places", "places", "return count >= this.#groupPlacesMax;", "return false;"],
    ["there is a place for everybody", "places", "if (this.#holders.size >= this.#placesMax && ", "if (false && "],
    ["strangers push known peers out", "places", "return known ? used ? 3 : 2 : used ? 1 : 0;", "return 0;"],
    [
      "any page may connect",
      "websocket-server",
      "headers.origin !== undefined && !this.#plan.allowsOrigin(headers.origin)",
      "false",
    ],
    ["any path is a WebSocket", "websocket-server", "if (url !== this.#path)", "if (false)"],
    ["libp2p streams are read as fast as they come", "libp2p-carrier", "this.#queued > RECEIVE_BYTES_MAX", "false"],
    ["addresses are remembered without bound", "address-book", "if (this.#entries.size <= PEERS_MAX)", "if (true)"],
    [
      "datagrams are kept without bound",
      "mounts",
      "this.#mailbox.cost + costOf(datagram) <= this.#queueBytesMax",
      "true",
    ],
    ["a path is mounted twice", "mounts", "if (table.has(path))", "if (false)"],
    ["paths are as long as they like", "mounts", "length <= PATH_BYTES_MAX", "true"],
    ["paths have lone surrogates", "mounts", "if (!text.isWellFormed())", "if (false)"],
    ["requests wait without bound", "mounts", "this.#requests.cost >= this.#backlogMax", "false"],
    [
      "datagrams queue without bound",
      "datagram-link",
      "this.#queue.length + frame.length > LINK_QUEUE_BYTES_MAX",
      "false",
    ],
    [
      "links of strangers have no bound",
      "datagrams-over-streams",
      "if (this.#accepted.size >= LINKS_MAX)",
      "if (false)",
    ],
    ["datagrams go to nobody", "datagrams-over-streams", "addresses.length === 0", "false"],
    [
      "simulated hosts share a name",
      "sim/network",
      "if (this.#byId.has(peerId) || this.#byAddress.has(address))",
      "if (false)",
    ],
    ["a simulation runs twice at once", "sim/network", "if (this.#running)", "if (false)"],
  ]),
  ...group("src/astral", ["astral/"], [
    [
      "a query is given away twice",
      "identity-services",
      "const pending = this.#pending.get(queryId) ?? null;\n        this.#pending.delete(queryId);",
      "const pending = this.#pending.get(queryId) ?? null;",
    ],
    [
      "pages reach the service under any host",
      "websocket-listener",
      "!listening.allowRemote && !isLoopback(",
      "false && !isLoopback(",
    ],
    ["tokens never expire", "tokens", " && token.expiresAt > nowNs", ""],
    ["a guest may log in for ever", "guest-2026", "LOGINS_MAX = 3", "LOGINS_MAX = 1e9"],
    ["a guest may be anybody", "guest-2026", "caller === null || caller === ZERO_IDENTITY || caller === self", "true"],
    [
      "programs of other machines are registered",
      "sockets",
      "this.#allowRemote || isLocal(address) ? address : null",
      "address",
    ],
    ["one peer takes all streams", "link", "(counts.get(peerId) ?? 0) >= streamsMax / PEER_SHARE", "false"],
    ["anybody enters the folder of the socket", "unix-socket", "((await lstat(folder)).mode & OTHERS) !== 0", "false", [
      "astral/",
      "cli/service",
    ]],
    ["anybody connects to the socket", "unix-socket", "await chmod(path, SOCKET_MODE)", "await chmod(path, 0o777)", [
      "astral/",
      "cli/service",
    ]],
    ["guests have no bound", "guests", "this.#size >= this.#guestsMax && !this.#cutOldest()", "false"],
    ["handlers have no bound", "handlers", "if (handler.pending >= this.#pendingMax)", "if (false)"],
    ["registered names have no bound", "registered-names", "if (registered.pending >= this.#pendingMax)", "if (false)"],
    ["pings have no bound", "operations-control", " || count > PINGS_MAX", ""],
    [
      "other bytes answer a ping",
      "operations-control",
      "if (back.some((byte, index) => byte !== sent[index]))",
      "if (false)",
    ],
  ]),
];
