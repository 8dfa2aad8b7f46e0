/**
 * What a node does for each command of the protocol's table.
 *
 * @module
 */

import { jsonText } from "../../../codec/json/mod.ts";
import {
  EXTENSIONS_VERSION,
  FILTERS,
  Offer,
  OFFER_LIMITS,
  RESULT_CODES,
  Summary,
  type Targets,
} from "../../../codec/protocols/warpdrive/mod.ts";
import { StoreError } from "../../store/mod.ts";
import type { Downloads, Uploads } from "../transfers/mod.ts";
import { reasonOf } from "../../coded-error.ts";
import type { Subscription } from "../../event-hub.ts";
import { WarpdriveError } from "../error.ts";
import {
  type OfferBook,
  offerDocument,
  type OfferEvent,
  offerKey,
  type OfferState,
  statusDocument,
  summaryDocument,
} from "../offers/mod.ts";
import type { OfferExchange } from "./offer-exchange.ts";
import { type PeerBook, type PeerChange, peerDocument } from "../peer-book.ts";
import type { Exchange, Handlers } from "./session.ts";

/** What commands work on. */
export interface NodeParts {
  readonly book: OfferBook;
  readonly peers: PeerBook;
  readonly exchange: OfferExchange;
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  /** The download folder. */
  readonly folder: string;
}

/** How long a peer may be silent in a ping. */
const PING_MS_MAX = 60_000;
/** A message of an answer has a byte for its length. */
const MESSAGE_BYTES_MAX = 255;

/** The handlers of all commands. */
export function nodeHandlers(node: NodeParts): Handlers {
  const { book, peers, exchange, downloads } = node;
  return {
    listPeers: (_args, { reply }) => {
      const list = peers.list().map(peerDocument);
      return reply({ peers: list.length === 0 ? null : list });
    },
    createOffer: async ({ peerId, path }, { reply }) => {
      const { offerId, accepted } = await exchange.send(peerId, [path]);
      await reply({ offerId, code: accepted ? RESULT_CODES.accepted : RESULT_CODES.awaiting });
    },
    acceptOffer: async ({ offerId }, { reply }) => {
      await downloads.accept(book.find(true, offerId));
      await reply({ code: 0 });
    },
    listOffers: ({ filter }, { replyItems }) => replyItems(offerTexts(book, listed(book, filter))),
    listenOffers: ({ filter }, session) =>
      follow(node, directionOf(filter), session, async ({ kind, offer }) => {
        if (kind !== "added" || offer.stage !== "awaiting") return;
        await session.event({ offer: await fullDocument(book, offer) });
      }),
    listenStatus: ({ filter }, session) =>
      follow(node, directionOf(filter), session, async ({ kind, offer }) => {
        if (kind !== "removed") await session.event({ status: statusDocument(offer) });
      }),
    updatePeer: async ({ update }, { reply }) => {
      const [peerId, attribute, value] = update ?? [];
      if (value === undefined) throw new WarpdriveError("protocol", "A change of a peer has three texts");
      await peers.update(peerId, peerChange(attribute, value));
      await reply({ code: 0 });
    },
    sendOffer: async ({ offerId, files }, { stream, reply }) => {
      const { code, afterwards } = await exchange.receive(stream.peerInfo, offerId, files);
      try {
        await reply({ code });
      } finally {
        afterwards();
      }
    },
    download: async ({ offerId, ...from }, session) => {
      return await node.uploads.serve(outgoing(node, session.stream.peerInfo.peerId, offerId), from, session);
    },
    ping: async (_args, { stream, reader, command, signal }) => {
      const wait = { signal, timeoutMs: PING_MS_MAX };
      for (;;) {
        const byte = await reader.byte(wait);
        if (byte === null) return "end";
        if (byte !== 0 || command.zeroEchoed === true) await stream.write(Uint8Array.of(byte), wait);
        if (byte === 0) return "end";
      }
    },
    fileHash: async ({ offerId, index }, { stream, reply, signal }) => {
      const sha256 = await node.uploads.hash(outgoing(node, stream.peerInfo.peerId, offerId), index, signal);
      await reply({ sha256: sha256 ?? "" });
    },
    extensions: (_args, { reply }) => reply({ version: EXTENSIONS_VERSION }),
    endOffer: async (end, { stream, reply }) => {
      await exchange.ended(stream.peerInfo.peerId, end);
      await reply({ code: 0 });
    },
    acceptFrom: ({ peerId, offerId }, { reply }) =>
      outcome(reply, async () => {
        const confirmed = await downloads.accept(find(node, true, peerId, offerId));
        return { code: confirmed ? RESULT_CODES.awaiting : RESULT_CODES.accepted };
      }),
    stopOffer: ({ incoming, peerId, offerId }, { reply }) =>
      outcome(reply, async () => {
        await exchange.stop(find(node, incoming, peerId, offerId));
        return { code: RESULT_CODES.awaiting };
      }),
    offerPaths: ({ request: { Peer, Paths } }, { reply }) =>
      outcome((value) => reply({ offerId: "", ...value }), async () => {
        const { offerId, accepted } = await exchange.send(Peer, Paths ?? []);
        return { offerId, code: accepted ? RESULT_CODES.accepted : RESULT_CODES.awaiting };
      }),
    listSummaries: async ({ filter }, { replyItems }) => {
      await replyItems(summaryTexts(await downloads.named(book.list(directionOf(filter)))));
    },
    watchOffers: ({ filter }, session) => {
      const now = book.list(directionOf(filter)).map((offer): OfferEvent => ({ kind: "changed", offer }));
      return follow(node, directionOf(filter), session, async ({ offer }) => {
        const [named] = await downloads.named([offer]);
        await session.event({ summary: summaryDocument(named) });
      }, now);
    },
    offerTargets: async ({ peerId, offerId }, { reply }) => {
      await reply({ targets: await targetsOf(node, find(node, true, peerId, offerId)) });
    },
  };
}

/** The direction that a filter of reports means; `undefined` for both. */
export function directionOf(filter: number): boolean | undefined {
  if (filter === FILTERS.incoming) return true;
  return filter === FILTERS.outgoing ? false : undefined;
}

/** An offer with its entries; one whose entries cannot be read any more has none, and says why. */
export async function fullDocument(book: OfferBook, offer: OfferState): Promise<Offer> {
  try {
    return offerDocument(offer, await book.files(offer.key));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "damaged" && error.code !== "version") throw error;
    return offerDocument({ ...offer, reason: offer.reason || error.code }, null);
  }
}

/** Offers as JSON, each read from the store when its turn comes; without those that are gone by then. */
async function* offerTexts(book: OfferBook, offers: readonly OfferState[]): AsyncGenerator<string, void, undefined> {
  for (const { key } of offers) {
    const offer = book.get(key);
    if (offer !== undefined) yield jsonText(Offer, await fullDocument(book, offer), OFFER_LIMITS);
  }
}

async function* summaryTexts(offers: readonly OfferState[]): AsyncGenerator<string, void, undefined> {
  for (const offer of offers) yield jsonText(Summary, summaryDocument(offer));
}

/** Where the entries of an incoming offer went, or would go. Throws what planning throws. */
export async function targetsOf({ book, downloads, folder }: NodeParts, offer: OfferState): Promise<Targets> {
  const went = await book.targets(offer.key);
  const names = went ?? (await downloads.plan(offer)).entries.map(({ target }) => target);
  return { Folder: folder, Names: names };
}

/** The offer of this node that a peer asks for. */
function outgoing({ book }: NodeParts, peer: string, offerId: string): OfferState {
  const offer = book.get(offerKey(false, peer, offerId));
  if (offer === undefined) throw new WarpdriveError("unknown-offer", "The peer asks for an offer that is not its own");
  return offer;
}

/** The offers of a list; an unknown filter has none. */
function listed(book: OfferBook, filter: number): OfferState[] {
  return filter > FILTERS.outgoing ? [] : book.list(directionOf(filter));
}

/** What a change says; attributes that are not known change nothing. */
function peerChange(attribute: string, value: string): PeerChange {
  switch (attribute) {
    case "alias":
    case "mod":
      return { [attribute]: value };
    case "addresses":
      return { addresses: value.split(" ").filter((address) => address !== "") };
    default:
      return {};
  }
}

/** The offer that is meant by a peer, which may be given by its alias, and an id; both may be shortened. */
function find({ book, peers }: NodeParts, incoming: boolean, peer: string, offerId: string): OfferState {
  const known = book.list(incoming).map((offer) => offer.peer);
  return book.find(incoming, offerId, peer === "" ? undefined : peers.resolve(peer, known));
}

/**
 * Reports what happens to offers of a direction, or of both, until the client sends a byte, which ends that, or closes,
 * which ends the session.
 */
export async function follow(
  { book }: NodeParts,
  incoming: boolean | undefined,
  { reader, signal }: Pick<Exchange, "reader" | "signal">,
  report: (event: OfferEvent) => Promise<void>,
  first: readonly OfferEvent[] = [],
): Promise<void | "end"> {
  const events: Subscription<OfferEvent> = book.events.subscribe(signal);
  for (const event of first) events.put(event.offer.key, event);
  const finished = reader.byte({ signal }).finally(() => events.end());
  finished.catch(() => {});
  try {
    for await (const event of events) {
      if (incoming === undefined || event.offer.incoming === incoming) await report(event);
    }
  } finally {
    events.end();
  }
  return await finished === null ? "end" : undefined;
}

/** Answers with what came of something, or with why it failed. */
async function outcome(
  reply: (value: Record<string, unknown>) => Promise<void>,
  run: () => Promise<Record<string, unknown>>,
): Promise<void> {
  let value: Record<string, unknown>;
  try {
    value = { message: "", ...await run() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    value = { code: RESULT_CODES.failed, message: shortened(`${reasonOf(error)}: ${message}`) };
  }
  await reply(value);
}

/** As much of a text as fits into a message. */
function shortened(text: string): string {
  const bytes = new Uint8Array(MESSAGE_BYTES_MAX);
  const { read } = new TextEncoder().encodeInto(text.toWellFormed(), bytes);
  return text.toWellFormed().slice(0, read);
}
