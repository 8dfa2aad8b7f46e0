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
  "Peer.Mod": 'empty: ask, `"trust"`: accept, `"block"`: refuse',
  "Info.Uri": "path inside the offer, with slashes",
  "Info.Path": "where the sender keeps it; receivers have no use for it",
  "Info.Size": "bytes",
  "Info.Perm": "Go's file mode; the lowest nine bits are the Unix permissions",
  "Info.IsDir": "whether the entry is a folder",
  "Info.Mime": "media type, mostly empty",
  "Info.Name": "last part of the path",
  "OfferStatus.Id": "what the sender chose; up to 255 bytes",
  "OfferStatus.In": "whether the offer came to this node",
  "Info.LeftOut": "of the first entry: what the sender left out; an addition of warpwire",
  "LeftOut.Count": "how many files and folders",
  "LeftOut.Items": "some of them",
  "LeftOutItem.Uri": "its path",
  "LeftOutItem.Reason": "why, as a code",
  "Kept.Same": "files of the same content",
  "Kept.Different": "files of other content",
  "Kept.Unknown": "files that could not be compared",
  "Summary.LeftOut": "what the sender left out, and what the disk of the receiver did not take",
  "Summary.Kept": "how many files of the receiver stayed in place of those of the offer",
  "Info.Sha256": "SHA-256 of a file, 64 lower-case hex digits, or `later`, see `fileHash`; an addition of warpwire",
  "OfferStatus.Status":
    "`awaiting`, `accepted`, `updated`, `completed` or `failed`; with warpwire also `rejected` or `cancelled`",
  "OfferStatus.Index": "entry being copied; -1 before the first",
  "OfferStatus.Progress": "bytes of that entry",
  "OfferStatus.Update": "Unix time in milliseconds",
  "OfferStatus.Reason": "why, as a code, behind `peer-` if the other side told it; an addition of warpwire",
  "Offer.Create": "Unix time in milliseconds",
  "Offer.Peer": "identity of the other side",
  "Offer.Files": "the entries, folders before what is in them",
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

/** What the tables cannot say. */
export const NOTES: Partial<Readonly<Record<CommandName, string>>> = {
  createOffer: `The node sends the offer to the peer before it answers. A path that is not there, a peer that cannot be
reached or that refuses: the stream is closed without an answer.`,
  listenOffers: `Nothing is reported that was there before. Events that were on their way may still come behind the
client's finish.`,
  listenStatus: `Changes are collected for about a second, so that states in between may never show. Events that were on
their way may still come behind the client's finish.`,
  sendOffer: `A peer that is blocked is cut off as soon as its opcode has come.`,
  download:
    `Entries before the index are passed over, so that every index up to 0 is the beginning; from an index behind
the last entry on there is nothing to send. The offset counts in the first entry that is sent, if that is a file. Folders
have no bytes. A file that is longer than the offer says is cut, behind one that is shorter the stream is closed. A
download that broke off goes on with the index and the offset that were reached.`,
  extensions: `Programs of 2022 close the stream, those of 2023 pass the opcode over and go on reading. So this is asked
alone, on a stream of its own and with a time limit; only after the answer do other additions follow on that stream.`,
  endOffer:
    `The offer is one between the caller and this node. The reason is \`rejected\`, \`cancelled\`, or the code of
what went wrong, as in \`source-changed\` or \`no-space\`. An offer that is unknown, or over, changes nothing.

Of an offer that is completed, a receiver then tells what it has not taken. \`kept-1-2-0\`: as many of its own files stayed,
equal, different, and not compared. \`left-3-n5-l7\`: its disk did not take 3 entries; \`n5\` is the position of one whose
name it refused, \`l7\` of one that is too large.`,
  fileHash:
    `Warpwire writes \`later\` for files of 16 MiB and more, so that the offer need not wait until they are hashed. The
answer is 64 lower-case hex digits, and empty after 20 s: the hash is still being made, and can be asked for again. Where
the file was sent from its first byte on, sending has made the hash; otherwise the node hashes the file when it is asked,
and goes on with that although the stream ends.`,
  watchOffers: `Of an offer that changes faster than the client reads, only the newest state is reported.`,
  ping: `0xff is a signal here, too. The session ends with the ping.`,
};

/** What the page begins with. */
export const INTRODUCTION = `
# Warpdrive

<!-- Written by tasks/warpdrive-doc.ts from the tables in codec/protocols/warpdrive; change those. -->

Warpdrive offers files from one node of an astral network to another. A node runs a service; programs of its owner tell
it what to offer and what to accept, and the services of two nodes talk to each other. Both speak the binary protocol of
this page. It exists in two dialects, which have the same messages under other numbers.

## Sessions

Whoever wants something opens a stream to a port of the node and sends a command: one byte, the opcode, and its
arguments. The node answers, and the next command may follow on the same stream. The stream belongs to one caller, whose
identity the network vouches for; no message carries it.

- Commands for the node itself are for callers with the identity of the node. Others are strangers to them; the tables
  say what a port does with their opcodes.
- No answer says what went wrong. Where a node cannot do what it was asked for, it closes the stream; the programs of
  2022 and 2023 keep it open without an answer when they do not know the id of an offer. A client needs a time limit.
- 0xff closes a session and has no answer. In a ping it is a signal like any other.
- On the port \`${SHELL_PORT}\` the same things are typed by people, a line each. \`ShellDecoder\` reads that port.

## Bytes

Integers are big-endian. A string is a byte with its length, and as many bytes of UTF-8; it cannot be longer than 255
bytes. Indices and offsets have 64 bits with a sign; here they are numbers, and what is outside ±(2^53-1) is refused.
`;

/** The section about the byte after documents. */
export const NEWLINES = `
## The newline

A JSON document has no length in front of it: it ends where its last bracket, quote or letter is, and one byte 0x0a
follows. That byte is part of the message and is sent together with it. Readers of the original programs stop at the end
of the document. A newline that comes in a segment of its own is then read as the next opcode, which closes the session
of the node's own programs, and is passed over for strangers where the port ignores their opcodes. On the other hand they
drop whatever else the segment with the document brought. So a client

- writes document and newline at once,
- sends nothing behind a document before the answer has come, and
- had better open a stream for each command with a document.

\`SessionDecoder\` takes a newline that comes before the answer as part of its message, whatever the pieces, and reports
one that comes after it as invalid.
`;
