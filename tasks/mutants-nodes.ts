/**
 * Faults of hosts, and of the astral service.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

const CLOSE_CODES = ["host/websocket/close-codes"];

/** All of them. */
export const NODES_MUTANTS: readonly Mutant[] = [
  ...group("src/host", ["host/socket/openings"], [
    [
      "openings are as long as they like",
      "connect/handshake",
      "{ bytesMax: OPENING_BYTES_MAX - MAGIC_BYTES }",
      "{}",
    ],
    [
      "an opening takes as long as it likes",
      "connect/handshake",
      "openingTimeoutMs, () => stream.abort());",
      "openingTimeoutMs, () => {});",
    ],
    [
      "a program decides as late as it likes",
      "connect/handshake",
      '() => request.refuse({ answer: "busy" })',
      "() => {}",
    ],
    ["a host answers for another one", "connect/handshake", 'target !== "" && target !== this.#host.peerId', "false"],
    ["a caller need not say who it is", "connect/handshake", 'if (opening.caller === "")', "if (false)"],
    ["a socket host takes any number of connections", "socket/host", "if (!this.slots.take(slot))", "if (false)"],
    ["a closed socket is read for ever", "socket/transport", "if (this.#lingerBytes > LINGER_BYTES_MAX)", "if (false)"],
    [
      "a socket closes as late as it likes",
      "socket/transport",
      "this.#clock.setTimer(this.#closeTimeoutMs, () => this.abort());",
      "this.#clock.setTimer(this.#closeTimeoutMs, () => {});",
    ],
  ]),
  ...group("src/host", ["host/parts"], [
    [
      "addresses are remembered without bound",
      "connect/address-book",
      "if (this.#entries.size <= PEERS_MAX)",
      "if (true)",
    ],
    [
      "what was not taken of a piece is lost",
      "streams/receive-queue",
      "this.#pieces[this.#first] = piece.subarray(count);",
      "this.#dropPiece();",
    ],
    ["waiting does not look whether it may", "timing/wait", "if (signal?.aborted)", "if (false)"],
    [
      "a peer has any number of addresses",
      "connect/address-book",
      "addresses.slice(0, PEER_ADDRESSES_MAX)",
      "addresses",
    ],
    [
      "pings are answered without bound",
      "websocket/server",
      "if (found.bufferedAmount <= PONG_BUFFERED_BYTES_MAX)",
      "if (true)",
    ],
  ]),
  ...group("src/host", ["host/memory"], [
    [
      "any number rejects",
      "connect/stream-request",
      "!Number.isInteger(code) || code < 1 || code > 255",
      "!Number.isInteger(code)",
    ],
    ["two reads wait at once", "streams/host-stream", "else if (this.#reader !== null) {", "else if (false) {"],
    [
      "bytes that do not fit are lost",
      "streams/host-stream",
      "const fits = count === piece.length;",
      "const fits = true;",
    ],
    [
      "datagrams are kept without bound",
      "connect/mounts",
      "queue.cost + costOf(datagram) <= this.#queueBytesMax",
      "true",
    ],
    ["a path is mounted twice", "connect/mounts", "if (table.has(path))", "if (false)"],
    ["paths are as long as they like", "connect/mounts", "length <= PATH_BYTES_MAX", "true"],
    ["paths have lone surrogates", "connect/mounts", "if (!text.isWellFormed())", "if (false)"],
    ["requests wait without bound", "connect/mounts", "this.#requests.cost >= this.#backlogMax", "false"],
    [
      "who has left is still accepted",
      "connect/mounts",
      "request.whenLeft = () => this.#requests.withdraw(request);",
      "",
    ],
  ]),
  ...group("src/host", ["host/slots"], [
    ["one machine may have all places", "connect/slots", "return count >= this.#groupSlotsMax;", "return false;"],
    [
      "there is a place for everybody",
      "connect/slots",
      "if (this.#holders.size >= this.#slotsMax && ",
      "if (false && ",
    ],
    ["strangers push known peers out", "connect/slots", "return known ? used ? 3 : 2 : used ? 1 : 0;", "return 0;"],
    ["addresses of one network are many machines", "connect/slots", "groups.slice(0, 4)", "groups"],
    ["unproven connections have no bound", "libp2p/slots", "PENDING_MAX = 128", "PENDING_MAX = 1e9"],
  ]),
  ...group("src/host/websocket", ["host/websocket/openings"], [
    [
      "any page may connect",
      "server",
      "headers.origin !== undefined && !this.#plan.allowsOrigin(headers.origin)",
      "false",
    ],
    ["any path is a WebSocket", "server", "if (url !== this.#path)", "if (false)"],
    [
      "a WebSocket host takes any number of connections",
      "server",
      "const isAdmitted = slots.take(admitted);",
      "const isAdmitted = true;",
    ],
    [
      "any sub-protocol will do",
      "server",
      "return offered?.includes(SUBPROTOCOL) ? null : 400;",
      "return null;",
    ],
    ["a WebSocket sends more than it may", "transport", "if (this.#window < 0)", "if (false)"],
    ["a WebSocket has read more than there was", "transport", "if (this.#credit > WINDOW_BYTES)", "if (false)"],
    ["a stream breaks without a code", "transport", "this.#socket.close(code);", "this.#cut();", CLOSE_CODES],
    [
      "who does not answer a code is waited for",
      "transport",
      "this.#timer = this.#clock.setTimer(Math.min(",
      "void (Math.min(",
      CLOSE_CODES,
    ],
    ["a host that stops cuts its WebSockets at once", "server", "if (!isWebSocket)", "if (true)", CLOSE_CODES],
  ]),
  ...group("src/host/libp2p", ["host/libp2p/nodes"], [
    ["libp2p streams are read as fast as they come", "transport", "this.#queued > RECEIVE_BYTES_MAX", "false"],
    ["a libp2p host takes any number of streams", "streams", "if (!hasSlot)", "if (false)"],
    [
      "a libp2p host takes any number of connections",
      "slots",
      "if (!this.#open.take(slot)) {",
      "if (false) {",
    ],
  ]),
  ...group("src/host/libp2p", ["host/libp2p/programs"], [
    [
      "a path is a protocol for hosts like this one only",
      "protocols",
      "this.#node?.handle(path, this.#answer, limits).catch(nothing);",
      "",
    ],
    ["an unmounted protocol is still spoken", "protocols", "this.#node?.unhandle(path).catch(nothing);", ";"],
    ["protocols of other programs are not asked for", "protocols", "[LIBP2P_PROTOCOL, path]", "[LIBP2P_PROTOCOL]"],
    [
      "who has ended his direction gets no answer",
      "transport",
      "this.#gone || (this.#endSeen && !this.#halfCloses)",
      "this.#gone || this.#endSeen",
    ],
    ["a refused protocol stays open", "streams", "refuse: () => stream.abort()", "refuse: () => {}"],
    ["strangers' protocols cost friends theirs", "streams", "return isKnown(peerId);", "return false;"],
    ["pings are answered before the peer reads", "ping", "stream.unread > AHEAD_BYTES_MAX", "false"],
    ["a connection pings as often as it likes", "ping", "PING_STREAMS_MAX = 2", "PING_STREAMS_MAX = 9"],
    ["a silent ping is waited for", "ping", "timeoutMs: SILENCE_MS", "timeoutMs: Infinity"],
    ["new connections have no room for the node's own streams", "node", "NODE_STREAMS_MAX = 4", "NODE_STREAMS_MAX = 0"],
  ]),
  ...group("src/host/connect", ["host/datagrams-over"], [
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
  ...group("src/host/sim", ["host/sim/network"], [
    [
      "simulated hosts share a name",
      "network",
      "if (this.#byId.has(peerId) || neighbour !== undefined)",
      "if (false)",
    ],
    ["a simulation runs twice at once", "network", "if (this.#running)", "if (false)"],
  ]),
  ...group("src/host/sim", ["host/sim/nat"], [
    ["NATs let everything in", "nat", "return lastMs !== undefined && this.#counts(lastMs, nowMs);", "return true;"],
    [
      "who was sent to is let in for ever",
      "nat",
      "return lastMs !== undefined && this.#counts(lastMs, nowMs);",
      "return lastMs !== undefined;",
    ],
    [
      "ports never close",
      "nat",
      "mapping === undefined || !this.#counts(mapping.lastMs, nowMs)",
      "mapping === undefined",
    ],
    ["what goes out keeps no port open", "nat", "mapping.lastMs = nowMs;", ""],
    ["every NAT is a cone", "nat", "this.#isSymmetric ? ", "false ? "],
    ["filters look at ports always", "nat", 'this.#filter === "address" ? ', "false ? "],
    [
      "ports that were closed stay taken",
      "nat",
      "this.#byPort.size >= PORTS)\n            this.#sweep",
      "false)\n            this.#sweep",
    ],
    [
      "hosts behind a NAT are reached by their ids",
      "nats",
      "targetNat.lose();\n        return null;",
      "return { target, seen, letsIn };",
    ],
    ["every house is one", "nats", "targetNat === nat", "true"],
    ["what is lost is not counted", "nat", "if (!isLetIn)", "if (false)"],
  ]),
  ...group("src/host/socket", ["host/socket/conformance"], [
    [
      "a socket is read as fast as it sends",
      "transport",
      "this.#stream.receive(piece, lent) > RECEIVE_BYTES_MAX",
      "this.#stream.receive(piece, lent) < 0",
    ],
  ]),
  ...group("src/host/timing", ["host/first-of"], [
    ["a second connection is left open", "first-of", "return discard(value);", "return;"],
  ]),
  ...group("src/host/astral", ["host/astral/handlers"], [
    ["anybody may dial in place of the node", "dialled-queries", "!isSame(query.ipcToken, token)", "false"],
    [
      "a program answers for the node",
      "apphost-2026",
      'refusal.answer === "unknown-protocol"',
      "false",
    ],
    [
      "a program takes the place of the node over a WebSocket",
      "query-receiver-2026",
      'address.kind !== "websocket" || guest !== node.identity',
      "true",
    ],
    ["connections that say nothing keep others out", "dial-listeners", "this.#cutOffSilent();", "void 0;"],
    [
      "a connection says what it wants as late as it likes",
      "dial-listeners",
      "setTimer(this.#patienceMs, () => stream.abort());",
      "setTimer(this.#patienceMs, () => {});",
    ],
    [
      "a path that the node itself misses is nobody's",
      "apphost-2026",
      "target === node.identity || target === guest",
      "target === guest",
      ["host/astral/2026"],
    ],
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
      "channels/sockets",
      "this.#allowRemote || isLocal(address) ? address : null",
      "address",
    ],
    ["a guest may log in for ever", "guests/guest-2026", "LOGINS_MAX = 3", "LOGINS_MAX = 1e9"],
    [
      "a guest may be anybody",
      "guests/guest-2026",
      "caller === null || caller === ZERO_IDENTITY || caller === self",
      "true",
    ],
    [
      "guests without a token ask queries",
      "guests/guest-2026",
      "!isOwn || (this.#identity === null && !context.tokens.allowAnonymous)",
      "!isOwn",
    ],
    [
      "a guest takes the queries of others",
      "guests/guest-2026",
      "self === null || (identity !== null && identity !== self)",
      "self === null",
    ],
  ]),
  ...group("src/astral/guests", ["astral/websocket"], [
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
  ...group("src/astral/channels", ["astral/lanes"], [
    ["streams are not kept for the next query", "asking", "if (free)\n                this.#keep(lane);", ""],
    ["streams are kept for ever", "asking", "this.#host.clock.setTimer(IDLE_MS, end)", "{ clear() { } }"],
    ["streams that broke are kept", "asking", "lane.connection.watch(end);", ""],
    ["what was not read is not sent again", "asking", "if (answer === null && kept !== null)", "if (false)"],
    ["older nodes are asked for lanes each time", "asking", "this.#rememberPlain(opened.peerInfo.peerId);", ""],
    ["a refusal ends the stream", "asking", "if (answer !== null && lane !== null)", "if (false)"],
    ["streams that wait are broken for others", "answering", "place.idle ? void stream.close() : ", ""],
    ["streams that wait keep their place", "answering", "place.used = false;", ""],
    ["an end is not answered", "lane", "void this.close();", ""],
    ["an end that is not answered holds the stream", "lane", "setTimer(LINGER_MS, () => this.#finish(false))", "null"],
    ["nobody waits for who does not read", "lane", "if (unread > UNREAD_BYTES_MAX)", "if (false)"],
    ["what breaks has ended", "lane", "this.#stream?.receiveReset(cause);", "this.#stream?.receiveEnd();"],
    [
      "a stream that takes nothing loses what has come",
      "lane",
      "() => this.#onRefused()",
      "(error) => this.#onBreak(error)",
    ],
  ]),
  ...group("src/astral", ["astral/tokens"], [
    ["tokens never expire", "tokens", " && token.expiresAt > nowNs", ""],
    ["tokens have no bound", "tokens", "if (this.#tokens.length >= this.#tokensMax)", "if (false)"],
    ["guests without a token come in", "tokens", 'text === "" && this.#allowAnonymous', 'text === ""'],
  ]),
  ...group("src/astral", ["astral/control"], [
    ["one peer takes all streams", "channels/answering", "places.count(peerId) >= streamsMax / PEER_SHARE", "false"],
    ["pings have no bound", "operations/control", " || count > PINGS_MAX", ""],
    [
      "other bytes answer a ping",
      "operations/control",
      "if (back.some((byte, index) => byte !== sent[index]))",
      "if (false)",
    ],
    [
      "peers without an identity ask queries",
      "channels/answering",
      "const isPeer = isIdentity(peerId) && peerId !== ZERO_IDENTITY;",
      "const isPeer = true;",
    ],
  ]),
  ...group("src/host/streams", ["astral/bounds"], [
    ["lines are as long as they like", "message-reader", "if (length > bytesMax)", "if (false)"],
  ]),
  ...group("src/host/connect", ["astral/bounds"], [
    [
      "names that begin with 127 are this machine",
      "socket-address",
      "/^127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$/",
      "/^127\\./",
    ],
  ]),
  ...group("src/astral", ["astral/bounds"], [
    ["guests have no bound", "guests/guests", "this.#size >= this.#guestsMax && !this.#cutOldest()", "false"],
    ["handlers have no bound", "handlers", "if (handler.pending >= this.#parts.pendingMax)", "if (false)"],
    ["a registration takes any number of bytes", "guests/guest-2023", "surplus <= SURPLUS_BYTES_MAX", "true"],
    [
      "a peer need not send its query",
      "channels/answering",
      "setTimer(LANE_SILENCE_MS, end);",
      "setTimer(LANE_SILENCE_MS, () => {});",
    ],
    ["others are asked in any name", "router", "if (caller !== identity)", "if (false)"],
    [
      "guests that have settled are cut",
      "guests/guests",
      "settle: () => this.#unsettled.delete(number),",
      "settle: () => true,",
    ],
    [
      "a guest has any number of handlers",
      "operations/apphost",
      "context.handlers.count(call.caller) >= HANDLERS_MAX || ",
      "",
    ],
    [
      "guests take all tokens",
      "operations/apphost",
      "context.tokens.count >= context.limits.tokensMax / 2",
      "context.tokens.count >= context.limits.tokensMax",
    ],
    [
      "a guest removes the handlers of others",
      "handlers",
      "handler.identity === identity && handler.token === token",
      "handler.token === token",
    ],
    ["a handler answers as late as it likes", "handlers", "Math.min(timeoutMs, limitMs)", "timeoutMs"],
    [
      "a registered program answers as late as it likes",
      "registered-names",
      "Math.min(timeoutMs, limitMs)",
      "timeoutMs",
    ],
    ["nobody has the identity of zeros", "names", " && hex !== ZERO_IDENTITY", ""],
  ]),
  ...group("src/astral", ["astral/service.test"], [
    ["registered names have no bound", "registered-names", "if (registered.pending >= pendingMax)", "if (false)"],
    [
      "names of the node are registered by guests",
      "guests/guest-2023",
      " || context.host.has(service) || context.isOperation(service)",
      "",
    ],
    [
      "a guest need not say what it wants",
      "guests/guest-acceptor",
      "guest.setDeadline(this.#context.limits.commandTimeoutMs);",
      "",
    ],
    ["a mount takes the name of another", "service-host", "if (this.#parts.isTaken(path))", "if (false)"],
  ]),
  ...group("src", ["cli/data-folder"], [
    ["anybody enters the folder of the socket", "unix-socket", "othersMay(found)", "false"],
    ["anybody connects to the socket", "unix-socket", "await chmod(path, SOCKET_MODE)", "await chmod(path, 0o777)"],
  ]),
];
