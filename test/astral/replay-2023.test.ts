/**
 * The dialogues recorded between programs of 2023 and an original node, replayed against the local service.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodePrefix, encode, formatHex, parseHex } from "../../codec/mod.ts";
import { authRequest, commandRequest2023, inboundQuery } from "../../codec/protocols/astral/mod.ts";
import { memoryHost, MemoryNetwork } from "../../src/host/mod.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import type { Connection } from "../../src/astral/channels/connection.ts";
import { fixture } from "../fixture.ts";
import { Bench, take, takeAll } from "./guests.ts";

interface Event {
  readonly dir: "guest>host" | "host>guest";
  readonly hex: string;
  readonly end?: "ok" | "open" | "EOF";
}

/** A connection of a guest, or one of the node to a program. */
interface Dump {
  readonly name: string;
  readonly events?: readonly Event[];
  readonly hex?: string;
  readonly reply?: string | null;
}

interface Recording {
  readonly idA: string;
  readonly idB: string;
  readonly dumps: readonly Dump[];
}

/** Where the service answers something else than the original, the bytes after the token, and why. */
const EXCEPTIONS: Readonly<Record<string, { readonly answer: string; readonly why: string }>> = {
  "query-service-silent(local)": {
    answer: "03",
    why: "the original ends the connection without a code when a local program does not answer",
  },
  admin: { answer: "01", why: "the console is another program of the original, and no part of the protocol" },
};

const recording = fixture("apphost-2023-dialogues.json") as Recording;
const WELCOME = new TextEncoder().encode("welcome");
const test = suite("astral: recorded dialogues of 2023");

/** Two services, of which A comes to know B in the middle of the recording. */
interface Scene {
  readonly bench: Bench;
  readonly a: LocalService;
  readonly b: LocalService;
  /** The program that takes the queries, and its connections. */
  readonly program: Awaited<ReturnType<Bench["serve"]>>;
  /** Connections that hold registrations. */
  readonly registrations: Map<LocalService, Connection>;
}

async function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const { idA, idB } = recording;
  const network = new MemoryNetwork();
  await using linkA = await memoryHost({ network, peerId: idA });
  await using linkB = await memoryHost({ network, peerId: idB });
  const listen = [{ address: "tcp:127.0.0.1:0", protocol: "2023" as const }];
  await using a = await astralService({
    identity: idA,
    alias: "A",
    link: linkA,
    listen,
    tokens: { tokA: "localnode" },
  });
  await using b = await astralService({ identity: idB, link: linkB, listen, tokens: { tokB: "localnode" } });
  await using bench = new Bench();
  const program = await bench.serve();
  await body({ bench, a, b, program, registrations: new Map() });
}

test("every dialogue gets the recorded answers, sentence by sentence", async () => {
  await withScene(async (scene) => {
    const { dumps } = recording;
    for (const [index, dump] of dumps.entries()) {
      if (dump.events === undefined) continue;
      // The recording has what the node sent to the program behind the dialogue that made it do so.
      const inbound = dumps.slice(index + 1, index + 3).filter(({ events }) => events === undefined);
      await replay(scene, dump.name, dump.events, isQueryFor(dump.name) ? inbound : []);
    }
  });
});

function isQueryFor(name: string): boolean {
  return name.startsWith("query-") && !name.includes("unlinked") && !name.includes("dead");
}

async function replay(scene: Scene, name: string, events: readonly Event[], inbound: readonly Dump[]): Promise<void> {
  const sent = events.find(({ dir }) => dir === "guest>host")!;
  const { token } = decodePrefix(authRequest, parseHex(sent.hex)).value;
  const service = token === "tokB" ? scene.b : scene.a;
  // At the beginning the original nodes did not know each other yet.
  if (name === "query-remote-unlinked") await scene.b.stop();
  else await scene.b.start();
  const guest = scene.bench.dial(service.addresses()[0]);
  const serving = inbound.length > 0 ? serve(scene, name, inbound[0]) : Promise.resolve();
  await talk(scene, name, events, guest);
  await serving;
  if (name.startsWith("register")) {
    await scene.registrations.get(service)?.close();
    scene.registrations.set(service, guest);
  }
}

/** Says what the guest said, and compares what comes back. */
async function talk({ program }: Scene, name: string, events: readonly Event[], guest: Connection): Promise<void> {
  const exception = EXCEPTIONS[name];
  let heard = "";
  for (const [index, { dir, hex, end }] of events.entries()) {
    if (dir === "guest>host") {
      const isCommand = index > 0 && hex.startsWith("087265676973746572");
      const write = guest.stream.write(isCommand ? atProgram(parseHex(hex), program.address, name) : parseHex(hex));
      // After the end there may be nobody who takes it.
      await write.catch(() => {});
      continue;
    }
    if (exception !== undefined && index > 1) {
      assert.is(formatHex(await takeAll(guest)), exception.answer, `${name}: not as recorded, since ${exception.why}`);
      return;
    }
    const answer = formatHex(await take(guest, hex.length / 2));
    assert.is(answer, hex, `${name}: sentence ${index} after "${heard}"`);
    heard += answer;
    if (end === "EOF") assert.is(await guest.piece(), null, `${name}: the end after sentence ${index}`);
  }
}

/** The command of a program that registers, with the address at which it is today. */
function atProgram(bytes: Uint8Array, address: string, name: string): Uint8Array {
  const { value } = decodePrefix(commandRequest2023, bytes);
  if (value.command !== "register" || name === "register-dead-target") return bytes;
  return encode(commandRequest2023, { ...value, target: address });
}

/** What the program did in the recording. */
async function serve({ program }: Scene, name: string, { hex, reply }: Dump): Promise<void> {
  const connection = await program.next();
  const query = await connection.nextMessage(inboundQuery, { bytesMax: 512 });
  assert.is(formatHex(encode(inboundQuery, query!)), hex, `${name}: what the program is told`);
  if (reply === null || reply === undefined) {
    assert.is(await connection.piece().catch(() => null), null, `${name}: a silent program is given up`);
    return;
  }
  await connection.stream.write(parseHex(reply));
  if (reply !== "00") return await connection.close();
  await connection.stream.write(WELCOME);
  if (name === "query-accepted") {
    const heard = new TextDecoder().decode(await take(connection, 2));
    await connection.stream.write(new TextEncoder().encode(`echo:${heard}`));
  }
  // In the recording of the remote query the program ended before the guest spoke.
  await connection.close();
}

test.run();
