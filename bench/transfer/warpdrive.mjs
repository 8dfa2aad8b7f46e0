/**
 * A node that sends and receives by the warpdrive service.
 *
 * @module
 */

import { libp2pHost } from "../../dist/src/host/libp2p/host.js";
import { socketHost } from "../../dist/src/host/socket/host.js";
import { tlsHost } from "../../dist/src/host/tls/mod.js";
import { Identity } from "../../dist/src/identity/mod.js";
import { openStore } from "../../dist/src/store/mod.js";
import { warpdriveService } from "../../dist/src/warpdrive/mod.js";

const HOSTS = {
  socket: (identity) => socketHost({ peerId: identity.astralIdentity, listen: ["tcp:127.0.0.1:0"] }),
  tls: (identity) => tlsHost({ identity }),
  libp2p: (identity) => libp2pHost({ identity }),
};
/** Where an offer can be when nothing more happens to it. */
const ENDS = new Set(["completed", "failed", "rejected", "cancelled"]);

/**
 * @param {"socket" | "tls" | "libp2p"} kind
 * @returns {import("./program.mjs").MakeNode}
 */
export function warpdriveNode(kind) {
  return async (folder) => {
    const host = await HOSTS[kind](Identity.generate());
    const store = await openStore({ folder: `${folder}-data` });
    const onError = (error) => console.error(error);
    const service = warpdriveService({ host, store, downloads: folder, accept: "all", onError });
    await service.start();
    return {
      address: { peerId: host.peerId, addresses: host.addresses() },
      send: (to, path) => service.offers.send(to, [path]),
      receive: () => nextEnd(service),
      announce: (addresses) => host.addresses = () => addresses,
      async stop() {
        await service.stop();
        await host.stop();
        await store[Symbol.asyncDispose]();
      },
    };
  };
}

/** Waits for the next incoming offer to end. */
async function nextEnd({ offers }) {
  for await (const { offer } of offers.events()) {
    if (!offer.incoming || !ENDS.has(offer.stage)) continue;
    if (offer.stage !== "completed") {
      throw new Error(`The offer is ${offer.stage}: ${offer.reason}`);
    }
    return;
  }
}
