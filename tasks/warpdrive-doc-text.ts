/**
 * What `docs/protocols/warpdrive.md` says besides the tables.
 *
 * @module
 */

import { type CommandName, SHELL_PORT } from "../codec/protocols/warpdrive/mod.ts";

/** What the fields of documents mean, where the name does not say it. */
export const MEANINGS: Readonly<Record<string, string>> = {
  "Peer.Id": "identity, 66 hex digits",
  "Peer.Alias": "name for people",
  "Peer.Mod": 'empty: ask, `"trust"`: accept, `"block"`: decline',
  "Info.Uri": "path inside the offer, with slashes",
  "Info.Path": "path on the sender's disk; receivers ignore it",
  "Info.Size": "bytes",
  "Info.Perm": "Go's file mode; the lowest nine bits are the Unix permissions",
  "Info.IsDir": "whether the entry is a folder",
  "Info.Mime": "media type, mostly empty",
  "Info.Name": "last part of the path",
  "OfferStatus.Id": "chosen by the sender; up to 255 bytes",
  "OfferStatus.In": "whether the offer came to this node",
  "Info.LeftOut": "of the first entry: what the sender left out; an addition of warpwire",
  "Info.ModifiedMs":
    "when a large file was changed last, milliseconds since 1970: stands for a hash to come; an addition",
  "LeftOut.Count": "how many files and folders",
  "LeftOut.Items": "some of them",
  "LeftOutItem.Uri": "its path",
  "LeftOutItem.Reason": "why, as a code",
  "Kept.Same": "files of the same content",
  "Kept.Different": "files of other content",
  "Kept.Unknown": "files that could not be compared",
  "Summary.LeftOut": "what the sender left out, and what the receiver's disk could not store",
  "Summary.Kept": "how many existing files of the receiver were kept",
  "Info.Sha256": "SHA-256 of a file, 64 lower-case hex digits, or `later`, see `fileHash`; an addition of warpwire",
  "OfferStatus.Status":
    "`awaiting`, `accepted`, `updated`, `completed` or `failed`; with warpwire also `rejected` or `cancelled`",
  "OfferStatus.Index": "entry being copied; -1 before the first",
  "OfferStatus.Progress": "bytes of that entry",
  "OfferStatus.Update": "Unix time in milliseconds",
  "OfferStatus.Reason":
    "why, as a code, with the prefix `peer-` if the other side reported it; an addition of warpwire",
  "Offer.Create": "Unix time in milliseconds",
  "Offer.Peer": "identity of the other side",
  "Offer.Files": "the entries, each folder before its contents",
  "Summary.Create": "Unix time in milliseconds",
  "Summary.Peer": "identity of the other side",
  "Summary.Name": "name of the first entry",
  "Summary.Count": "number of entries",
  "Summary.Bytes": "sum of their sizes",
  "Summary.Done": "bytes transferred of those",
  "PathsOffer.Peer": "identity or alias of the peer, or the beginning of one",
  "PathsOffer.Paths": "what to offer",
  "Targets.Folder": "download folder",
  "Targets.Names": "paths below it, with slashes, one for each entry",
};

/** A request of each command as an example. */
export const EXAMPLES: Readonly<Record<CommandName, Record<string, unknown>>> = {
  listPeers: {},
  createOffer: { peerId: "02c6", path: "/srv/hello.txt" },
  acceptOffer: { offerId: "6b036f4a" },
  listOffers: { filter: 1 },
  listenOffers: { filter: 0 },
  listenStatus: { filter: 2 },
  updatePeer: { update: ["02c6", "alias", "bob"] },
  sendOffer: { offerId: "6b036f4a", files: [] },
  download: { offerId: "6b036f4a", index: -1, offset: 0 },
  ping: {},
  extensions: {},
  endOffer: { offerId: "6b036f4a", receiver: true, reason: "rejected" },
  acceptFrom: { peerId: "02c6", offerId: "6b036f4a" },
  stopOffer: { incoming: true, peerId: "02c6", offerId: "6b036f4a" },
  offerPaths: { request: { Peer: "bob", Paths: ["/srv/hello.txt"] } },
  listSummaries: { filter: 0 },
  watchOffers: { filter: 0 },
  offerTargets: { peerId: "02c6", offerId: "6b036f4a" },
  fileHash: { offerId: "6b036f4a", index: 1 },
  end: {},
};

/** Notes that are not in the tables. */
export const NOTES: Partial<Readonly<Record<CommandName, string>>> = {
  createOffer:
    `The node sends the offer to the peer before it answers. If the path does not exist, or the peer is unreachable
or declines, the stream is closed without an answer.`,
  listenOffers: `Earlier offers are not reported. Events in transit may still arrive after the client's finish.`,
  listenStatus: `Changes are collected for about a second, so intermediate states may be missing. Events in transit may
still arrive after the client's finish.`,
  sendOffer: `The stream of a blocked peer is closed as soon as its opcode has arrived.`,
  download:
    `Entries before the index are skipped, so every index up to 0 means the start; after the last entry there is nothing
to send. The offset counts in the first entry that is sent, if that is a file. Folders have no bytes. A file that is longer
than in the offer is cut; after one that is shorter, the stream is closed. An interrupted download resumes with the index
and the offset that it had reached.`,
  extensions:
    `Programs of 2022 close the stream; those of 2023 skip the opcode and continue reading. So send this command
alone, on a separate stream and with a time limit; other additions may follow on that stream only after the answer.`,
  endOffer:
    `The offer is one between the caller and this node. The reason is \`rejected\`, \`cancelled\`, or an error code
such as \`source-changed\` or \`no-space\`. The command has no effect for an offer that is unknown or finished.

After a completed offer, a receiver also reports what it did not store. \`kept-1-2-0\`: how many existing files it kept that
are equal, different, and not compared. \`left-3-n5-l7\`: its disk could not store 3 entries; \`n5\` is the index of one with
an impossible name, \`l7\` of one that is too large.`,
  fileHash:
    `Warpwire writes \`later\` for files of 16 MiB and more, so that the offer does not wait for their hashes. The
answer is 64 lower-case hex digits. It is empty after 20 s if the hash is still being computed; then ask again. If the file
was sent from its first byte, sending has computed the hash; otherwise the node hashes the file when asked, and continues
even if the stream ends.`,
  watchOffers: `If an offer changes faster than the client reads, only the newest state is reported.`,
  ping: `0xff is also a signal here. The session ends with the ping.`,
};

/** What the page begins with. */
export const INTRODUCTION = `
# Warpdrive

<!-- Written by tasks/warpdrive-doc.ts from the tables in codec/protocols/warpdrive; change those. -->

Warpdrive offers files from one node of an astral network to another. A node runs a service. The owner's programs control
what it offers and accepts, and the services of two nodes talk to each other. Both use the binary protocol on this page. It
has two dialects, with the same messages under different numbers.

## Sessions

A client opens a stream to a port of the node and sends a command: one byte, the opcode, and its arguments. The node
answers, and the next command may follow on the same stream. The network proves the identity of the caller; messages do not
contain it.

- Commands for the node itself are for callers with the identity of the node. All others are strangers; the tables show
  how a port treats their opcodes.
- Answers do not give reasons. If a node cannot execute a command, it closes the stream. The programs of 2022 and 2023 keep
  it open without an answer if they do not know the id of an offer, so a client needs a time limit.
- 0xff closes a session and has no answer. In a ping it is a signal like any other.
- On the port \`${SHELL_PORT}\`, people type the same commands, one on each line. \`ShellDecoder\` reads that port.

## Bytes

Integers are big-endian. A string is a byte with its length and that many bytes of UTF-8, so it has at most 255 bytes.
Indices and offsets are signed 64-bit integers; here they are numbers, and values outside ±(2^53-1) are errors.
`;

/** The section about the byte after documents. */
export const NEWLINES = `
## The newline

A JSON document has no length before it: it ends with its last bracket, quote or letter, and one byte 0x0a follows. That
byte is part of the message and is sent together with it. Readers of the original programs stop at the end of the document.
They read a newline in a separate segment as the next opcode, which closes the session of the node's own programs, and is
skipped for strangers if the port ignores their opcodes. They also drop everything else in the segment of the document. So a
client

- writes the document and the newline at once,
- sends nothing after a document before the answer has arrived, and
- should open a separate stream for each command with a document.

\`SessionDecoder\` takes a newline before the answer as part of the message, whatever the chunks, and reports a newline after
the answer as invalid.
`;
