/**
 * Handshakes with the TLS of go-libp2p, where Go is, and that module in its cache: `go mod download` in the folder
 * `go-libp2p` beside this file fetches it. Certificates that are shown by somebody who does not have their keys, too.
 *
 * @module
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UnreachedError } from "../../../src/host/connect/mod.ts";
import { makeCertificate } from "../../../src/host/tls/certificate.ts";
import { tlsHost } from "../../../src/host/tls/host.ts";
import { Identity, PublicIdentity } from "../../../src/identity/mod.ts";
import { root } from "../../../tasks/project.ts";
import { fails, readSome, sameBytes, utf8 } from "../pair.ts";

const test = suite("the TLS host and go-libp2p");
const folder = mkdtempSync(join(tmpdir(), "warpwire-go-"));
const program = join(folder, "go-libp2p");
/** How long the compiler may take; what it made before, it has at once. */
const BUILD_MS_MAX = 100_000;

const missing = build();
const whereItIs = missing === null ? test : test.skip;
if (missing !== null) whyNot(missing);

test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Builds the program; returns why that is not possible. */
function build(): string | null {
  try {
    execFileSync("go", ["build", "-o", program, "."], {
      cwd: join(root, "test/host/tls/go-libp2p"),
      env: { ...process.env, GOFLAGS: "", GOPROXY: "off", GOTOOLCHAIN: "local" },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: BUILD_MS_MAX,
    });
    return null;
  } catch (error) {
    const { stderr, message } = error as { stderr?: Uint8Array; message: string };
    return (new TextDecoder().decode(stderr) || message).split("\n", 1)[0];
  }
}

function whyNot(reason: string): void {
  console.log(`Handshakes with go-libp2p are skipped: ${reason}`);
}

/** The program with its lines. */
function start(...args: string[]): { line(): Promise<string>; rest(): Promise<string[]>; child: ChildProcess } {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    return done === true ? "" : value;
  };
  const rest = async () => {
    const all: string[] = [];
    for (let each = await line(); each !== ""; each = await line()) all.push(each);
    return all;
  };
  return { child, line, rest };
}

/** The certificate of a host, which everybody gets who connects to it. */
async function certificateFile(identity: Identity): Promise<string> {
  const { cert } = await makeCertificate(identity);
  const file = join(folder, `${identity.nodeIdHex}.der`);
  writeFileSync(file, Uint8Array.from(atob(cert.replace(/-----[A-Z ]+-----|\n/g, "")), (each) => each.charCodeAt(0)));
  return file;
}

whereItIs("go-libp2p connects, checks our certificate, and proves its identity", async () => {
  await using host = await tlsHost({ identity: Identity.generate() });
  const address = host.addresses()[0].slice(4);
  const { peerId } = PublicIdentity.fromAstralIdentity(host.peerId);
  assert.equal(await start("dial", address, peerId).rest(), [`peer ${peerId} warpwire/1`, `answer 0 ${host.peerId}`]);
  assert.equal(await start("dial", address, "anybody").rest(), [
    `peer ${peerId} warpwire/1`,
    `answer 0 ${host.peerId}`,
  ]);
  const [refused] = await start("dial", address, Identity.generate().peerId).rest();
  assert.match(refused, /^error peer id mismatch/);
});

whereItIs("we connect to go-libp2p, and it knows who we are", async () => {
  await using host = await tlsHost({ identity: Identity.generate(), listen: [] });
  const there = start("listen", PublicIdentity.fromAstralIdentity(host.peerId).peerId);
  const [address, peerId] = (await there.line()).split(" ");
  const stream = await host.openStream({ peerId, addresses: [`tls:${address}`] }, "test");
  sameBytes(await readSome(stream, 5), utf8("hello"));
  assert.is(stream.peerInfo.peerId, peerId);
  await stream.close();
  const { peerId: own } = PublicIdentity.fromAstralIdentity(host.peerId);
  assert.equal(await there.rest(), [`peer ${own} warpwire/1`, `caller ${host.peerId}`]);
});

whereItIs("who shows a certificate without its key is nobody, and learns nothing", async () => {
  const [alice, bob] = [Identity.generate(), Identity.generate()];
  const file = await certificateFile(alice);
  await using host = await tlsHost({ identity: bob });
  const [caller] = await start("steal", host.addresses()[0].slice(4), file).rest();
  assert.match(caller, /^(read|error) .*(decrypt|bad certificate|handshake failure|reset|EOF)/, caller);
  assert.is(host.openHandles, 1);
  const there = start("steal", file);
  const address = `tls:${await there.line()}`;
  const error = await fails(
    host.openStream({ peerId: alice.astralIdentity, addresses: [address] }, "secret"),
    "unreachable",
  );
  assert.instance(error, UnreachedError);
  // A byte of ours would be read without an error.
  const [heard] = await there.rest();
  assert.match(heard, /^read ((remote|local) error|.*(reset|EOF|closed))/, heard);
});

test.run();
