/**
 * Faults of files on disk, and of the protocol that moves them.
 *
 * @module
 */

import { group, type Mutant } from "./mutants-row.ts";

/** All of them. */
export const WARPDRIVE_MUTANTS: readonly Mutant[] = [
  ...group("src/warpdrive/files", ["warpdrive/files/hostile"], [
    ["folders get special bits", "disk/folders", "return mode & 0o777 | 0o700", "return mode & 0o7777 | 0o700"],
    ["a partial file may have two names", "disk/part-file", "stat.isFile() && stat.nlink === 1", "stat.isFile()"],
    [
      "a partial file may be there already",
      "disk/part-file",
      " | constants.O_CREAT | constants.O_EXCL",
      " | constants.O_CREAT",
    ],
    [
      "a partial file may be a link",
      "disk/part-file",
      "constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)",
      "constants.O_RDWR",
    ],
    ["folders may be links", "disk/folders", "if (stat.isSymbolicLink())", "if (false)"],
    [
      "another folder takes the place of one",
      "disk/folders",
      "known.dev !== identity.dev || known.ino !== identity.ino",
      "false",
    ],
    [
      "another file takes the place of a partial one",
      "disk/file-writer",
      "part !== undefined && lstatSync(absolute).ino !== fstatSync(part.descriptor).ino",
      "false",
    ],
    ["folders are as deep as they like", "entry", "const DEPTH_MAX = 100", "const DEPTH_MAX = 100000"],
    ["sizes have no sum", "name-tree", "if (!Number.isSafeInteger(sum + size))", "if (false)"],
    ["folders that are not listed have no bound", "name-tree", "if (--this.#unlistedLeft < 0)", "if (false)"],
    ["drive letters pass", "names", "if (/^[A-Za-z]:/.test(name))", "if (false)"],
    ["some control characters pass", "names", "if (/\\p{Cc}/u.test(name))", "if (/[\\0-\\x1f]/u.test(name))"],
    [
      "names of notes have invisible characters",
      "names",
      'name.replaceAll(/\\p{Default_Ignorable_Code_Point}/gu, "")',
      "name",
    ],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/transfer"], [
    ["a wrong hash is not seen", "disk/file-writer", 'part.hash?.digest("hex") !== sha256', "false"],
    ["hashes do not tell offers apart", "earlier", '({ sha256 }) => sha256 ?? ""', '() => ""'],
    [
      "a source changes while it is read",
      "disk/source-reader",
      "            this.#check(entry);\n            if (this.#hash",
      "            if (this.#hash",
    ],
    ["two transfers share a journal", "receive", "if (busy.has(plan.journal))", "if (false)"],
  ]),
  ...group("src/warpdrive/files/disk", ["warpdrive/files/hostile", "warpdrive/files/transfer"], [
    ["sources may be links", "hash-file", "constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)", "constants.O_RDONLY"],
    ["a source has another time", "hash-file", " && Math.floor(stat.mtimeMs) === facts.modifiedMs", ""],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/transfer-lock"], [
    ["drafts of locks stay for ever", "transfer-lock", "if (isLeft)", "if (false)"],
    ["drafts of others go", "transfer-lock", ": !await isHeld(holder)", ": true"],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/thread"], [
    [
      "a thread that was given up is used again",
      "disk/thread",
      "return this.#broken === undefined && this.#ended === undefined",
      "return true",
    ],
    ["a thread is not kept", "disk/thread", "idle = thread;\n}", "}"],
    ["all threads are kept", "disk/thread", "idle !== null || !thread.works", "!thread.works"],
    ["a thread that failed is kept", "disk/thread", "await thread.stop();\n        throwIfAborted", "throwIfAborted"],
    ["a thread has its user's file open while it waits", "disk/disk-thread", "reader?.close();", ""],
    [
      "a thread tells its last user how far it is",
      "disk/thread",
      "this.onProgress = null;\n        this.ask",
      "this.ask",
    ],
    ["a thread outlives its service", "disk/thread", "await thread?.stop();", ""],
    [
      "a thread that waits keeps its process",
      "disk/thread",
      "this.#worker.unref();",
      "",
      ["warpdrive/files/crash"],
    ],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/earlier"], [
    ["other content is resumed where hashes differ", "earlier", "return begun.content === content;", "return true;"],
    [
      "what was complete is not compared with a list",
      "earlier",
      "return told === sha256 || told === DEFERRED_HASH;",
      "return true;",
    ],
    ["times do not tell files apart", "earlier", 'modifiedMs ?? sha256 ?? ""', 'sha256 ?? ""'],
    ["what was complete is not compared at the end", "deferred-hashes", "await this.#ask(index) === sha256", "true"],
    ["what differs is not received anew", "receive", "if (hashes.differ)", "if (false)"],
    ["hashes are not noted", "disk/file-writer", "this.#journal.setHash(this.#index, sha256);", ""],
    ["hashes that become known are not noted", "disk/file-writer", "this.#journal.setContent(content);", ""],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/deferred-hashes"], [
    ["hashes that come later are not waited for", "deferred-hashes", "if (file.end > bytes)", "if (true)"],
  ]),
  ...group("src/warpdrive/files", ["warpdrive/files/names"], [
    ["a transfer forgets the rules of its names", "plan", "{ ...options, ...rulesBegun(begun) }", "options"],
    ["a name that is refused ends the transfer", "disk/file-writer", "if (!isNamed)", "if (true)"],
    [
      "paths that are only just too long end the transfer",
      "disk/file-writer",
      'systemCode(error) === "ENAMETOOLONG" ||',
      "",
    ],
    [
      "a disk that takes nothing loses files",
      "disk/file-writer",
      " && this.#folders.takes(`${this.#plan.mark}.part`, folderOf(path))",
      "",
    ],
    ["a file that is too large ends the transfer", "disk/file-writer", 'systemCode(error) !== "EFBIG" || ', "true || "],
    ["what is left out is forgotten", "disk/journal", "this.#write({ index, left });", ""],
    [
      "trying names leaves something",
      "name-rules",
      "await rm(tries, { recursive: true, force: true })",
      "await Promise.resolve()",
    ],
  ]),
  ...group("src/warpdrive/files/disk", ["warpdrive/files/power-cut"], [
    [
      "a file has its name before it is on the disk",
      "file-writer",
      "await Promise.all(complete.map(({ part }) => part.sync()));",
      "",
    ],
    [
      "the journal counts files whose partial names are not on the disk",
      "file-writer",
      "this.#folders.sync();\n            this.#journal.setDone(done);",
      "this.#journal.setDone(done);",
    ],
    [
      "files get their names before the journal counts them",
      "file-writer",
      "            this.#journal.setDone(done);\n            for (const { index, part } of complete)\n                this.#place(index, part);",
      "            for (const { index, part } of complete)\n                this.#place(index, part);\n            this.#journal.setDone(done);",
    ],
    [
      "the last names are not brought to the disk",
      "file-writer",
      "this.#place(index, part);\n            this.#folders.sync();",
      "this.#place(index, part);",
    ],
    ["the part of a file that came is not brought to the disk", "file-writer", "await this.#part?.sync();", ""],
    [
      "the name of a partial file is not brought to the disk",
      "file-writer",
      "// Of a partial file, the name.\n            this.#folders.sync();",
      "",
    ],
    [
      "what the journal counts is not brought to the disk",
      "journal",
      "this.#write({ done });\n        this.#sync();",
      "this.#write({ done });",
    ],
    ["the head of a journal is not brought to the disk", "journal", "        journal.#sync();\n", ""],
    ["a new journal is not brought to the disk", "journal-setup", "syncFolder(folder);", ""],
  ]),
  ...group("src/warpdrive", ["warpdrive/files/not-taken"], [
    ["a peer has kept more than it was offered", "offers/not-taken", "sum > 0 && sum <= count", "true"],
    [
      "nobody tells what was not taken",
      "transfers/downloads",
      "return notTakenReasons(offer, await book.files(key) ?? []);",
      "return [];",
    ],
    ["names are those of another time", "transfers/downloads", "await this.#refreshNames(book.list(true));", ""],
  ]),
  ...group("src/warpdrive", ["warpdrive/hostile.test"], [
    [
      "reasons of peers are kept whole",
      "session/offer-exchange",
      'REASON_FORM.test(reason) ? reason : "unknown"',
      "reason",
    ],
    ["anybody may steer the node", "session/session", '(local || one.caller === "anyone")', "true"],
    ["peers may take all sessions", "session/sessions", "this.#count >= sessionsMax / 2", "this.#count >= sessionsMax"],
    ["arguments may take for ever", "session/session", "ARGUMENTS_MS_MAX = 120_000", "ARGUMENTS_MS_MAX = Infinity"],
    ["a peer has any number of offers", "offers/offer-room", "if (open.length >= offersPerPeerMax)", "if (false)"],
    ["a list is as long as it likes", "offers/offer-room", "if (listBytes > bytesMax)", "if (false)"],
  ]),
  ...group("src/warpdrive/session", ["warpdrive/argument-budget"], [
    [
      "peers keep any memory",
      "argument-budget",
      "this.#makeRoom(held, (one) => one.owner.peer === peer, PEER_BYTES_MAX, false) && ",
      "",
    ],
  ]),
  ...group("src/warpdrive/offers", ["warpdrive/offer-room"], [
    ["entries have no sum", "offer-room", "entries: limits.entriesTotalMax, bytes", "entries: Infinity, bytes"],
    ["lists of offers have no sum", "offer-room", "bytes: limits.strangersBytesMax", "bytes: Infinity"],
  ]),
  ...group("src/warpdrive", ["warpdrive/service"], [
    [
      "blocked peers may offer",
      "session/sessions",
      '.rule(stream.peerInfo.peerId) !== "block"',
      '.rule("") !== "block"',
    ],
    [
      "anybody fetches any offer",
      "session/handlers",
      "const offer = book.get(offerKey(false, peer, offerId));",
      "const offer = book.list(false).find((one) => one.id === offerId);",
    ],
    ["absolute paths go out", "offers/offered-file", "Path: info.Uri, Perm", "Perm"],
  ]),
  ...group("src/warpdrive/session", ["warpdrive/service", "warpdrive/hostile.test"], [
    [
      "an offer changes under its id",
      "offer-exchange",
      "if (!equalValues(await book.files(key), files))",
      "if (false)",
    ],
  ]),
  ...group("src/warpdrive", ["warpdrive/books"], [
    ["a peer has any number of addresses", "peer-book", "if (addresses.length > ADDRESSES_MAX)", "if (false)"],
    ["one of two peers of a name is taken", "peer-book", "ids.length === 1", "ids.length > 0"],
  ]),
  ...group("src/warpdrive/session", ["warpdrive/session"], [
    ["arguments are as long as they like", "session", "33 * 1024 * 1024", "33 * 1024 * 1024 * 1024"],
  ]),
  ...group("src/warpdrive", ["warpdrive/resume"], [
    ["wrong hashes are asked for for ever", "transfers/retry", "MISMATCHES_MAX = 2", "MISMATCHES_MAX = 1e9"],
  ]),
];
