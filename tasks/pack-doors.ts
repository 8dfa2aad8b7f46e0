/**
 * A program that uses every door of the codec, under the name that it has in one of the npm packages.
 *
 * @module
 */

/** What is done with each door: `door` is the module, `core` the one of the core, `same` compares deeply or throws. */
const USES: Readonly<Record<string, string>> = {
  ".": `
    const Offer = door.struct({ kind: door.u8, size: door.u16 });
    same(door.decode(Offer, new Uint8Array([7, 1, 2])), { kind: 7, size: 258 });
    same([...door.encode(Offer, { kind: 7, size: 258 })], [7, 1, 2]);`,
  "./generated": `same(door.getU32(new Uint8Array([0, 0, 1, 2]), 0), 258);`,
  "./generate": `
    const source = door.generateSource({ Frame: core.struct({ kind: core.u8, text: core.string(core.u8) }) });
    writeFileSync("frame.ts", source);`,
  "./cslq": `same(core.decode(door.cslq("c [c]c"), core.parseHex("65 02 6869")), [101, "hi"]);`,
  "./json": `
    const shape = door.jsonObject({ Name: door.jsonString });
    same(door.decodeJson(shape, new TextEncoder().encode('{"name":"a"}')), { Name: "a" });`,
  "./msgpack": `same(door.decodeMsgpack(door.any, core.parseHex("81 a161 93 01 02 c3")), { a: [1, 2, true] });`,
  "./kaitai": `same(door.toKaitai(core.struct({ kind: core.u8 }), { id: "frame" }).includes("type: u1"), true);`,
  "./arbitrary": `
    const fc = await import("fast-check");
    const schema = core.string(core.u16);
    fc.assert(fc.property(door.arbitrary(schema), (text) => core.decode(schema, core.encode(schema, text)) === text));`,
  "./protocols/astral": `
    const { object } = door.decodeObject(core.parseHex("05 75696e7438 00000001 ff"));
    same(object, { type: "uint8", value: 255 });`,
  "./protocols/storj": `
    const nodeId = new Uint8Array(20).fill(0xaa);
    const bytes = door.encodeRequest({ rpc: "ping", args: { nodeId }, messageId: new Uint8Array(20) });
    same(door.decodeDatagram(bytes).args.nodeId, nodeId);
    same(door.filterHas(door.filterWith(door.createFilter(), [1]), 1), true);`,
  "./protocols/warpdrive": `
    const request = core.decode(door.requestSchema(door.unified.ports[0]), core.parseHex("66"));
    same(request, { command: "extensions" });`,
};

/**
 * The program, in JavaScript; it prints the doors.
 *
 * @param doors as in the manifest of the codec, each with the name that it is imported under
 * @throws Error for a door that nothing is known to be done with
 */
export function doorsProgram(doors: ReadonlyMap<string, string>): string {
  const uses = [...doors].map(([door, name]) => {
    const use = USES[door];
    if (use === undefined) throw new Error(`Cannot use "${name}": no use of the door "${door}" is known`);
    return `await use("${name}", async (door) => {${use}\n});\n`;
  });
  return `import { deepStrictEqual as same } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as core from "${doors.get(".")}";
async function use(name, run) {
  await run(await import(name));
  console.log(name);
}
${uses.join("")}`;
}

/** Uses the file that the program above generated, once its types are stripped: it imports the package by itself. */
export const FRAME_PROGRAM = `
import { deepStrictEqual as same } from "node:assert/strict";
import { decodeFrame, encodeFrame } from "./frame.mjs";
same(decodeFrame(encodeFrame({ kind: 7, text: "hi" })), { kind: 7, text: "hi" });
console.log("frame");
`;
