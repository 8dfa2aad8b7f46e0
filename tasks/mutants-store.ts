/**
 * Faults of the store, of identities and of the program.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const STORE_MUTANTS: readonly Mutant[] = [
  ...group("src", ["cli/service-file"], [
    ["a number of a process is enough", "held-file", 'began === "" || now === "" || began === now', "true"],
    ["groups of processes are one", "held-file", "if (pid <= 0)", "if (false)"],
    ["what was put aside is lost", "held-file", 'if (await readFile(aside, "utf8") !== found)', "if (false)"],
  ]),
  ...group("src/store", ["store/store", "store/level-store"], [
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
    ["later versions are read", "store", "if (version > options.version)", "if (false)"],
    ["keys have lone surrogates", "store", " || !key.isWellFormed()", ""],
    [
      "damaged documents are thrown away",
      "store",
      '{ type: "put", key: setAside, value: text }, { type: "del", key }',
      '{ type: "del", key }',
    ],
    ["a failed write is passed over", "store", "if (failure !== null)\n            await this.#recover(failure);", ""],
    ["the sum stays ahead after a failure", "store", "this.#sum = found.sum;\n        }", "}"],
    ["a write ends before it is carried out", "store", "await written;", ""],
  ]),
  ...group("src/store", ["store/folder"], [
    ["batches are not counted", "store", "await this.#care?.written(this.#sum.batches);", ""],
    [
      "damaged logs are thrown away",
      "folder",
      "await keepLogs(path);",
      "await mkdir(path + LOGS, { recursive: true });",
    ],
    ["a store that is in use is damaged", "folder", 'if (levelCode(error) === "LEVEL_LOCKED")', "if (false)"],
    ["others enter the data folder", "folder", "await chmod(folder, OWNER_ONLY);", ""],
    [
      "changes that are missing at the end are not noticed",
      "folder",
      "const lost = written - found.sum.batches;",
      "const lost = 0;",
    ],
    ["counting begins anew after damage", "folder", "found.sum.batches = Math.max(found.sum.batches, written);", ""],
  ]),
  ...group("src/store", ["store/level-store"], [
    ["missing documents are not noticed", "level", "text !== undefined && sum.text() === `${text} 0`", "true"],
    ["a document that was replaced stays in the sum", "level", "if (before !== undefined)", "if (false)"],
  ]),
  ...group("src/identity", ["identity/key-file"], [
    ["a key that others read is used", "key-file", "if (othersMay(stat))", "if (false)"],
  ]),
  ...group("src/identity", ["identity/sealed-message"], [
    [
      "a sealed message is not bound to its reader",
      "sealed-message",
      ", ...recipient.owner.publicKey, ...recipient.x25519",
      "",
    ],
    ["points of small order pass", "sealed-message", "if (shared.every((byte) => byte === 0))", "if (false)"],
  ]),
  ...group("src/identity", ["identity/hostile"], [
    [
      "a sealing key may be anybody's",
      "sealing-key",
      "if (!equalBytes(owner, nodeId) && !equalBytes(owner, publicKey))",
      "if (false)",
    ],
  ]),
  ...group("src/cli/service", ["cli/data-folder"], [
    ["a service has two peers of one name", "service-config", "if (twice !== undefined)", "if (false)"],
    ["a token that others read is used", "data-folder", "if (othersMay(found))", "if (false)"],
    ["others can read the token", "data-folder", 'open(draft, "wx", FILE_MODE)', 'open(draft, "wx", 0o666)'],
    [
      "a folder that others enter is used",
      "data-folder",
      "if (!othersMay(found))",
      "if (true)",
    ],
  ]),
  ...group("src/cli/service", ["cli/serve-astral"], [
    [
      "a guest takes the options of a node",
      "guest-config",
      "if (args.options[name] === undefined || args.options[name] === false)",
      "if (true)",
    ],
    ["the peers of a guest have addresses", "guest-config", "if (placed !== undefined)", "if (false)"],
    ["commands take the node of a guest for a service", "service-connection", "if (guest !== undefined)", "if (false)"],
    [
      "commands ask the node, whoever the guest is",
      "service-connection",
      "peerId === nodeId ? LOCAL_NODE : peerId",
      "LOCAL_NODE",
    ],
    [
      "nobody warns of a token that gives no commands",
      "run-guest",
      'log({ type: "warning", message, code: reasonOf(error) });',
      "",
    ],
    ["two guests share one identity", "run-guest", "await answers(host) === null", "false"],
    ["a guest is ready before the node knows it", "run-guest", "await host.ready({ timeoutMs: READY_MS });", ""],
  ]),
  ...group("src/cli", ["cli/peer"], [
    ["two peers get one name", "warpdrive/peer-names", "if (other === undefined)", "if (true)"],
    [
      "a name stays with the peer that had it",
      "service/service-peers",
      'await book.update(other.id, { alias: "" });',
      "",
    ],
    ["the link learns no addresses", "service/service-peers", "link.remember({ peerId: id, addresses });", ""],
  ]),
  ...group("src/cli/warpdrive", ["cli/warpdrive-watch"], [
    [
      "what was over before it was seen is not told",
      "watch-offers",
      "await offers.tell(offer, true);",
      "await offers.tell(offer);",
    ],
  ]),
  ...group("src/cli/share", ["cli/share/end"], [
    ["a share ends under those who are about to connect", "share-receivers", "nowMs + LINGER_MS", "nowMs"],
  ]),
  ...group("src/cli/share", ["cli/share/at-once"], [
    [
      "who compares files gets a list without hashes",
      "share-fetch",
      'onCollision === "skip" ? SHARE_LIST_HASHED : SHARE_LIST',
      "SHARE_LIST",
    ],
  ]),
  ...group("src/cli/share", ["cli/share/bounds"], [
    ["a share serves any number of streams", "share-server", "running >= SESSIONS_MAX", "false"],
    [
      "the list of a share is as long as it likes",
      "share-port",
      "document(Offers, FILES_LIMITS)",
      "document(Offers, { bytesMax: 1e12, countMax: 1e12 })",
    ],
  ]),
];
