/**
 * The main demo: one service sends a folder to another; the transfer is interrupted, resumes, and is verified.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandName, unified } from "../../../codec/protocols/warpdrive/mod.ts";
import { type LinkHost, linkHost } from "../../host/link/mod.ts";
import { systemClock as clock } from "../../host/timing/mod.ts";
import { Identity } from "../../identity/mod.ts";
import { openStore, type Store } from "../../store/mod.ts";
import { type OfferState, type WarpdriveService, warpdriveService } from "../../warpdrive/mod.ts";
import type { Streams } from "../command.ts";
import { LiveLines, progressBar, SpeedMeter } from "../terminal/mod.ts";
import { printSession } from "./recorded-demo.ts";
import { type Recording, recordingHost } from "./recording-host.ts";

/** How often the progress of the transfer is checked. */
const LOOK_MS = 20;
/** Where the transfer is interrupted. */
const INTERRUPT_SHARE = 0.4;
const COLUMNS = 80;
/** How many lines of a message are shown. */
const DUMP_LINES_MAX = 9;

const FILES: readonly (readonly [name: string, bytes: number])[] = [
  ["beach.jpg", 200_000],
  ["film.mov", 40_000_000],
  ["notes.txt", 300],
];

/** Runs the demo in a folder. */
export async function showWarpdrive(folder: string, streams: Streams): Promise<void> {
  const { out } = streams;
  const photos = join(folder, "photos");
  await makeFiles(photos);
  const identity = Identity.generate();
  await using anna = await startDemoNode(join(folder, "anna"), Identity.generate());
  const offerId = await (async () => {
    await using ben = await startDemoNode(join(folder, "ben"), identity);
    out("Two services run on this machine, each with its own key and store. TLS connects them with encryption.\n\n");
    for (const [name, { link }] of [["anna", anna], ["ben", ben]] as const) {
      out(`  ${name.padEnd(4)}  ${link.peerId}  ${link.addresses()[0]}\n`);
    }
    out("\nAnna offers Ben a folder. The first bytes of her message, and his answer:\n");
    const to = { peerId: ben.link.peerId, addresses: ben.link.addresses() };
    const { offerId } = await anna.service.offers.send(to, [photos]);
    printSession(anna.recording.sessions[0], streams, DUMP_LINES_MAX);
    out("\nBen accepts and fetches it. His service is stopped during the transfer:\n\n");
    const offer = ben.service.offers.find("incoming", offerId);
    await ben.service.offers.accept(offer.key);
    await follow(ben.service, offer, streams, ({ done, bytes }) => done >= INTERRUPT_SHARE * bytes);
    return offerId;
  })();
  out("\nHe starts it again. It resumes by itself, after the bytes that are already on disk:\n\n");
  await using ben = await startDemoNode(join(folder, "ben"), identity);
  const offer = ben.service.offers.find("incoming", offerId);
  const arrived = await follow(ben.service, offer, streams, ({ stage }) => stage === "completed" || stage === "failed");
  if (arrived.stage !== "completed") throw new Error(`The demo's transfer has failed: ${arrived.reason}`);
  // Ben confirms after everything is stored.
  await until(() => anna.service.offers.find("outgoing", offerId).stage === "completed");
  printAsked(ben.recording, "download", streams);
  out("\nIt also asks for the SHA-256 of the film: a large file can be offered before its hash is known:\n");
  printAsked(ben.recording, "fileHash", streams);
  out(`\nEverything has arrived: ${await compared(photos, join(folder, "ben", "downloads", "photos"))}\n`);
}

/** Prints the session that a node started with a command. */
function printAsked({ sessions }: Recording, command: CommandName, streams: Streams): void {
  const { opcode } = unified.ports[0].commands.find(({ name }) => name === command)!;
  const session = sessions.find(({ events }) => events[0]?.bytes[0] === opcode);
  if (session !== undefined) printSession(session, streams, DUMP_LINES_MAX);
}

/** Files whose content is the same each time. */
async function makeFiles(folder: string): Promise<void> {
  await mkdir(folder);
  let state = 1;
  for (const [name, bytes] of FILES) {
    const words = new Uint32Array(Math.ceil(bytes / 4));
    // Xorshift (Marsaglia 2003): bytes that do not repeat.
    for (let index = 0; index < words.length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    await writeFile(join(folder, name), new Uint8Array(words.buffer, 0, bytes));
  }
}

/** A service, and what it has asked others. */
interface DemoNode extends AsyncDisposable {
  readonly link: LinkHost;
  readonly recording: Recording;
  readonly service: WarpdriveService;
}

async function startDemoNode(folder: string, identity: Identity): Promise<DemoNode> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const link = await linkHost({ identity });
  const store: Store = await openStore({ folder });
  const recording = recordingHost(link);
  const service = warpdriveService({ host: recording.host, store, downloads: join(folder, "downloads") });
  await service.start();
  return {
    ...{ link, recording, service },
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      await store.close();
      await link.stop();
    },
  };
}

/** Shows an offer until it is as wanted: as a bar that moves on a terminal, elsewhere by what it is at the end. */
async function follow(
  { offers }: WarpdriveService,
  { key }: OfferState,
  { out, terminal, columns = COLUMNS }: Streams,
  isEnough: (offer: OfferState) => boolean,
): Promise<OfferState> {
  const meter = new SpeedMeter();
  const width = Math.max(COLUMNS, columns) - 1;
  const line = () => {
    const { name, done, bytes, stage } = offers.get(key)!;
    // What is on disk already has no speed.
    if (stage !== "accepted") meter.note(done, clock.now());
    return progressBar({ name, done, bytes, meter }, clock.now(), width);
  };
  const live = terminal ? new LiveLines({ out, clock, render: () => [line()] }) : null;
  for (;;) {
    const offer = offers.get(key)!;
    if (isEnough(offer)) {
      live?.[Symbol.dispose]();
      out(`${line()}\n`);
      return offer;
    }
    line();
    live?.change();
    await pause();
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => clock.setTimer(LOOK_MS, resolve));
}

/** Compares what was sent with what has arrived. */
async function compared(sent: string, received: string): Promise<string> {
  const hash = async (folder: string, name: string) =>
    createHash("sha256").update(await readFile(join(folder, name))).digest("hex");
  for (const [name] of FILES) {
    if (await hash(sent, name) !== await hash(received, name)) return `${name} is different`;
  }
  return `${FILES.length} files, and each has the SHA-256 of the original.`;
}
