/**
 * Figures of a node, as plain data.
 *
 * @module
 */

import type { KademliaStats } from "../kademlia/mod.ts";
import type { QuasarStats } from "../quasar/mod.ts";
import type { RpcStats } from "../rpc/mod.ts";

/** What an inbox counts. */
export interface InboxStats {
  /** Messages that wait: direct ones and relayed ones. */
  readonly direct: number;
  readonly relayed: number;
  /** Messages that came since the beginning, with those that were taken. */
  readonly received: number;
  /** Messages that found no place. */
  readonly refused: number;
}

/** What is counted of messages. */
export interface MessageStats {
  /** Messages that wait for their turn or an answer. */
  readonly waiting: number;
  /** Messages that others have in their queues. */
  readonly sent: number;
  /** Messages that others have refused. */
  readonly refused: number;
  /** Messages to nodes that were not found. */
  readonly notFound: number;
  /** Messages without an answer. */
  readonly unanswered: number;
}

/** What has happened to streams. */
export interface StreamsStats {
  /** Streams that are open, or of which something is unread. */
  readonly open: number;
  /** Streams that were opened here, and by others. */
  readonly opened: number;
  readonly accepted: number;
  /** Requests for streams that were refused, because there were as many as there may be. */
  readonly refused: number;
  /** Streams that others had opened and not used, which had to make room. */
  readonly displaced: number;
  /** Writes to streams that are unknown or somebody else's. */
  readonly foreign: number;
  /** Bytes that nobody has read. */
  readonly unreadBytes: number;
}

/** What relaying counts. */
export interface RelayStats {
  /** Messages that wait to be passed on or are under way, and own ones that wait to be confirmed. */
  readonly queued: number;
  readonly unconfirmed: number;
  /** Own messages that were put into the queue, with each that was sent again. */
  readonly sent: number;
  /** Messages of others that were put into the queue; that had been before; and that were not taken. */
  readonly carried: number;
  readonly carriedBefore: number;
  readonly declined: number;
  /** Messages that somebody has taken, and those that nobody took. */
  readonly passed: number;
  readonly stuck: number;
  /** Signatures that were checked. */
  readonly checked: number;
  /** Messages for this node that went into the inbox. */
  readonly delivered: number;
  /** Those that had come before. */
  readonly repeated: number;
  /** Envelopes that their sender has not signed. */
  readonly forged: number;
  /** Envelopes that are of no use here: for somebody else, too old, answers to no question, questions not answered. */
  readonly ignored: number;
  /** Those refused because the inbox was full or too many signatures were to be checked: whoever brought them knows. */
  readonly refused: number;
  /** Confirmations for messages of this node. */
  readonly confirmed: number;
}

/** What is known of the place of a node. */
export interface PublicAddressStats {
  /** What stands between it and the others, as far as it has asked; null before. */
  readonly nat: "none" | "cone" | "symmetric" | "unknown" | null;
  /** Neighbours to whom the way is kept open, and who have answered within 30 s; none for a node that is public. */
  readonly keptOpen: number;
}

/** What is counted of events. */
export interface TopicsStats {
  /** Topics that this node listens to, with those that content needs. */
  readonly topics: number;
  /** Events that have come on these topics. */
  readonly received: number;
  /** Events that wait to be taken, and what they take in bytes. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Events that had to make room for later ones. */
  readonly dropped: number;
  /** Events that were left out, since JavaScript has no value for them. */
  readonly unreadable: number;
}

/** What is counted of content. */
export interface ContentStats {
  /** Schemas that are subscribed to, and those that were published with and are remembered. */
  readonly schemas: number;
  readonly published: number;
  /** Events that came on topics of schemas, and do not fit them. */
  readonly refused: number;
}

/** Figures of a node. */
export interface StorjStats {
  /** Calls of this node and of others. */
  readonly calls: RpcStats;
  /** The hash table: contacts, lookups, values. */
  readonly table: KademliaStats;
  /** Values of this node that are put anew once a day. */
  readonly keptPuts: number;
  /** Messages that have come. */
  readonly inbox: InboxStats;
  /** Messages that are sent. */
  readonly messages: MessageStats;
  readonly streams: StreamsStats;
  readonly relay: RelayStats;
  readonly publicAddress: PublicAddressStats;
  /** Events that have come. */
  readonly topics: TopicsStats;
  readonly content: ContentStats;
  /** What carries events from node to node. */
  readonly quasar: QuasarStats;
}

/** Whatever has figures. */
interface Counting<T> {
  stats(): T;
}

/** The parts of a node that have figures. */
export type StatsParts =
  & { readonly [N in Exclude<keyof StorjStats, "keptPuts">]: Counting<StorjStats[N]> }
  & { readonly keptPuts: { readonly size: number } };

/** The figures of all parts. */
export function storjStats({ keptPuts, ...parts }: StatsParts): StorjStats {
  const { calls, table, inbox, messages, streams, relay, publicAddress, topics, content, quasar } = parts;
  return {
    calls: calls.stats(),
    table: table.stats(),
    keptPuts: keptPuts.size,
    inbox: inbox.stats(),
    messages: messages.stats(),
    streams: streams.stats(),
    relay: relay.stats(),
    publicAddress: publicAddress.stats(),
    topics: topics.stats(),
    content: content.stats(),
    quasar: quasar.stats(),
  };
}
