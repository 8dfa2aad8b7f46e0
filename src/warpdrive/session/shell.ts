/**
 * The port on which a person can type commands: lines in, text out.
 *
 * @module
 */

import { SHELL_FILTERS, SHELL_GREETING } from "../../../codec/protocols/warpdrive/mod.ts";
import type { Clock, Stream } from "../../host/mod.ts";
import { directionOf, follow, fullDocument, type NodeParts } from "./handlers.ts";
import { SessionReader } from "../client/mod.ts";
import { type OfferEvent, type OfferState, statusDocument } from "../offers/mod.ts";

/** A shell on a stream. */
export interface ShellParts {
  readonly stream: Stream;
  readonly clock: Clock;
  readonly node: NodeParts;
  /** Where `send` sends without a recipient: the node itself. */
  readonly self: string;
  readonly signal: AbortSignal;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LINE_BYTES_MAX = 4096;
const IDLE_MS_MAX = 3_600_000;
const WRITE_MS_MAX = 600_000;
const OFFER_END = "-".repeat(35);

/** What a line does; `end` ends the session. */
type Command = (shell: Shell, words: readonly string[]) => Promise<void | "end">;

const COMMANDS: Readonly<Record<string, Command>> = {
  peers: async (shell) => {
    for (const { id, alias, mod } of shell.node.peers.list()) await shell.print(`${id} ${alias} ${mod}`);
  },
  send: async (shell, [path, peer = shell.self]) => {
    if (path === undefined) return await shell.print("<filePath> <peerId>?");
    const { offerId, accepted } = await shell.node.exchange.send(peer, [path]);
    await shell.print(`${offerId} ${accepted ? "accepted" : "delivered"}`);
  },
  in: (shell) => shell.printOffers(true),
  out: (shell) => shell.printOffers(false),
  sub: (shell, words) =>
    shell.subscribe(words, async ({ kind, offer }) => {
      if (kind === "added" && offer.stage === "awaiting") await shell.printOffer(offer);
    }),
  stat: (shell, words) =>
    shell.subscribe(words, async ({ kind, offer }) => {
      if (kind === "removed") return;
      const { Id, Update, In, Status, Index, Progress } = statusDocument(offer);
      await shell.print(`${Id} ${Update} ${In} ${Status} ${Index} ${Progress}`);
    }),
  get: async (shell, [id]) => {
    if (id === undefined) return await shell.print("<offerId>");
    await shell.node.downloads.accept(shell.node.book.find(true, id));
    await shell.print("accepted");
  },
  update: async (shell, [peer, attribute, value]) => {
    if (attribute === undefined || value === undefined) return await shell.print("<peerId> <attr> <value>");
    const known = attribute === "alias" || attribute === "mod";
    await shell.node.peers.update(peer, known ? { [attribute]: value } : {});
    await shell.print("updated");
  },
  exit: (shell) => shell.exit(),
  e: (shell) => shell.exit(),
  help: (shell) => shell.help(),
  h: (shell) => shell.help(),
  "": (shell) => shell.help(),
  "prompt-off": (shell) => shell.quiet(),
};
/** Names that `help` does not list. */
const UNTOLD: ReadonlySet<string> = new Set(["exit", "e", "help", "h", "", "prompt-off"]);

/** Serves a person up to the end of the session, and closes the stream. Throws what a command throws, which ends it. */
export async function serveShell(parts: ShellParts): Promise<void> {
  try {
    await new Shell(parts).run();
  } finally {
    await parts.stream.close();
  }
}

class Shell {
  readonly node: NodeParts;
  readonly self: string;
  #prompt: string = SHELL_GREETING;
  readonly #stream: Stream;
  readonly #signal: AbortSignal;
  readonly #reader: SessionReader;

  constructor({ stream, clock, node, self, signal }: ShellParts) {
    this.node = node;
    this.self = self;
    this.#stream = stream;
    this.#signal = signal;
    this.#reader = new SessionReader(stream, clock);
  }

  async run(): Promise<void> {
    await this.write(new TextEncoder().encode(SHELL_GREETING));
    for (let line = await this.#line(); line !== null; line = await this.#line()) {
      const [name, ...words] = line.split(" ");
      const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (await command?.(this, words) === "end") return;
      await this.#writePrompt();
    }
  }

  async print(line: string): Promise<void> {
    await this.write(new TextEncoder().encode(`${line.toWellFormed()}\n`));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#stream.write(bytes, { signal: this.#signal, timeoutMs: WRITE_MS_MAX });
  }

  /** Leaves; the original greets once more before it notices. */
  async exit(): Promise<"end"> {
    await this.write(new TextEncoder().encode(SHELL_GREETING));
    return "end";
  }

  /** From now on prompts are empty, but for the next one, which is a newline. */
  quiet(): Promise<void> {
    this.#prompt = "\n";
    return Promise.resolve();
  }

  async help(): Promise<void> {
    for (const name of Object.keys(COMMANDS)) if (!UNTOLD.has(name)) await this.print(name);
  }

  async printOffers(incoming: boolean): Promise<void> {
    for (const offer of this.node.book.list(incoming)) await this.printOffer(offer);
  }

  async printOffer(offer: OfferState): Promise<void> {
    const { In, Peer, Id, Create, Status, Index, Progress, Update, Files } = await fullDocument(this.node.book, offer);
    const lines = [`incoming: ${In}`, `peer: ${Peer}`, `offer id: ${Id}`, `created at: ${Create}`, `status: ${Status}`];
    if (Index > -1) lines.push(`  file index: ${Index}`, `  progress: ${Progress}`, `  update at: ${Update}`);
    lines.push("files:", ...(Files ?? []).map(({ Name, Size }, index) => `${index}. ${Name} (${Size}B)`), OFFER_END);
    await this.print(lines.join("\n"));
  }

  /** Reports events until the person types anything, which ends the session, too. */
  async subscribe(
    [word = "all"]: readonly string[],
    report: (event: OfferEvent) => Promise<void>,
  ): Promise<void | "end"> {
    if (!Object.hasOwn(SHELL_FILTERS, word)) return await this.print(`Invalid filter:  ${word}`);
    await follow(this.node, directionOf(SHELL_FILTERS[word]), { reader: this.#reader, signal: this.#signal }, report);
    return "end";
  }

  async #writePrompt(): Promise<void> {
    const prompt = new TextEncoder().encode(this.#prompt);
    if (this.#prompt === "\n") this.#prompt = "";
    await this.write(Uint8Array.of(prompt.length, ...prompt));
  }

  /** The next line without its end, or `null` when there is none. */
  async #line(): Promise<string | null> {
    const bytes: number[] = [];
    const wait = { signal: this.#signal, timeoutMs: IDLE_MS_MAX };
    for (;;) {
      const byte = await this.#reader.byte(wait);
      if (byte === null || bytes.length > LINE_BYTES_MAX) return null;
      if (byte === NEWLINE) break;
      bytes.push(byte);
    }
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes.pop();
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}
