/**
 * Transfers by commands, as people send something to each other: ours, and those of others where they are on the
 * machine. Both ends are on the loopback interface, as is everything between them.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startCommand } from "../harness/command.mjs";
import { commandOf } from "../harness/runtimes.mjs";

const ROOT = new URL("../../", import.meta.url);
const HOST = "127.0.0.1";

/**
 * @typedef {object} Place
 * @property {string} runtime
 * @property {string} path what is sent
 * @property {string} received the folder to receive it in
 * @property {string} work an empty folder for keys and the like
 * @property {(port: number) => Promise<number>} [through] what leads to a port, where not it itself
 */

/**
 * @typedef {object} Outcome
 * @property {number} ms
 * @property {number} [readyMs] how much of it until the sender can be asked
 * @property {number} cpuMs of both sides
 * @property {number} [betweenMs] of programs between them, which others run for people
 * @property {number} peakBytes the largest size of the receiver
 */

/** @type {Record<string, { needs: string[], transfer: (place: Place) => Promise<Outcome> }>} */
export const COMMANDS = {
  share: { needs: [], transfer: byShare },
  croc: { needs: ["croc"], transfer: byCroc },
  wormhole: { needs: ["wormhole", "twist"], transfer: byWormhole },
  sendme: { needs: ["sendme"], transfer: bySendme },
  scp: { needs: ["scp", "sshd", "ssh-keygen"], transfer: (place) => bySsh(place, scpWords) },
  rsync: { needs: ["rsync", "ssh", "sshd", "ssh-keygen"], transfer: (place) => bySsh(place, rsyncWords) },
};

/** Those of the programs that a command needs which are not on this machine. @param {string} kind */
export function missing(kind) {
  return COMMANDS[kind].needs.filter((name) => programOf(name) === null);
}

/** The path of a program: `sshd` wants its own to be whole. */
function programOf(name) {
  const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  try {
    return execFileSync("sh", ["-c", `command -v "$0"`, name], { encoding: "utf8", env: { ...process.env, PATH } })
      .trim();
  } catch {
    return null;
  }
}

/** The words that start our program. @param {string} runtime */
function warpwire(runtime) {
  const { bin } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
  return [...commandOf(runtime), fileURLToPath(new URL(bin.warpwire, ROOT))];
}

async function byShare({ runtime, path, received, through }) {
  return await both(
    startCommand([...warpwire(runtime), "share", "--json", "--listen", `tcp:${HOST}:0`, path]),
    /"share":"([^"@]+@[^":]+:)(\d+)"/,
    async ([, to, port]) => {
      const share = to + (await through?.(Number(port)) ?? port);
      mkdirSync(received);
      return startCommand([...warpwire(runtime), "receive", "--yes", "--hidden", "--downloads", received, share]);
    },
  );
}

/** Without compression: random bytes cannot be compressed, and it would be slower with it. */
async function byCroc({ path, received }) {
  const ports = await Promise.all(Array.from({ length: 5 }, freePort));
  const env = { CROC_SECRET: "7121-one-two-three" };
  const relay = startCommand(["croc", "relay", "--host", HOST, "--ports", ports.join(",")]);
  try {
    await reachable(ports[0]);
    const options = ["--ignore-stdin", "--relay", `${HOST}:${ports[0]}`, "--yes", "--no-compress", "--overwrite"];
    const outcome = await both(
      startCommand(["croc", ...options, "send", "--no-local", path], { env }),
      /Code is/,
      () => {
        mkdirSync(received);
        return startCommand(["croc", ...options, "--out", received], { env });
      },
    );
    relay.end();
    return { ...outcome, betweenMs: (await relay.ended).cpuMs };
  } finally {
    relay.end();
  }
}

async function byWormhole({ path, received, work }) {
  const port = await freePort();
  mkdirSync(work);
  const mailbox = startCommand(["twist", "wormhole-mailbox", "--port", `tcp:${port}:interface=${HOST}`], { cwd: work });
  try {
    await reachable(port);
    const words = ["wormhole", "--relay-url", `ws://${HOST}:${port}/v1`, "--transit-helper", ""];
    const outcome = await both(
      startCommand([...words, "send", "--hide-progress", "--code", "7-one-two", path]),
      /7-one-two/,
      () => {
        mkdirSync(received);
        return startCommand([...words, "receive", "--hide-progress", "--accept-file", "7-one-two"], { cwd: received });
      },
    );
    mailbox.end();
    return { ...outcome, betweenMs: (await mailbox.ended).cpuMs };
  } finally {
    mailbox.end();
  }
}

/** The sender does not end by itself. */
async function bySendme({ path, received }) {
  const sender = startCommand(["sendme", "send", "--relay", "disabled", path], { cwd: join(path, "..") });
  return await both(
    sender,
    /sendme receive (\S+)/,
    ([, ticket]) => {
      mkdirSync(received);
      return startCommand(["sendme", "receive", "--relay", "disabled", ticket], { cwd: received });
    },
    () => sender.end(),
  );
}

/** A server of its own, on a free port, with keys that are made for it. */
async function bySsh({ path, received, work, through }, wordsOf) {
  const port = await freePort();
  mkdirSync(work, { mode: 0o700 });
  mkdirSync(received);
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(work, name)]);
  }
  writeFileSync(join(work, "allowed"), readFileSync(join(work, "user.pub")), { mode: 0o600 });
  const set = (options) => options.flatMap((option) => ["-o", option]);
  const server = startCommand([
    ...[programOf("sshd"), "-D", "-e", "-f", "/dev/null", "-p", String(port), "-h", join(work, "host")],
    ...set([`ListenAddress=${HOST}`, `AuthorizedKeysFile=${join(work, "allowed")}`, "StrictModes=no", "UsePAM=no"]),
    ...set(["PidFile=none", "PermitRootLogin=yes", "Subsystem=sftp internal-sftp"]),
  ]);
  try {
    await reachable(port);
    const at = String(await through?.(port) ?? port);
    const options = set(["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]);
    const client = startCommand(wordsOf(path, received, at, ["-i", join(work, "user"), ...options]));
    const startMs = performance.now();
    const { cpuMs } = await client.ended;
    const ms = performance.now() - startMs;
    server.end();
    const served = await server.ended;
    return { ms, cpuMs: cpuMs + served.cpuMs, peakBytes: served.peakBytes };
  } finally {
    server.end();
  }
}

function scpWords(path, received, port, options) {
  return ["scp", "-q", "-r", "-P", port, ...options, path, `${userInfo().username}@${HOST}:${received}/`];
}

/** Writes to the disk what it has received, as ours does. */
function rsyncWords(path, received, port, options) {
  const shell = ["ssh", "-p", port, ...options].join(" ");
  return ["rsync", "-r", "--whole-file", "--fsync", "-e", shell, path, `${userInfo().username}@${HOST}:${received}/`];
}

/** From the start of the sender, with all that it does before it can be asked, until both have ended. */
async function both(sender, ready, startReceiver, whenReceived = () => {}) {
  const startMs = performance.now();
  let receiver;
  try {
    const found = await sender.printed(ready);
    const readyMs = performance.now() - startMs;
    receiver = await startReceiver(found);
    const received = await receiver.ended;
    whenReceived();
    const sent = await sender.ended;
    const ms = performance.now() - startMs;
    return { ms, readyMs, cpuMs: sent.cpuMs + received.cpuMs, peakBytes: received.peakBytes };
  } finally {
    receiver?.end();
    sender.end();
  }
}

async function freePort() {
  const server = createServer().listen(0, HOST);
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until somebody listens. */
async function reachable(port) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, HOST);
    const found = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (found) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Nobody listens on the port ${port}`);
}
