/**
 * Faults of the store, of identities and of the program.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const STORE_MUTANTS: readonly Mutant[] = [
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
