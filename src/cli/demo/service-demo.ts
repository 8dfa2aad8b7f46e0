/**
 * Two services on this machine that reach each other: real ones, with the commands that people use.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { HostError } from "../../host/mod.ts";
import { Identity } from "../../identity/mod.ts";
import { saveKey } from "../../identity/key-file.ts";
import type { Arguments, CommandBody, Streams } from "../command.ts";
import {
  dataFolder,
  type PeerText,
  type RunningService,
  runService,
  serveCommandOn,
  withService,
} from "../service/mod.ts";
import { pingCommand, queryCommand } from "../commands/client/mod.ts";

/** A program that answers one line in capitals, and says who asked. */
const SHOUT = `import process from "node:process";
process.stdin.once("data", (line) => {
  const caller = process.env.WARPWIRE_CALLER.slice(0, 8);
  process.stdout.write(\`\${caller} said \${String(line).toUpperCase()}\`, () => process.exit());
});
`;

/** Runs the demo in a folder. */
export async function showServices(folder: string, streams: Streams): Promise<void> {
  const { out } = streams;
  const [anna, ben] = [await newNode(folder, "anna"), await newNode(folder, "ben")];
  await using annas = await startNode(anna, [{ ...ben, addresses: [] }]);
  await using bens = await startNode(ben, [{ ...anna, addresses: annas.link.addresses() }]);
  out("Two services run on this machine, each with its own key. Ben's service knows the address of Anna's.\n\n");
  for (const { service: { alias, identity }, link } of [annas, bens]) {
    out(`  ${alias.padEnd(4)}  ${identity}  ${link.addresses()[0]}\n`);
  }
  out("\nOne of Ben's programs reaches Anna's node through his service, TLS and her service:\n\n");
  await command("ping", pingCommand, ["anna"], { count: "3", interval: "0.1" }, ben, streams);
  out("\nThe link works both ways:\n\n");
  await command("ping", pingCommand, ["ben"], { count: "1" }, anna, streams);
  out("\nBoth serve the name shout with a program. Each query is the program's input and output.\n");
  const shout = join(folder, "shout.mjs");
  await writeFile(shout, SHOUT);
  const program = [process.execPath, ...("Deno" in globalThis ? ["run", "-A"] : []), shout];
  await withShout(anna, program, () => withShout(ben, program, () => netcats(anna, ben, streams)));
}

async function netcats(anna: Node, ben: Node, streams: Streams): Promise<void> {
  for (const [from, to] of [[ben, anna], [anna, ben]]) {
    streams.out("\n");
    const line = `hello ${to.name}\n`;
    await command(
      "query",
      queryCommand,
      [to.name, "shout"],
      {},
      from,
      { ...streams, input: inputOf(line) },
      `echo ${line.trim()} | `,
    );
  }
}

/** Somebody with a data folder. */
type Node = Pick<PeerText, "name" | "identity"> & { readonly data: string };

async function newNode(folder: string, name: string): Promise<Node> {
  const data = join(folder, name);
  await mkdir(data, { mode: 0o700 });
  const identity = Identity.generate();
  await saveKey(dataFolder(data).key, identity);
  return { name, identity: identity.astralIdentity, data };
}

async function startNode({ name, data }: Node, peers: readonly PeerText[]): Promise<RunningService> {
  const folder = dataFolder(data);
  return await runService({
    folder,
    keyFile: folder.key,
    alias: name,
    listen: ["tcp:127.0.0.1:0"],
    apphost: ["tcp:127.0.0.1:0"],
    peers,
  }, () => ({ log: () => {}, end: () => {} }));
}

/** Prints a command as somebody types it, and runs it. */
async function command(
  called: string,
  { run }: CommandBody,
  positionals: readonly string[],
  options: Readonly<Record<string, string>>,
  { data, name }: Node,
  streams: Streams,
  before = "",
): Promise<void> {
  const words = [...positionals, ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value])];
  streams.out(`${name}$ ${before}warpwire ${called} ${words.join(" ")}\n`);
  const args: Arguments = { positionals, options: { ...options, data } };
  const status = await run(args, streams) ?? 0;
  if (status !== 0) throw new HostError("unreachable", `warpwire ${called} ended with the status ${status}`);
}

/** Does something while a node serves the name `shout`. */
async function withShout({ data }: Node, program: readonly string[], work: () => Promise<void>): Promise<void> {
  await withService({ positionals: [], options: { data } }, async (host) => {
    const protocol = host.mountStreams("shout");
    await host.ready();
    const stop = new AbortController();
    const served = { command: program, concurrentMax: 1, clock: host.clock, signal: stop.signal, onEvent: () => {} };
    const serving = serveCommandOn(protocol, served);
    try {
      await work();
    } finally {
      stop.abort();
      await serving;
    }
  });
}

async function* inputOf(text: string): AsyncGenerator<string> {
  yield text;
}
