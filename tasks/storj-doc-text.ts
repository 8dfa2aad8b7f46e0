/**
 * What `docs/protocols/storj.md` says besides the tables.
 *
 * @module
 */

import { pack } from "../codec/msgpack/mod.ts";
import {
  CAPABILITIES,
  type Capability,
  CONTACTS_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  REQUEST_BYTES_MAX,
  type RpcName,
} from "../codec/protocols/storj/mod.ts";

const filled = (count: number, byte: number) => new Uint8Array(count).fill(byte);
const contact = { id: filled(20, 0xbb), ip: "10.0.0.2", port: 4000 };

/** An answer to each call as an example. */
export const REPLIES: Readonly<Record<RpcName, unknown>> = {
  stun: { ip: "10.0.0.1", port: 4000 },
  ping: contact.id,
  store: true,
  find_node: [contact],
  find_value: { value: pack("value") },
  message_notify: true,
  stream_open: filled(32, 0x5d),
  stream_write: 3,
  stream_close: true,
  quasar_update: false,
  quasar_notify: null,
  quasar_filters: "[]",
  relay_message: { ip: "10.0.0.1", port: 4000 },
  direct_message: { ip: "10.0.0.1", port: 4000 },
  warpwire_hello: { version: 1, capabilities: 15 },
  warpwire_store: true,
  warpwire_prove: {
    publicKey: filled(33, 2),
    caller: { ip: "10.0.0.1", port: 4000 },
    signature: filled(65, 0x1f),
  },
  warpwire_stream_open: { streamId: filled(32, 0x5d), limit: 1_048_576 },
  warpwire_stream_prove: { publicKey: filled(33, 2), signature: filled(65, 0x1f) },
  warpwire_piece: null,
  warpwire_ack: null,
  warpwire_reset: null,
  warpwire_notify: 0,
  warpwire_offer: null,
  warpwire_want: { event: pack("event") },
  warpwire_filters: 0,
};

const MEANINGS: Readonly<Record<Capability, string>> = {
  repeats: "recognises a request that arrives again within 15 s and answers as before, without running it twice",
  age: "answers `warpwire_store`",
  prove: "answers `warpwire_prove`",
  signed: "keeps signed values from being overwritten by strangers",
  window: "answers `warpwire_stream_open`",
  quasar:
    "takes part in publish/subscribe: answers `warpwire_filters`, `warpwire_notify`, `warpwire_offer`, `warpwire_want`",
};

/** The rows of the table of capabilities. */
export const CAPABILITY_TEXTS: readonly (readonly string[])[] = Object.entries(CAPABILITIES)
  .map(([name, bit]) => [String(bit), `\`${name}\``, MEANINGS[name as Capability]]);

/** What the page begins with. */
export const INTRODUCTION = `
# The datagrams of storj nodes

<!-- Written by tasks/storj-doc.ts from the tables in codec/protocols/storj; change those. -->

Nodes of a storj network ask each other with datagrams: a Kademlia hash table, and on top of it messages, streams and
pub/sub. The programs are storjnode and storjnet of 2015 and 2016 (Python 2), and the package \`kademlia\` of today
(Python 3), which has the first five calls. [The hash table](../dht.md) describes how they are used.

## A datagram

| offset | size | field |
| --- | --- | --- |
| 0 | 1 | type: what it is, and of which era |
| 1 | 20 | message id: chosen by the caller at random, repeated in the response |
| 21 | 1– | a msgpack value: \`[name, [arguments…]]\`, or the answer alone |

| era | request | response | programs |
| --- | --- | --- | --- |
| \`rpcudp\` | 00 | 01 | storjnode up to January 2016, kademlia of today |
| \`storjrpcudp\` | 02 | 03 | storjnet, from February 2016 on |

- Nodes of the two eras do not understand each other.
- A datagram of less than 22 bytes, of an unknown type, with an unknown name, the wrong number of arguments or anything
  else that is not as below gets no answer. There are no error messages: silence is the only one.
- Bytes after the msgpack value are ignored.
- A request has at most ${REQUEST_BYTES_MAX} bytes of msgpack. The nodes of 2016 read datagrams of at most 8192 bytes in all, so that
  the longest that reach them are 21 bytes shorter: a text of 8116 bytes as a value, 8129 as a message, 8097 bytes of data in a
  stream. Responses have no limit but that of UDP.
- The originals wait 5 s for an answer and send nothing again.
- Python 2 writes \`str\` as bin and \`unicode\` as str, and looks at neither: bytes and texts come in both forms, and
  are written as in the tables. IP addresses are written as bin, but for the kademlia package of today, which reads only str.
- The \`nodeId\` that begins the arguments is what the caller claims. Nothing proves it.
- Answers have at most ${CONTACTS_MAX} contacts. A message to relay has at most ${RELAY_MESSAGE_BYTES_MAX} bytes of msgpack.

A key of the hash table is the SHA-1 of the user's key: of text as UTF-8, of bytes as they are, of everything else as
Python 2 prints it (\`5\` is \`"5"\`, \`true\` is \`"True"\`, \`null\` is \`"None"\`, floats have 12 digits). Python 3 prints up to
17 digits of a float and so has other keys for some of them. \`dhtKey\` computes it.

In examples, \`aa×20\` stands for 20 bytes aa.

## Calls
`;

/** The section about our own calls. */
export const EXTENSIONS = `
## Extensions

The calls below are additions of warpwire. Other programs leave unknown names without an answer and without any effect, so
these calls can be sent to any node, and whoever does not answer does not know them. \`warpwire_hello\` comes first. A node asks
each contact at most once, does not wait for the answer, and remembers it.

The map in \`warpwire_hello\` and the capabilities may grow: ignore keys and bits that you do not know. The other calls do not
change; what they cannot do gets a new name and a new capability.
`;

/** The section about proofs. */
export const PROOFS = `
### What a proof proves

A node id is the HASH160 of a public key, and anybody can claim it. \`warpwire_prove\` asks for a signature of a challenge with
that key. The signature is one of [a message](../identity.md#signatures), 65 bytes; its header says whether the node id is the
hash of the compressed or of the uncompressed public key. The message is the msgpack of

\`["warpwire prove 1", [challenge, [caller id, caller ip, caller port], [node id, node ip, node port]]]\`

with ids and the challenge as bin, and addresses as str.

| part | whose word it is | why it is signed |
| --- | --- | --- |
| \`"warpwire prove 1"\` | | the signature cannot be taken for one of an envelope, a value or a payment |
| challenge | the caller's, 32 random bytes | an old answer cannot be used again |
| caller id | \`nodeId\` of the request | an answer cannot be shown to somebody else |
| caller ip and port | \`caller\` of the answer: from where the node saw the request come | the caller can see that the request went another way than it was sent |
| node id | the answering node's own | one key has two ids; the proof is of one |
| node ip and port | \`address\` of the request: where the caller has sent it | see below |

**Somebody in the middle.** M shows the id of B with M's own address to A, and passes A's challenge on to B. A has asked at M's
address and checks the signature for that address. If M leaves the address in the request as it is, B does not answer, because the
address is not one of B's. If M puts B's address in its place, B signs it, and the signature does not fit what A checks. So a
node must answer only if the \`address\` is one at which it is reached, and one that does not know its addresses must not answer
at all.

What is left: somebody who can read and change the packets between A and B's own address can still do so. A proof says who is
reached at an address, not that nobody listens. It is valid for the address at which it was asked for, and for no other.

The bytes that are signed, for the ids and addresses of the examples:
`;

/** The section about streams. */
export const STREAMS = `
### Streams of pieces

Streams between nodes with the capability \`window\`. A piece needs no answer: it has a number and a place, and an
acknowledgement says which numbers have come.

| what | how |
| --- | --- |
| opening | \`warpwire_stream_open\`, which may be sent again, since such nodes recognise repeats. The answering node chooses the id, 32 random bytes. The opener sends an acknowledgement with its limit and a piece without data at once: whoever sends something for the id has got the answer, so its address is not forged. Before that it is sent three pieces at most |
| numbers | each direction counts its pieces from 0. A piece that is sent again has a new number and the same offset. A sender leaves numbers out now and then, so that who acknowledges what never came is found out |
| message id | zeros, in what has no response |
| acknowledging | at the latest after eight pieces in order, two while some are missing or at the beginning, or 5 ms; at once for one out of order, without data, or the last one. Bit \`i\` of byte \`k\` of \`seen\` is number \`8 (floor(number / 8) - k) + i\`; numbers before the 1,024 that it has room for count as come. \`seen\` is empty as long as nothing has come |
| lost pieces | a piece is sent again when one that was sent later has come and the time for overtaking is over (RFC 8985), or without any acknowledgement for the time of RFC 6298 |
| limits | \`limit\` is the offset up to which data is taken. It never goes back. Who sends beyond it is broken off |
| bytes that come twice | the first ones count |
| end | \`last\`: the stream ends after the data of this piece. It ends both directions; what has come can still be read. A node remembers streams that have ended, and acknowledges an end that comes again |
| giving up | \`warpwire_reset\`; also the answer to a piece of a stream that is unknown |
| silence | a piece without data after 20 s without any. After 30 s without an answer the stream is broken |
| how fast | the sender measures bandwidth and shortest round trip, and keeps to them |

**A new address.** Something for a stream that comes from another address than before is not taken. Its node is asked with
\`warpwire_stream_prove\` at the new address. It signs, with the key of its node id, the msgpack of

\`["warpwire stream 1", [challenge, stream id, id of the node that asks, own id]]\`

as in a proof, and it does so only for the node at the other end of this stream, asked from the address where that was last. So
nobody in between can pass a challenge on from an own address. If the signature is right, the stream continues with the new
address. Unlike \`warpwire_prove\` this works for a node that does not know at which address others see it. The bytes that are
signed, for the ids of the examples:
`;

/** The section about neighbours in publish/subscribe. */
export const NEIGHBOURS = `
### Neighbours and their filters

Nodes with the capability \`quasar\` agree on who is neighbour of whom, so that it holds in both directions, and tell each other
what has changed in their attenuated bloom filters, not all of them.

| what | how |
| --- | --- |
| asking | the first \`warpwire_filters\` with \`wanted\`, and all bits. Whoever takes it sends its own filters in turn, with \`wanted\` if it has chosen the other, too |
| ending | \`wanted\` is false, and the other one does not want either: it declines, and both forget each other |
| all bits | \`from\` is nil, \`sizes\` are those of pybloom, each level has the bits that are set |
| changes | \`from\` is the checksum of what the other has, \`sizes\` is nil, each level has the bits to be inverted. Whoever has another checksum answers 1; whoever has that of \`to\` already answers 0 |
| level 0 | the subscriptions of the node, and its node id |
| bits | the first byte of a level is a number k. Then follow, from the lowest bit of each byte, for each position: as many zeros as the gap to the position before has multiples of 2^k, a one, and the lowest k bits of the gap, from the lowest on. The rest is zero. With k = 0 these are the bits of the filter. A level without positions has no bytes |
| checksum | of each bit that is set, n = level·2^26 + position; the XOR of h(n ^ 9e3779b9) of all of them, 4 bytes, big-endian, and that of h(n ^ 7f4a7c15). h of 32 bits: x ^= x >> 16; x *= 7feb352d; x ^= x >> 15; x *= 846ca68b; x ^= x >> 16 |

The bits 0, 472 and 2501 of a level:
`;

/** The section about events. */
export const EVENTS = `
### Events on their way

Nodes with the capability \`quasar\` pass events on to each other in \`warpwire_notify\`, and to others in \`quasar_notify\`.

| what | how |
| --- | --- |
| publication | 16 random bytes, the same for all copies of what was published once. An event that came in \`quasar_notify\` has none: it gets the last 16 bytes of its digest, and is known by its digest alone from then on |
| digest | the SHA-256 of the length of the topic's key (4 bytes, big-endian), the key, and the packed event. The key of text is its UTF-8, of bytes they themselves, of anything else its text as Python 2 writes it. \`eventName\` is the first 16 bytes |
| the same event again | with the same publication: nothing new. With another one: nothing new within 30 s after it was new last; whoever publishes it waits 60 s |
| \`publishers\` | subscribers who have it or are sent it now, the last ones. A level of filters that has one of them does not show another subscriber |
| \`visited\` | others who have passed it on, or are asked to, the last ones |
| \`ttl\` | one less with each node that passes it on and does not subscribe; 0 is dropped, more than 64 are 64 |
| \`walked\` | hops since a subscriber had it: 0 from one and from whoever publishes it, else one more than it came with. With one publisher a node sends it on with 4 at most, with more of them with 7, but to neighbours that subscribe in any case |
| answer | 1, and the caller tries another neighbour, once; 2, and it tries another one. The same publication from the same node again is answered as before |
| size | the datagram has 8,192 bytes at most, as originals read no more: the lists are shortened, the event is not |
| offers | where more than six neighbours subscribe, six are sent the event, and 150 to 250 ms later those who do not seem to have it are sent \`warpwire_offer\`; who lacks it 100 ms later asks with \`warpwire_want\` |
`;

/** The section about signed values. */
export const SIGNED = `
## Signed values

A value that strangers cannot overwrite. Its key is the SHA-1 of \`signed:\`, the Bitcoin address of the owner's public key, \`:\`
and a name that the owner has chosen. The value is an array of five:

| index | field | type |
| --- | --- | --- |
| 0 | \`sequence\` | uint, up to 2^53-1; the higher one is newer |
| 1 | \`value\` | any |
| 2 | \`publicKey\` | bin (33 bytes), compressed |
| 3 | \`signature\` | bin (65 bytes), as of a proof; its header says which form of the key the address is of |
| 4 | \`name\` | str |

The signature is of the msgpack of \`["warpwire signed 1", [key, sequence, value, publicKey, name]]\`; the value in it is the bytes
that were received, not what would be written again.

The name is part of the value so that a node that keeps it can compute the key from what it is given. Without it, a stranger could
sign a value for the same key with another key pair, and no node could tell whose the key is.

- To all other programs it is a value like any other, and they let anybody overwrite it.
- A node with the capability \`signed\` does not accept a value for a key that follows from its own public key and name if the
  signature is wrong, nor one of a lower sequence than the one that it has, nor another value of the same sequence: of two, the
  first one stays. It does not accept any other value in place of a signed one.
- A reader asks all nodes nearest to the key, checks what it gets, and takes the highest sequence; what does not fit is as
  good as nothing.
- A holder forgets after seven days, and with the value its sequence. So the owner has to store values anew before that, and whoever
  has kept an old value can store it again once all holders of the newer one are gone.

An example with the name \`news\` of the key 1 (\`1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH\`); the bytes of key and signature are not real:
`;

/** The section about relayed messages of our own. */
export const RELAYED = `
## Relayed messages

The message of a \`relay_message\` is any value, or a signed envelope of storjnode. That is an array of five,
\`[sender, version, token, body, signature]\`, whose signature is of the msgpack of \`[version, token, body]\`. Its tokens are \`signal\`, \`peers\` and
\`info\`. warpwire adds the token \`warpwire\` (as str), whose body is an array of five; whoever does not know it shows or ignores an
array.

| index | field | type |
| --- | --- | --- |
| 0 | \`kind\` | str: one of the table below; others are to be ignored |
| 1 | \`destination\` | bin (20 bytes): whom it is for. Nobody else takes it |
| 2 | \`time\` | uint: when it was made, in milliseconds since 1970; no two messages of one sender have the same |
| 3 | \`confirm\` | boolean: whether the sender wants to know that it has come |
| 4 | \`content\` | bin |

| kind | content |
| --- | --- |
| \`message\` | the msgpack of the message. It is packed twice because what is signed must not have a map in it |
| \`sealed\` | the same, as a [sealed message](../identity.md#sealed-messages) of the sender of the envelope |
| \`seen\` | 32 bytes: the SHA-256 of the sender (20 bytes) and of the signed bytes of a message that has come. It is signed by whom that message was for, sent to whom it was from, and is not confirmed itself |
| \`call\` | 16 random bytes: asks the receiver, who is behind a NAT, to call the sender |
| \`called\` | the 16 bytes of a \`call\`, sent in a \`relay_message\` straight to where the asker is found, or named if it does not answer there. Only the asker takes it, once, within 5 s, and only of whom it has asked; where it came from is where its sender can be reached |

- A message that is sent again has the same signed bytes and another signature (RFC 6979, section 3.6): nodes pass on the same
  bytes once only. So the digest in \`seen\` is the same for all attempts.
- A receiver takes a message of the last six hours, and up to an hour from the future, and remembers for as long what it has
  taken. When it has no room to do that, it takes only messages that were made later than the last one that it had to forget.
- A node answers five \`call\` in a second, and one of each asker.
- A node publishes its sealing key, 98 bytes as bin, as a signed value (see above) with the name \`sealing key\` and the sequence 1.

The body of a message \`"hi"\` for the node dd×20:
`;
