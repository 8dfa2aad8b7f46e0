import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SHELL_PORT } from "../../codec/protocols/warpdrive/mod.ts";
import { fixture } from "../fixture.ts";
import { RECORDINGS, titleOf } from "../protocols/warpdrive/recordings.ts";
import { IDS } from "./nodes.ts";
import { play, type Recorded, type Setup } from "./replay.ts";

const test = suite("warpdrive replays");

/** What the recorded nodes had offered, by id. */
const OFFERED: Readonly<Record<string, string>> = {
  "6b036f4a-ad87-42ae-7aeb-620563670e36": "hello.txt",
  "6021f85f-f3d4-4cce-55a2-35a1e49d1de2": "hello.txt",
  "f1114000-712c-410b-5904-95bbcfe0f0d5": "dir",
  "cd738f31-baf5-4113-45aa-fa8e451fa2e1": "dir",
  "21d0368e-0192-47d0-6529-aec542e4d1fc": "big.bin",
  "bf8b88ce-3057-4aed-4dcd-8f8130a999f2": "chg-10.bin",
  "7824bbbe-d838-4d72-5d27-4bdee391120f": "chg-10.bin",
  "f7e37e69-067c-4001-7556-123e2e8e8152": "chg10.bin",
};

/** What was set up before a session, by the beginning of its title. */
const SETUPS: readonly (readonly [RegExp, Setup])[] = [
  [/^(send-blocked-raw|create-offer-blocked .*(remote|warpdrive\)))/, { peers: { [IDS.A]: ["", "block"] } }],
  [/^create-offer-trusted .*#[24]/, { peers: { [IDS.A]: ["", "trust"] } }],
  [/^cli-prompt-off \(warpdrive\)/, { peers: { [IDS.B]: ["bob", ""] } }],
  [/^download-changed-10/, { offered: OFFERED, prepare: (path) => truncateSync(join(path, "chg-10.bin"), 40) }],
  [/^download-changed10/, {
    offered: OFFERED,
    prepare: (path) => writeFileSync(join(path, "chg10.bin"), "n".repeat(60)),
  }],
  [/download|accept/, { offered: OFFERED }],
];

// What this service does otherwise. Nothing else may differ.

/** A newline behind a document closed the session when it came late. */
const LATE_NEWLINE = "stays open";
/** An id that is unknown made a node go round in circles. */
const HANG = "closes in place of hanging";
/** Whoever knew an id could download; now it is only the peer of the offer. */
const STRANGER = "00 is closed";
/** A trusted peer's offer was never accepted by itself, although it was meant to be. */
const TRUSTED = "00 is 01";
/** The bytes of a source that has changed were sent, as many as there were. */
const CHANGED = "6e6e6e6e6e6e6e6e6e6e is closed";
/** A second command that came in the segment of a document was dropped. */
const PIPELINED = "is answered";

const EXCEPTIONS: Record<string, Record<string, string>> = {
  unified: {
    "update-peer-split-newline (warpdrive)": LATE_NEWLINE,
    "err: accept unknown id (warpdrive)": HANG,
    "stranger-download (warpdrive)": STRANGER,
    "create-offer-trusted (warpdrive) #2": TRUSTED,
    "create-offer-trusted (warpdrive) #4": TRUSTED,
    "download-changed-10 (warpdrive)": CHANGED,
    "cli (warpdrive) #1": HANG,
  },
  draft: {
    "update-peer-split-newline (warpdrive-local)": LATE_NEWLINE,
    "err: download unknown id (warpdrive-remote)": HANG,
    "stranger-download (warpdrive-remote)": STRANGER,
    "download-changed-10 (warpdrive-remote)": CHANGED,
    "download-changed10 (warpdrive-remote)": CHANGED,
    "send-pipelined (warpdrive-remote)": PIPELINED,
  },
};

for (const { dialect, sessions } of RECORDINGS) {
  const file = fixture(`warpdrive-${dialect.name}-sessions.json`) as { sessions: { caller: string; target: string }[] };
  const recorded = sessions.map((session, index): Recorded => ({
    title: titleOf(sessions, session),
    session,
    caller: IDS[file.sessions[index].caller as keyof typeof IDS],
    target: IDS[file.sessions[index].target as keyof typeof IDS],
  })).filter(({ session }) => session.port !== SHELL_PORT && session.events.some(({ bytes }) => bytes.length > 0));

  for (const split of [false, true]) {
    test(`${dialect.name}: what is asked is answered as recorded${split ? ", whatever the pieces" : ""}`, async () => {
      const differences: Record<string, string> = {};
      for (const one of recorded) {
        const [, setup = {}] = SETUPS.find(([title]) => title.test(one.title)) ?? [];
        const outcome = await play(dialect, one, setup, split);
        if (outcome !== "same") differences[one.title] = outcome.differs;
      }
      assert.equal(differences, EXCEPTIONS[dialect.name]);
    });
  }
}

test.run();
