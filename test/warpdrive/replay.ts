/**
 * Recorded sessions played against a service: the client's side as it was recorded, the answers compared.
 *
 * @module
 */

import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { encode, formatHex } from "../../codec/mod.ts";
import {
  decodeSession,
  type Dialect,
  type DialectCommand,
  type Info,
  portOf,
  type RecordedMessage,
  type RecordedSession,
  requestSchema,
  wirePart,
} from "../../codec/protocols/warpdrive/mod.ts";
import type { Stream } from "../../src/host/mod.ts";
import { memoryStore, type Store } from "../../src/store/mod.ts";
import { findFiles } from "../../src/warpdrive/files/mod.ts";
import { SessionReader } from "../../src/warpdrive/client/session-reader.ts";
import { WarpdriveClient } from "../../src/warpdrive/mod.ts";
import { OfferBook } from "../../src/warpdrive/offers/offer-book.ts";
import { OFFER_LIMITS } from "../../src/warpdrive/offers/offer-room.ts";
import { storedFile } from "../../src/warpdrive/offers/offered-file.ts";
import { IDS, type Node, Nodes, write } from "./nodes.ts";

/** A recorded session with the identities in it. */
export interface Recorded {
  readonly title: string;
  readonly session: RecordedSession;
  readonly caller: string;
  readonly target: string;
}

/** What is known of a session besides its bytes. */
export interface Setup {
  /** What the target thinks of the peers: alias and mod by id. */
  readonly peers?: Readonly<Record<string, readonly [alias: string, mod: string]>>;
  /** What the target has offered to the peer B, by id: paths below the sources. */
  readonly offered?: Readonly<Record<string, string>>;
  /** Done after the offers were made. */
  readonly prepare?: (sources: string) => void;
}

/** How what came differs from the recording. */
export type Outcome = "same" | { readonly differs: string };

const PREFIX = /\/srv\/(alpha|beta)\/shared-files-for-wa\/src/g;
const TIMEOUT_MS = 5000;
/** The opcode of the command without arguments that both dialects have. */
const LIST_PEERS = 1;

/** The files that the recorded nodes shared. */
export function makeSources(folder: string, link: "symbolic" | "file"): void {
  write(folder, {
    "hello.txt": "hello warpdrive\n",
    "dir/a.bin": new Uint8Array(10).fill(0xaa),
    "dir/sub/b.txt": "BBBB",
    "dir/zero": "",
    "we ird<&>\u2028é.txt": "x",
    "chg-10.bin": "n".repeat(50),
    "chg10.bin": "n".repeat(50),
    "coll.txt": "new",
    "big.bin": new Uint8Array(4_000_000),
    "slow.bin": "slow",
  });
  mkdirSync(join(folder, "dir/sub/empty"), { recursive: true });
  if (link === "file") write(folder, { "dir/link": new Uint8Array(5).fill(0xaa) });
  else symlinkSync("a.bin", join(folder, "dir/link"));
  const modes = { "hello.txt": 0o644, "dir/a.bin": 0o600, "dir/sub/b.txt": 0o640, "dir/zero": 0o644 };
  for (const [name, mode] of Object.entries(modes)) chmodSync(join(folder, name), mode);
  for (const name of ["dir", "dir/sub", "dir/sub/empty"]) chmodSync(join(folder, name), 0o755);
}

/** A session while it is played. */
interface Play {
  readonly nodes: Nodes;
  readonly target: Node;
  readonly stream: Stream;
  readonly reader: SessionReader;
  readonly sources: string;
  readonly dialect: Dialect;
  readonly recorded: Recorded;
}

/** Plays a session; `split` writes every byte by itself. */
export async function play(dialect: Dialect, recorded: Recorded, setup: Setup, split: boolean): Promise<Outcome> {
  const { session, caller, target: targetId } = recorded;
  const messages = decodeSession(dialect, session);
  await using nodes = new Nodes();
  const sources = nodes.folder("shared");
  makeSources(sources, messages.some(({ command }) => command === "createOffer") ? "symbolic" : "file");
  const store = await memoryStore();
  const asked = new Set(messages.map(({ value }) => String(value?.offerId)));
  await offer(store, sources, Object.entries(setup.offered ?? {}).filter(([id]) => asked.has(id)));
  setup.prepare?.(sources);
  const target = await nodes.node(targetId, { store });
  for (const [id, [alias, mod]] of Object.entries(setup.peers ?? {})) {
    await target.service.peers.setAlias(id, alias);
    await target.service.peers.setRule(id, mod === "trust" || mod === "block" ? mod : "ask");
  }
  await makePeers(nodes, messages, targetId, recorded);
  const host = caller === targetId ? target.host : await nodes.host(caller);
  const stream = await host.openStream({ peerId: targetId }, session.port);
  const reader = new SessionReader(stream, host.clock);
  const one: Play = { nodes, target, stream, reader, sources, dialect, recorded };
  for (const message of messages) {
    const differs = message.dir === "C>S" ? await send(one, message, split) : await receive(one, message, host.peerId);
    if (differs !== undefined) return { differs };
  }
  return await ending(one);
}

async function offer(store: Store, sources: string, offered: readonly (readonly [id: string, name: string])[]) {
  const clock = { now: () => 1, setTimer: () => ({ clear() {} }) };
  const book = new OfferBook(store, clock, OFFER_LIMITS);
  for (const [id, name] of offered) {
    const { entries } = await findFiles([join(sources, name)]);
    await book.add({ incoming: false, peer: IDS.B, id, addresses: [], files: entries.map(storedFile) });
  }
}

/** The services that the target sends its offers to. One of them may block it. */
async function makePeers(
  nodes: Nodes,
  messages: readonly RecordedMessage[],
  target: string,
  { title }: Recorded,
): Promise<void> {
  const ids = new Set(
    messages.filter(({ command, part, value }) => command === "createOffer" && part === "request" && value !== null)
      .map(({ value }) => String(value!.peerId)).filter((id) => id.length === 66 && id !== target),
  );
  for (const id of ids) {
    const peer = await nodes.node(id);
    if (/blocked/.test(title)) await peer.service.peers.setRule(target, "block");
  }
}

async function send(
  { stream, sources, dialect, recorded }: Play,
  { bytes, command, part, value }: RecordedMessage,
  split: boolean,
): Promise<undefined> {
  let sent: Uint8Array = bytes;
  if (command === "createOffer" && part === "request" && value !== null) {
    // The recorded paths are somewhere else here; those without a folder were relative to the sources.
    const path = String(value.path);
    const rebased = path === "" || path.startsWith("/") ? path.replace(PREFIX, sources) : join(sources, path);
    sent = encode(requestSchema(portOf(dialect, recorded.session.port)), { command, ...value, path: rebased });
  }
  try {
    if (!split) await stream.write(sent);
    else for (const byte of sent) await stream.write(Uint8Array.of(byte));
  } catch {
    // The service may have closed by then, which shows when it is read.
  }
}

async function receive(play: Play, message: RecordedMessage, caller: string): Promise<string | undefined> {
  const { command: name, part, bytes, value, elided } = message;
  const { reader, dialect, recorded, sources } = play;
  if (part === "unanswered") {
    if (await read(reader, 1) !== null) return "is answered";
    return recorded.session.events.some(({ dir }) => dir === "S:close") ? undefined : "closes in place of hanging";
  }
  if (part === "body" && elided !== undefined) {
    // What the recording left out cannot be compared, but for its length.
    const count = Number(value!.size) + elided;
    const got = await read(reader, count);
    return got?.length === count ? undefined : `${got?.length} of ${count} bytes`;
  }
  if (part === "body" || part === "signal" || value === null && elided === undefined) {
    return difference(bytes, await read(reader, bytes.length));
  }
  const command: DialectCommand = portOf(dialect, recorded.session.port).commands.find((one) => one.name === name)!;
  const byShape = name === "createOffer" || name === "listenOffers" || elided !== undefined ||
    (name === "listOffers" && value?.offers !== null);
  if (!byShape) return difference(bytes, await read(reader, bytes.length));
  if (name === "listenOffers") await trigger(play, value!.offer as { Id: string; Files: Info[] });
  const schema = wirePart((part === "event" ? command.events : command.reply)!);
  let got: unknown;
  try {
    got = await reader.message(schema, { timeoutMs: TIMEOUT_MS, bytesMax: 1e7 });
  } catch (error) {
    return `${name}: ${play.target.errors.at(-1) ?? error}`;
  }
  if (elided !== undefined) return undefined;
  assert.equal(shape(got, sources), shape(value, sources, caller), `${recorded.title} ${name}`);
}

/** Makes happen what the recorded node reported: somebody offers something. */
async function trigger({ nodes, target }: Play, { Id, Files }: { Id: string; Files: Info[] }): Promise<void> {
  const { IDS } = await import("./nodes.ts");
  const host = nodes.network.find({ peerId: IDS.A }) ?? await nodes.host(IDS.A);
  const client = new WarpdriveClient({ host, peer: { peerId: target.host.peerId } });
  await client.sendOffer(Id, Files);
}

async function read(reader: SessionReader, count: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(count);
  for (let filled = 0; filled < count;) {
    const got = await reader.read(bytes.subarray(filled), { timeoutMs: TIMEOUT_MS });
    if (got === null) return filled === 0 ? null : bytes.subarray(0, filled);
    filled += got;
  }
  return bytes;
}

function difference(expected: Uint8Array, got: Uint8Array | null): string | undefined {
  const [wanted, came] = [formatHex(expected), got === null ? "closed" : formatHex(got)];
  return wanted === came ? undefined : `${wanted.slice(0, 20)} is ${came.slice(0, 20)}`;
}

/** The end: where the recorded server closed by itself, this one must, too; otherwise the client closes. */
async function ending({ recorded, reader, stream }: Play): Promise<Outcome> {
  const { events } = recorded.session;
  const [closed, left] = ["S:close", "S:read-eof"].map((dir) => events.findIndex((event) => event.dir === dir));
  if (closed >= 0 && (left < 0 || left > closed)) {
    // A session that is open would answer this, if it is one of the node's own programs.
    if (recorded.caller === recorded.target) await stream.write(Uint8Array.of(LIST_PEERS)).catch(() => {});
    const after = await read(reader, 1).catch((error) => {
      if (error.code === "timeout") return "open";
      throw error;
    });
    if (after !== null) return { differs: "stays open" };
  }
  await stream.close();
  return "same";
}

/** A document without what is random, depends on time or place, or is an addition. */
function shape(value: unknown, sources: string, key = ""): unknown {
  if (Array.isArray(value)) {
    // Symbolic links are not offered here.
    return value.filter((item) => item?.Name !== "link").map((item) => shape(item, sources));
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([name]) => !["Sha256", "newline"].includes(name)).map(([name, item]) =>
      [name, shape(item, sources, name)] as const
    );
    const shaped = Object.fromEntries(fields);
    if (shaped.IsDir === true) shaped.Size = "any";
    return shaped;
  }
  if (["Id", "offerId"].includes(key)) return String(value).length;
  if (["Status", "Index", "Progress", "Update", "Create"].includes(key)) return typeof value;
  if (["Uri", "Path"].includes(key)) return String(value).replace(PREFIX, "").replace(sources, "");
  return value;
}
