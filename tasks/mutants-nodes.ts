/**
 * Faults of hosts, and of the astral service.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const NODES_MUTANTS: readonly Mutant[] = [
  ...group("src/host", ["host/socket-openings"], [
    ["openings are as long as they like", "opening", "if (count <= OPENING_BYTES_MAX)", "if (true)"],
    [
      "an opening takes as long as it likes",
      "answering",
      "openingTimeoutMs, () => stream.abort());",
      "openingTimeoutMs, () => {});",
    ],
    ["a program decides as late as it likes", "answering", '() => request.refuse({ answer: "busy" })', "() => {}"],
    ["a host answers for another one", "answering", 'target !== "" && target !== this.#host.peerId', "false"],
    ["a caller need not say who it is", "opening", 'if (opening.caller === "")', "if (false)"],
    ["a socket host takes any number of connections", "socket", "if (!this.#places.take(place))", "if (false)"],
    ["a closed socket is read for ever", "socket-carrier", "if (this.#lingerBytes > LINGER_BYTES_MAX)", "if (false)"],
    [
      "a socket closes as late as it likes",
      "socket-carrier",
      "this.#clock.setTimer(this.#closeTimeoutMs, () => this.abort());",
      "this.#clock.setTimer(this.#closeTimeoutMs, () => {});",
    ],
  ]),
  ...group("src/host", ["host/parts"], [
    ["addresses are remembered without bound", "address-book", "if (this.#entries.size <= PEERS_MAX)", "if (true)"],
    [
      "what was not taken of a piece is lost",
      "receive-queue",
      "this.#pieces[this.#first] = piece.subarray(count);",
      "this.#dropPiece();",
    ],
    ["waiting does not look whether it may", "wait", "if (signal?.aborted)", "if (false)"],
    ["a peer has any number of addresses", "address-book", "addresses.slice(0, PEER_ADDRESSES_MAX)", "addresses"],
    [
      "pings are answered without bound",
      "websocket-server",
      "if (found.bufferedAmount <= PONG_BUFFERED_BYTES_MAX)",
      "if (true)",
    ],
  ]),
  ...group("src/host", ["host/memory"], [
    ["any number rejects", "incoming", "!Number.isInteger(code) || code < 1 || code > 255", "!Number.isInteger(code)"],
    ["two reads wait at once", "carried-stream", "else if (this.#reader !== null) {", "else if (false) {"],
    ["bytes that do not fit are lost", "carried-stream", "const fits = count === piece.length;", "const fits = true;"],
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
    ["who has left is still accepted", "mounts", "request.whenLeft = () => this.#requests.withdraw(request);", ""],
  ]),
  ...group("src/host", ["host/places"], [
    ["one machine may have all places", "places", "return count >= this.#groupPlacesMax;", "return false;"],
    ["there is a place for everybody", "places", "if (this.#holders.size >= this.#placesMax && ", "if (false && "],
    ["strangers push known peers out", "places", "return known ? used ? 3 : 2 : used ? 1 : 0;", "return 0;"],
    ["addresses of one network are many machines", "places", "groups.slice(0, 4)", "groups"],
    ["unproven connections have no bound", "libp2p-places", "PENDING_MAX = 128", "PENDING_MAX = 1e9"],
  ]),
  ...group("src/host", ["host/websocket-openings"], [
    [
      "any page may connect",
      "websocket-server",
      "headers.origin !== undefined && !this.#plan.allowsOrigin(headers.origin)",
      "false",
    ],
    ["any path is a WebSocket", "websocket-server", "if (url !== this.#path)", "if (false)"],
    [
      "a WebSocket host takes any number of connections",
      "websocket-server",
      "const isAdmitted = places.take(admitted);",
      "const isAdmitted = true;",
    ],
    [
      "any sub-protocol will do",
      "websocket-server",
      "return offered?.includes(SUBPROTOCOL) ? null : 400;",
      "return null;",
    ],
    ["a WebSocket sends more than it may", "websocket-carrier", "if (this.#window < 0)", "if (false)"],
    ["a WebSocket has read more than there was", "websocket-carrier", "if (this.#credit > WINDOW_BYTES)", "if (false)"],
  ]),
  ...group("src/host", ["host/libp2p-nodes"], [
    ["libp2p streams are read as fast as they come", "libp2p-carrier", "this.#queued > RECEIVE_BYTES_MAX", "false"],
    ["a libp2p host takes any number of streams", "libp2p-streams", "if (!isPlaced)", "if (false)"],
    [
      "a libp2p host takes any number of connections",
      "libp2p-places",
      "if (!this.#open.take(place)) {",
      "if (false) {",
    ],
  ]),
  ...group("src/host", ["host/datagrams-over"], [
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
    ["a link stays for ever", "datagram-link", "            else\n                this.end();", ""],
    ["links to others have no bound", "datagrams-over-streams", "if (this.#opened.size >= LINKS_MAX)", "if (false)"],
  ]),
  ...group("src/host", ["host/sim-network"], [
    [
      "simulated hosts share a name",
      "sim/network",
      "if (this.#byId.has(peerId) || this.#byAddress.has(address))",
      "if (false)",
    ],
    ["a simulation runs twice at once", "sim/network", "if (this.#running)", "if (false)"],
  ]),
  ...group("src/host", ["host/socket.test"], [
    [
      "a socket is read as fast as it sends",
      "socket-carrier",
      "this.#stream.receive(piece, lent) > RECEIVE_BYTES_MAX",
      "this.#stream.receive(piece, lent) < 0",
    ],
  ]),
  ...group("src/host", ["host/first-of"], [
    ["a second connection is left open", "first-of", "return discard(value);", "return;"],
  ]),
  ...group("src/astral", ["astral/identity-services"], [
    [
      "a query is given away twice",
      "identity-services",
      "const pending = this.#pending.get(queryId) ?? null;\n        this.#pending.delete(queryId);",
      "const pending = this.#pending.get(queryId) ?? null;",
    ],
    ["a query waits for a guest that has left", "identity-services", "if (pending.service === service)", "if (false)"],
  ]),
  ...group("src/astral", ["astral/guest-2026"], [
    [
      "a guest rejects the queries of others",
      "identity-services",
      "if (this.#pending.get(queryId)?.service !== service)",
      "if (false)",
    ],
    [
      "programs of other machines are registered",
      "sockets",
      "this.#allowRemote || isLocal(address) ? address : null",
      "address",
    ],
    ["a guest may log in for ever", "guest-2026", "LOGINS_MAX = 3", "LOGINS_MAX = 1e9"],
    ["a guest may be anybody", "guest-2026", "caller === null || caller === ZERO_IDENTITY || caller === self", "true"],
    [
      "guests without a token ask queries",
      "guest-2026",
      "!isOwn || (this.#identity === null && !core.tokens.allowAnonymous)",
      "!isOwn",
    ],
    [
      "a guest takes the queries of others",
      "guest-2026",
      "self === null || (identity !== null && identity !== self)",
      "self === null",
    ],
  ]),
  ...group("src/astral", ["astral/websocket"], [
    [
      "pages reach the service under any host",
      "websocket-listener",
      "!listening.allowRemote && !isLoopback(",
      "false && !isLoopback(",
    ],
    [
      "any page connects",
      "websocket-listener",
      "return page !== null && isLoopback(hostNameOf(page.host)) ? null : 403;",
      "return null;",
    ],
    [
      "a connection need not become a WebSocket",
      "websocket-listener",
      "commandTimeoutMs, () => socket.destroy());",
      "commandTimeoutMs, () => {});",
    ],
  ]),
  ...group("src/astral", ["astral/tokens"], [
    ["tokens never expire", "tokens", " && token.expiresAt > nowNs", ""],
    ["tokens have no bound", "tokens", "if (this.#tokens.length >= this.#tokensMax)", "if (false)"],
    ["guests without a token come in", "tokens", 'text === "" && this.#allowAnonymous', 'text === ""'],
  ]),
  ...group("src/astral", ["astral/control"], [
    ["one peer takes all streams", "link", "(counts.get(peerId) ?? 0) >= streamsMax / PEER_SHARE", "false"],
    ["pings have no bound", "operations-control", " || count > PINGS_MAX", ""],
    [
      "other bytes answer a ping",
      "operations-control",
      "if (back.some((byte, index) => byte !== sent[index]))",
      "if (false)",
    ],
    [
      "peers without an identity ask queries",
      "link",
      "const isPeer = isIdentity(peerId) && peerId !== ZERO_IDENTITY;",
      "const isPeer = true;",
    ],
  ]),
  ...group("src/astral", ["astral/bounds"], [
    ["guests have no bound", "guests", "this.#size >= this.#guestsMax && !this.#cutOldest()", "false"],
    ["handlers have no bound", "handlers", "if (handler.pending >= this.#pendingMax)", "if (false)"],
    ["a registration takes any number of bytes", "guest-2023", "surplus <= SURPLUS_BYTES_MAX", "true"],
    ["names that begin with 127 are this machine", "sockets", "/^127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$/", "/^127\\./"],
    ["lines are as long as they like", "connection", "if (length > lineBytesMax)", "if (false)"],
    [
      "a peer need not send its query",
      "link",
      "setTimer(QUERY_TIMEOUT_MS, () => connection.abort());",
      "setTimer(QUERY_TIMEOUT_MS, () => {});",
    ],
    ["others are asked in any name", "router", "if (caller !== identity)", "if (false)"],
    [
      "guests that have settled are cut",
      "guests",
      "settle: () => this.#unsettled.delete(number),",
      "settle: () => true,",
    ],
    [
      "a guest has any number of handlers",
      "operations-apphost",
      "core.handlers.count(call.caller) >= HANDLERS_MAX || ",
      "",
    ],
    [
      "guests take all tokens",
      "operations-apphost",
      "core.tokens.count >= core.limits.tokensMax / 2",
      "core.tokens.count >= core.limits.tokensMax",
    ],
    [
      "a guest removes the handlers of others",
      "handlers",
      "handler.identity === identity && handler.token === token",
      "handler.token === token",
    ],
    ["a handler answers as late as it likes", "handlers", "Math.min(timeoutMs, this.#timeoutMs)", "timeoutMs"],
    [
      "a registered program answers as late as it likes",
      "registered-names",
      "Math.min(timeoutMs, this.#timeoutMs)",
      "timeoutMs",
    ],
    ["nobody has the identity of zeros", "names", " && hex !== ZERO_IDENTITY", ""],
  ]),
  ...group("src/astral", ["astral/service.test"], [
    ["registered names have no bound", "registered-names", "if (registered.pending >= this.#pendingMax)", "if (false)"],
    [
      "names of the node are registered by guests",
      "guest-2023",
      " || core.host.has(service) || core.isOperation(service)",
      "",
    ],
    ["a guest need not say what it wants", "door", "guest.hurry(this.#core.limits.commandTimeoutMs);", ""],
    ["a mount takes the name of another", "service-host", "if (this.#parts.isTaken(path))", "if (false)"],
  ]),
  ...group("src/astral", ["cli/data-folder"], [
    ["anybody enters the folder of the socket", "unix-socket", "(found.mode & OTHERS) !== 0", "false"],
    ["anybody connects to the socket", "unix-socket", "await chmod(path, SOCKET_MODE)", "await chmod(path, 0o777)"],
  ]),
];
