import { suite } from "uvu";
import * as assert from "uvu/assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../tasks/project.ts";
import { start, stop, STORJNODE_ENTRY } from "./cli/program-process.ts";
import { print } from "./cli/program-run.ts";

const test = suite("README");
const readme = await readFile(join(root, "README.md"), "utf8");

/** The texts of the fences of one language. */
function fences(language: string): string[] {
  return Array.from(readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms")), ([, text]) => text);
}

/** The words of a command line; quoted ones keep their spaces. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);
}

/**
 * What differs from run to run, each thing in place of itself: identities, codes, ports, spans, speeds, what offers are
 * called, the point of an interruption.
 */
function shape(text: string): string {
  return text.replace(/\b0[23][0-9a-f]{64}\b/g, "<identity>")
    .replace(/\b0[23][0-9a-f]{6}:[0-9a-f]{8}\b/g, "<identity>").replace(/^0[23][0-9a-f]{6}\b/gm, "<identity>")
    .replace(/(?<=<identity>\.)[0-9a-f]{16}\b/, "<code>")
    .replace(/(?<=@)[\d.]+(?=:\d+$)/gm, "<machine>").replace(/:\d+$/gm, ":<port>")
    .replace(/(?<= into ).*$/gm, "<folder>").replace(/(?<= in )\d+:\d\d \([^)]*\/s\)/g, "<span>")
    .replace(/^photos +▕.*$/gm, "<bar>").replace(/^([0-9a-f]{6}) .*$/gm, "$1 <bytes>")
    .replace(/(?<= body, )\d+(?= bytes$)/gm, "<number>").replace(/\d+(\.\d+)?(?=[/\d.]* ms$)/gm, "<time>");
}

/** What follows a command in the console. */
function shown(prompt: string): string[] {
  return fences("console").filter((fence) => fence.startsWith(prompt));
}

test("the demo shows what the README shows, but for what differs each time", async () => {
  const [fence] = shown("$ npm start\n");
  assert.is(shape(await print(["demo"])), shape(fence.slice("$ npm start\n".length)));
});

test("sharing shows what the README shows, on both machines", async () => {
  const [sharing] = shown("$ warpwire share ");
  const [receiving] = shown("$ warpwire receive ");
  const folder = mkdtempSync(join(tmpdir(), "warpwire-readme-"));
  mkdirSync(join(folder, "notes"));
  writeFileSync(join(folder, "notes/monday.txt"), "x".repeat(1800));
  writeFileSync(join(folder, "notes/tuesday.txt"), "x".repeat(600));
  const program = start(["share", join(folder, "notes"), "--listen", "tcp:127.0.0.1:0"]);
  try {
    const line = await program.line(/^ {2}warpwire receive /);
    const received = await print(["receive", line.trim().split(" ")[2], "--downloads", join(folder, "received")]);
    const { out } = await program.ended;
    assert.is(shape(new TextDecoder().decode(out)), shape(sharing.slice(sharing.indexOf("\n") + 1)));
    assert.is(shape(received), shape(receiving.slice(receiving.indexOf("\n") + 1)));
  } finally {
    await stop(program);
    rmSync(folder, { recursive: true });
  }
});

test("the program prints what the README shows", async () => {
  const commands = shown("$ warpwire encode ").flatMap((fence) => fence.split(/^\$ warpwire /m).slice(1));
  assert.ok(commands.length > 0);
  for (const command of commands) {
    const [line, ...output] = command.split("\n");
    assert.is(await print(words(line)), output.join("\n"), line);
  }
});

test("storjnode prints what the README shows", async () => {
  const [running] = shown("$ storjnode --udp_port=4653 run\n");
  const [using] = shown("$ storjnode --bootstrap=");
  const folder = mkdtempSync(join(tmpdir(), "warpwire-readme-"));
  const program = start(["--udp_port=0", "run"], { STORJ_HOME: join(folder, "running") }, STORJNODE_ENTRY);
  try {
    const line = await program.line(/^Running /);
    const [, port] = / port (\d+) /.exec(line)!;
    const withoutIds = (text: string) => text.replace(/\b[0-9a-f]{40}\b/, "<id>");
    assert.is(withoutIds(line.replace(port, "4653")), withoutIds(running.trimEnd().split("\n")[1]));
    for (const command of using.split(/^\$ storjnode /m).slice(1)) {
      const [line, ...output] = command.split("\n");
      const given = words(line.replace("4653", port));
      assert.is(await print(["storj", "--data", join(folder, "using"), ...given]), output.join("\n"), line);
    }
  } finally {
    await stop(program);
    rmSync(folder, { recursive: true });
  }
});

test("every command of the README is one of the program's", async () => {
  const help = await print(["--help"]);
  const named = readme.split("\n").filter((line) => line.startsWith("| `") && !line.includes("warpwire"))
    .flatMap((line) => Array.from(line.split("|")[1].matchAll(/`(\w+)`/g), ([, name]) => name));
  assert.ok(named.length > 0);
  for (const name of named) assert.match(help, new RegExp(`^  ${name}\\b`, "m"));
});

if ("Deno" in globalThis) {
  test("the first example prints what the README shows", async () => {
    const [example] = fences("ts");
    const [shown] = fences("text");
    let output = "";
    const { log } = console;
    console.log = (text: unknown) => void (output += `${text}\n`);
    try {
      await import(`data:application/typescript,${encodeURIComponent(example.replace("warpwire/codec", CODEC))}`);
    } finally {
      console.log = log;
    }
    assert.is(output, shown);
  });
}

const CODEC = new URL("../codec/mod.ts", import.meta.url).href;

test.run();
