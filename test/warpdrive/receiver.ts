/**
 * A warpdrive node in a process of its own, which accepts everything of one peer: `receiver <folder> <peer> <address>`.
 * It prints `ready` with its address, and then the stages of its offers. It is meant to be killed.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import "../end-with-parent.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { openStore } from "../../src/store/mod.ts";
import { warpdriveService } from "../../src/warpdrive/mod.ts";
import { IDS } from "./nodes.ts";

const [, , folder, peer, address] = process.argv;
const host = await socketHost({ peerId: IDS.B, listen: ["tcp:127.0.0.1:0"] });
await host.connect({ peerId: peer, addresses: [address] });
const store = await openStore({ folder: join(folder, "data") });
const service = warpdriveService({ host, store, downloads: join(folder, "received") });
await service.start();
await service.peers.setRule(peer, "trust");
const events = service.offers.events();
console.log(`ready ${host.addresses()[0]}`);
for await (const { offer } of events) console.log(offer.stage);
