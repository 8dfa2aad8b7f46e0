/**
 * Small faults, each of which some test has to notice.
 *
 * @module
 */

/** One change of compiled code. */
export interface Mutant {
  /** What goes wrong with it. */
  name: string;
  /** The source, by its path from the root; the change is made in what the compiler makes of it. */
  file: string;
  /** Text of the compiled file that is there exactly once, and what takes its place. */
  from: string;
  to: string;
  /** The test files that should notice: parts of their paths. */
  tests: readonly string[];
}

/** A fault in some file: its name, the text, what takes its place, and the tests unless they are those of the group. */
type Row = readonly [name: string, file: string, from: string, to: string, tests?: readonly string[]];

const POWER = ["warpdrive/power-cut"];
const FILES = ["warpdrive/files-", "warpdrive/later", "warpdrive/faults"];
const SERVICE = ["warpdrive/service", "warpdrive/hostile", "warpdrive/books"];

/** Every fault. */
export const MUTANTS: readonly Mutant[] = [
  ...group("src/warpdrive/files", FILES, [
    ["folders get special bits", "folders", "return mode & 0o777 | 0o700", "return mode & 0o7777 | 0o700"],
    ["a partial file may have two names", "part-file", "stat.isFile() && stat.nlink === 1", "stat.isFile()"],
    ["a wrong hash is not seen", "file-writer", 'part.hash?.digest("hex") !== sha256', "false"],
    [
      "a partial file may be there already",
      "part-file",
      " | constants.O_CREAT | constants.O_EXCL",
      " | constants.O_CREAT",
    ],
    ["a partial file may be a link", "part-file", "constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)", "constants.O_RDWR"],
    ["folders may be links", "folders", "if (stat.isSymbolicLink())", "if (false)"],
    [
      "another folder takes the place of one",
      "folders",
      "known.dev !== identity.dev || known.ino !== identity.ino",
      "false",
    ],
    [
      "another file takes the place of a partial one",
      "file-writer",
      "part !== undefined && lstatSync(absolute).ino !== fstatSync(part.descriptor).ino",
      "false",
    ],
    ["sources may be links", "hash-file", "constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)", "constants.O_RDONLY"],
    ["hashes do not tell offers apart", "plan", 'sha256 ?? ""', '""'],
    ["folders are as deep as they like", "entry", "const DEPTH_MAX = 100", "const DEPTH_MAX = 100000"],
    ["sizes have no sum", "layout", "if (!Number.isSafeInteger(sum + size))", "if (false)"],
    ["folders that are not listed have no bound", "layout", "if (--this.#unlistedLeft < 0)", "if (false)"],
    ["drive letters pass", "names", "if (/^[A-Za-z]:/.test(name))", "if (false)"],
    ["some control characters pass", "names", "if (/\\p{Cc}/u.test(name))", "if (/[\\0-\\x1f]/u.test(name))"],
    [
      "a file has its name before it is on the disk",
      "file-writer",
      "await Promise.all(complete.map(({ part }) => part.sync()));",
      "",
      POWER,
    ],
    [
      "the journal counts files whose partial names are not on the disk",
      "file-writer",
      "this.#folders.sync();\n            this.#journal.setDone(done);",
      "this.#journal.setDone(done);",
      POWER,
    ],
    [
      "files get their names before the journal counts them",
      "file-writer",
      "            this.#journal.setDone(done);\n            for (const { index, part } of complete)\n" +
      "                this.#place(index, part);",
      "            for (const { index, part } of complete)\n                this.#place(index, part);\n" +
      "            this.#journal.setDone(done);",
      POWER,
    ],
    [
      "the last names are not brought to the disk",
      "file-writer",
      "this.#place(index, part);\n            this.#folders.sync();",
      "this.#place(index, part);",
      POWER,
    ],
    ["the part of a file that came is not brought to the disk", "file-writer", "await this.#part?.sync();", "", POWER],
    [
      "the name of a partial file is not brought to the disk",
      "file-writer",
      "// Of a partial file, the name.\n            this.#folders.sync();",
      "",
      POWER,
    ],
    [
      "what the journal counts is not brought to the disk",
      "journal",
      "this.#write({ done });\n        this.#sync();",
      "this.#write({ done });",
      POWER,
    ],
    ["the head of a journal is not brought to the disk", "journal", "        journal.#sync();\n", "", POWER],
    ["a new journal is not brought to the disk", "begin", "syncFolder(folder);", "", POWER],
    ["hashes that come later are not waited for", "later-hashes", "if (file.end > bytes)", "if (true)"],
    ["two transfers share a journal", "receive", "if (busy.has(plan.journal))", "if (false)", [...FILES, ...SERVICE]],
  ]),
  ...group("src/warpdrive", SERVICE, [
    ["reasons of peers are kept whole", "offer-exchange", 'REASON_FORM.test(reason) ? reason : "unknown"', "reason"],
    ["blocked peers may offer", "sessions", '.rule(stream.peerInfo.peerId) !== "block"', '.rule("") !== "block"'],
    ["anybody may steer the node", "session", '(local || one.caller === "anyone")', "true"],
    ["peers may take all sessions", "sessions", "this.#count >= sessionsMax / 2", "this.#count >= sessionsMax"],
    ["arguments may take for ever", "session", "ARGUMENTS_MS_MAX = 120_000", "ARGUMENTS_MS_MAX = Infinity"],
    ["arguments are as long as they like", "session", "33 * 1024 * 1024", "33 * 1024 * 1024 * 1024", [
      "warpdrive/session",
    ]],
    ["wrong hashes are asked for for ever", "retry", "MISMATCHES_MAX = 2", "MISMATCHES_MAX = 1e9", ["warpdrive/"]],
    [
      "an offer changes under its id",
      "offer-exchange",
      "if (!equalValues(await book.files(key), files))",
      "if (false)",
    ],
    ["a peer has any number of addresses", "peer-book", "if (addresses.length > ADDRESSES_MAX)", "if (false)"],
    ["one of two peers of a name is taken", "peer-book", "ids.length === 1", "ids.length > 0"],
  ]),
  ...group("codec", ["codec/"], [
    ["decoding goes a level too deep", "compile-decode", "s.depth >= s.limits.depthMax", "s.depth > s.limits.depthMax"],
    ["the scanner goes as deep as it likes", "scan", "if (this.#depth >= this.#limits.depthMax)", "if (false)"],
    [
      "the scanner counts no elements",
      "scan",
      "!(count >= 0) || this.#elements > this.#limits.elementsMax",
      "!(count >= 0)",
    ],
    ["a stream keeps memory of others", "byte-queue", "if (this.#borrowed)", "if (false)"],
    ["a broken stream goes on", "stream", "if (this.#error !== undefined)", "if (false)"],
    [
      "blobs of another length are written",
      "compile-encode",
      "!(value instanceof Uint8Array) || value.length !== count",
      "!(value instanceof Uint8Array)",
    ],
    ["counts in a field may be wrong", "compile-encode", "if (resolve(size, scope) !== count)", "if (false)"],
    ["delimiters may be empty", "delimited", "if (delimiterBytes.length === 0)", "if (false)"],
    [
      "a value may contain its delimiter",
      "delimited",
      ".push(whole, 0, whole.length) < whole.length",
      ".push(whole, 0, whole.length) < 0",
    ],
    [
      "a delimiter is looked for too far",
      "delimited",
      "if (looked > bytesMax + delimiterBytes.length ||",
      "if (false &&",
    ],
    ["limits may be negative", "limits", "if (!(max >= 0))", "if (false)"],
    ["the walk goes as deep as it likes", "walk-decode", "if (this.#depth >= this.#limits.depthMax)", "if (false)"],
    ["the walk counts no elements", "walk-decode", "if (this.#elements > elementsMax)", "if (false)"],
    ["the walk reads texts of any length", "walk-decode", "if (count > this.#limits.stringBytesMax)", "if (false)"],
    ["the walk takes any constant", "walk-decode", "if (!equalValues(value, expected))", "if (false)"],
    ["lone surrogates are written", "text", "!text.isWellFormed()", "false"],
    ["direction overrides reach the terminal", "escape", "\\p{Cf}", "", ["codec/", "cli/program"]],
  ]),
  ...group("codec/json", ["codec/json", "protocols/warpdrive"], [
    ["documents are as deep as they like", "reader", "if (reader.depth > reader.limits.depthMax)", "if (false)"],
    ["values are not counted", "reader", "if (reader.count > reader.limits.countMax)", "if (false)"],
    ["the scanner counts no values", "scan", "if (scan.count > countMax)", "if (false)"],
    ["the scanner counts no bytes", "scan", "if (scan.offset > scan.limits.bytesMax)", "if (false)"],
    ["a scan may begin anywhere", "scan", "if (!(start >= 0 && start <= end && end <= bytes.length))", "if (false)"],
    ["a scan may go on after its end", "scan", "if (scan.state >= ENDED)", "if (false)"],
    ["bytes may follow a document", "decode", "if (nextByte(decoding) !== -1)", "if (false)"],
    [
      "unknown keys pass where they should not",
      "decode",
      'if (index === -1 && shape.extra === "refuse")',
      "if (false)",
    ],
  ]),
  ...group("codec/msgpack", ["codec/msgpack", "protocols/storj"], [
    ["values have any number of elements", "check", "elements > limits.elementsMax || ", ""],
    ["texts may be as long as they like", "check", "size > limits.stringBytesMax || ", ""],
    ["texts need not be UTF-8", "check", " || !isText(bytes, at, at + size)", ""],
    ["values end behind the input", "check", 'if (size > end - at || kind === "never")', 'if (kind === "never")'],
    ["values are as deep as they like", "check", " || open.length >= limits.depthMax", ""],
    ["the scanner goes as deep as it likes", "scan", "if (this.#open.length > depthMax)", "if (false)"],
    ["the scanner counts no elements", "scan", "if (count > elementsMax)", "if (false)"],
  ]),
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
  ...group("src/store", ["store/"], [
    ["a number of a process is enough", "held-file", 'began === "" || now === "" || began === now', "true", [
      "cli/service-file",
    ]],
    ["writes are not brought to the disk", "store", "{ sync: true }", "{ sync: false }"],
    [
      "documents have no bound",
      "store",
      "added.size > 0 && this.#sum.count + added.size > this.#documentsMax",
      "false",
    ],
    ["any text is a namespace", "store", "if (!/^[a-z][a-z0-9-]*$/.test(options.name))", "if (false)"],
    [
      "versions may be nothing",
      "store",
      "if (!(Number.isInteger(options.version) && options.version >= 1))",
      "if (false)",
    ],
    ["a closed store goes on", "store", "if (this.#closing !== null)", "if (false)"],
    [
      "damaged logs are thrown away",
      "folder",
      "await keepLogs(path);",
      "await mkdir(path + LOGS, { recursive: true });",
      ["store/folder"],
    ],
    ["a store that is in use is damaged", "folder", 'if (systemCode(error) === "LEVEL_LOCKED")', "if (false)"],
    [
      "missing documents are not noticed",
      "level",
      "text !== undefined && sum.text() === `${text} 0`",
      "true",
    ],
  ]),
  ...group("src/identity", ["identity/"], [
    ["a key that others read is used", "key-file", "if (HAS_MODES && (stat.mode & OTHERS) !== 0)", "if (false)"],
    [
      "a sealed message is not bound to its reader",
      "sealed-message",
      ", ...recipient.owner.publicKey, ...recipient.x25519",
      "",
    ],
    ["points of small order pass", "sealed-message", "if (shared.every((byte) => byte === 0))", "if (false)"],
    [
      "a sealing key may be anybody's",
      "sealing-key",
      "if (!equalValues(owner, nodeId) && !equalValues(owner, publicKey))",
      "if (false)",
    ],
  ]),
  ...group("src/cli", ["cli/"], [
    ["a token that others read is used", "data-folder", "if (HAS_MODES && (mode & OTHERS) !== 0)", "if (false)", [
      "cli/service",
    ]],
    ["others can read the token", "data-folder", 'open(draft, "wx", FILE_MODE)', 'open(draft, "wx", 0o666)', [
      "cli/service",
    ]],
    ["a service has two peers of one name", "service-config", "if (twice !== undefined)", "if (false)", [
      "cli/service",
      "cli/peer",
    ]],
    ["a share serves any number of streams", "share-server", "running.size >= SESSIONS_MAX", "false", [
      "cli/share-bounds",
    ]],
    [
      "the list of a share is as long as it likes",
      "share-port",
      "document(Offers, FILES_LIMITS)",
      "document(Offers, { bytesMax: 1e12, countMax: 1e12 })",
      ["cli/share-bounds"],
    ],
    ["two peers get one name", "drive-people", "if (other === undefined)", "if (true)", ["cli/peer"]],
    ["a name stays with the peer that had it", "service-peers", 'await book.update(other.id, { alias: "" });', "", [
      "cli/peer",
    ]],
    ["the link learns no addresses", "service-peers", "link.remember({ peerId: id, addresses });", "", ["cli/peer"]],
  ]),
];

function group(folder: string, tests: readonly string[], rows: readonly Row[]): Mutant[] {
  return rows.map(([name, file, from, to, own]) => ({
    name,
    file: `${folder}/${file}.ts`,
    from,
    to,
    tests: own ?? tests,
  }));
}
