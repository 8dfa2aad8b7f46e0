/**
 * Receiving that a power failure ends: at every call that changes the disk, with everything lost that was not brought to it,
 * with its contents lost, or with some of it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, linkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromSeed } from "../../../codec/arbitrary/random.ts";
import { clearFiles } from "../../../src/warpdrive/files/disk/journal-setup.ts";
import { disk } from "../../../src/warpdrive/files/disk/disk.ts";
import { FileWriter } from "../../../src/warpdrive/files/disk/file-writer.ts";
import { type CollisionPolicy, FilesError, type OfferedEntry, planReceive } from "../../../src/warpdrive/files/mod.ts";
import { packPlan, type UnpackedPlan, unpackPlan } from "../../../src/warpdrive/files/disk/packed-plan.ts";
import { seed } from "../../codec/seed.ts";
import { randomBytes, treeOf, withFolder, writeTree } from "./tree.ts";
import { LosingDisk, type Loss, type Moment, type Tree } from "./losing-disk.ts";

const test = suite("warpdrive files: power failures");

const PIECE_BYTES = 400_000;

/** What is sent. Two files are large enough to be brought to the disk at once. */
const SENT: Readonly<Record<string, Uint8Array | null>> = {
  "top": null,
  "top/a": text("first"),
  "top/b": text("second"),
  "top/inner": null,
  "top/inner/large": randomBytes(fromSeed(1), 2 ** 20 + 5),
  "top/inner/none": text(""),
  "top/inner/z": text("small"),
  "top/later": null,
  "top/later/large": randomBytes(fromSeed(2), 2 ** 20),
  "top/later/x": text("last of all"),
};

function text(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Contents are hashed once, however often they come. */
const hashes = new WeakMap<Uint8Array, string>();

function sha256(content: Uint8Array): string {
  const hash = hashes.get(content) ?? createHash("sha256").update(content).digest("hex");
  hashes.set(content, hash);
  return hash;
}

function entriesOf(sent: typeof SENT, hashed: boolean): OfferedEntry[] {
  return Object.entries(sent).map(([uri, content]) => ({
    ...{
      uri,
      size: content?.length ?? 0,
      isDirectory: content === null,
      permissions: content === null ? 0o755 : 0o644,
    },
    sha256: hashed && content !== null ? sha256(content) : undefined,
  }));
}

/** A transfer to a folder. */
interface Transfer {
  readonly out: string;
  readonly sent: typeof SENT;
  readonly hashed: boolean;
  readonly onCollision: CollisionPolicy;
}

async function planOf({ out, sent, hashed, onCollision }: Transfer): Promise<UnpackedPlan> {
  return unpackPlan(packPlan(await planReceive(out, "peer/id", entriesOf(sent, hashed), { onCollision })));
}

/** Receives what is missing, up to so many bytes, and returns how many bytes came. */
async function receive(transfer: Transfer, bytesMax = Infinity): Promise<number> {
  const plan = await planOf(transfer);
  const writer = new FileWriter(plan);
  await writer.start();
  const { index, offset } = writer.point;
  const missing = Object.values(transfer.sent).slice(index).flatMap((content) => content === null ? [] : [content]);
  const bytes = Uint8Array.from(Buffer.concat(missing)).subarray(offset);
  const end = Math.min(bytes.length, bytesMax);
  try {
    for (let start = 0; start < end; start += PIECE_BYTES) {
      await writer.write(bytes.subarray(start, Math.min(end, start + PIECE_BYTES)));
    }
    if (end < bytes.length) await writer.stop();
    else await writer.finish();
  } catch (error) {
    await writer.stop();
    throw error;
  }
  return end;
}

/** Receives what is missing; a file whose contents the disk has lost is noticed by its hash, and comes again. */
async function complete(transfer: Transfer): Promise<number> {
  for (let attempt = 1;; attempt++) {
    try {
      return await receive(transfer);
    } catch (error) {
      if (!(error instanceof FilesError && error.code === "hash-mismatch") || attempt === 3) throw error;
    }
  }
}

/** Puts into a folder what is left of it. */
function restore(out: string, left: Tree): void {
  rmSync(out, { recursive: true });
  // The folder that is made just before the journal may stay without it: the next attempt would leave it alone.
  const { top, ...rest } = left;
  const begun = Object.keys(left).some((path) => path.endsWith(".journal"));
  const placed = new Map<Uint8Array | null, string>();
  writeTree(out, { ".": null });
  for (const [path, content] of Object.entries(top === undefined || !begun ? rest : left)) {
    const other = content === null ? undefined : placed.get(content);
    if (other === undefined) writeTree(out, { [path]: content });
    else linkSync(join(out, other), join(out, path));
    placed.set(content, path);
  }
}

function hashesOf(tree: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, content]) => [
      path,
      content === null ? "folder" : sha256(content),
    ]),
  );
}

/** How many bytes of the offer have their final names. */
function namedBytes(seen: Tree, { wanted, there }: Case): number {
  const isWanted = (content: Uint8Array | null, path: string) =>
    content instanceof Uint8Array && Buffer.compare(content, wanted[path]!) === 0;
  const named = Object.keys(wanted).filter((path) => isWanted(seen[path], path) && !isWanted(there[path], path));
  return named.reduce((sum, path) => sum + wanted[path]!.length, 0);
}

/** What is received, and what becomes of it. */
interface Case extends Omit<Transfer, "out"> {
  /** What is in the folder before. */
  readonly there: Tree;
  /** What is in it afterwards. */
  readonly wanted: Tree;
  /** How many bytes come before the transfer is stopped, each time. */
  readonly stops: readonly number[];
  readonly losses: readonly Loss[];
}

/** A moment of a transfer, and the bytes that nobody should have to send again; all of them are there at the end. */
interface Claim {
  readonly moment: Moment;
  readonly kept: number;
  readonly finished: boolean;
}

/** Receives in a folder that loses things. */
async function follow(transfer: Transfer & Case): Promise<Claim[]> {
  const { out, there, stops } = transfer;
  restore(out, there);
  using losing = new LosingDisk(out, there, fromSeed(seed));
  const stopped: { from: number; bytes: number }[] = [];
  let bytes = 0;
  for (const bytesMax of [...stops, Infinity]) {
    bytes += await receive(transfer, bytesMax);
    stopped.push({ from: losing.moments.length - 1, bytes });
  }
  clearFiles(await planOf(transfer));
  return losing.moments.map((moment, at) => {
    const claimed = stopped.findLast(({ from }) => from <= at)?.bytes ?? 0;
    const kept = Math.max(claimed, namedBytes(moment.seen, transfer));
    return { moment, kept, finished: at >= stopped.at(-1)!.from };
  });
}

/** What must be true after a power failure. */
async function checkLeft(transfer: Transfer & Case, left: Tree, { kept, finished }: Claim, where: string) {
  const { out, sent, there, wanted } = transfer;
  restore(out, left);
  const whole = [hashesOf(wanted), hashesOf(there)];
  if (finished) return assert.equal(treeOf(out), whole[0], where);
  for (const [path, hash] of Object.entries(treeOf(out))) {
    assert.ok(path.endsWith(".part") || whole.some((hashes) => hashes[path] === hash), `"${path}" is whole: ${where}`);
  }
  const total = Object.values(sent).reduce((sum, content) => sum + (content?.length ?? 0), 0);
  const again = await complete(transfer);
  assert.ok(again <= total - kept, `${again} bytes come again, ${kept} of ${total} were there: ${where}`);
  clearFiles(await planOf(transfer));
  assert.equal(treeOf(out), whole[0], where);
}

async function check(given: Case): Promise<void> {
  await withFolder(async (folder) => {
    const transfer = { ...given, out: join(realpathSync(folder), "out") };
    writeTree(transfer.out, { ".": null });
    const claims = await follow(transfer);
    // What comes afterwards need not get to the disk.
    const system = { ...disk };
    Object.assign(disk, { fsync: (_: number, done: (error: null) => void) => done(null) });
    try {
      for (const [at, claim] of claims.entries()) {
        for (const loss of given.losses) {
          const { call, left } = claim.moment;
          const where = `${loss} lost after call ${at} of ${claims.length}, "${call}", seed ${seed}`;
          await checkLeft(transfer, left[loss](), claim, where);
        }
      }
    } finally {
      Object.assign(disk, system);
    }
  }, existsSync("/dev/shm") ? "/dev/shm" : undefined);
}

const OWN = { "top": null, "top/a": text("there before"), "top/own": text("of somebody else") };
const ALONE = { "a.txt": text("all of it"), "large": SENT["top/later/large"] };

const CASES: Readonly<Record<string, Case>> = {
  "with hashes": {
    ...{ sent: SENT, hashed: true, onCollision: "rename", there: {}, wanted: SENT, stops: [] },
    losses: ["everything", "contents", "some"],
  },
  // Without a hash, nothing tells zeros from contents: see receiveFiles.
  "without hashes, stopped three times": {
    ...{ sent: SENT, hashed: false, onCollision: "rename", there: {}, wanted: SENT, stops: [3, 700_000, 900_000] },
    losses: ["everything", "some"],
  },
  "over files that are there": {
    ...{ sent: SENT, hashed: true, onCollision: "overwrite", there: OWN, wanted: { ...OWN, ...SENT }, stops: [] },
    losses: ["everything", "contents", "some"],
  },
  "beside files that are there": {
    ...{ sent: ALONE, hashed: true, onCollision: "rename", there: { "a.txt": text("own") }, stops: [] },
    wanted: { "a.txt": text("own"), "a (2).txt": ALONE["a.txt"], "large": ALONE["large"] },
    losses: ["everything", "contents", "some"],
  },
};

for (const [name, given] of Object.entries(CASES)) {
  test(`what was complete or stopped stays, the rest comes, and nothing is wrong: ${name}`, () => check(given));
}

test.run();
