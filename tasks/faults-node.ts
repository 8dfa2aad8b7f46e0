/**
 * A warpdrive node in a process of its own, which is meant to be killed:
 *
 *     faults-node <carrier> <folder> <secret key> <address at which others find it>
 *
 * It accepts every offer, and prints lines of JSON: `ready` with the address at which it listens and the offers that it
 * has, every offer that changes, and errors of the background. On its input it takes `{"send": path, "to": peer}` and
 * `{"stop": true}`; when the input ends, so does the process.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { Libp2pHost } from "../src/host/libp2p/host.ts";
import { SocketHost } from "../src/host/socket/host.ts";
import { TlsHost } from "../src/host/tls/host.ts";
import { Identity } from "../src/identity/mod.ts";
import { openStore } from "../src/store/mod.ts";
import { warpdriveService } from "../src/warpdrive/mod.ts";
import type { Carrier } from "./faults-link.ts";
// A thread is started by the path of its program: named here, it is built for Node, too.
import type {} from "../src/warpdrive/files/disk/disk-thread.ts";

const HOSTS = {
  socket: ({ astralIdentity: peerId }: Identity) => new SocketHost({ peerId, listen: ["tcp:127.0.0.1:0"] }),
  tls: (identity: Identity) => new TlsHost({ identity, listen: ["tls:127.0.0.1:0"] }),
  libp2p: (identity: Identity) => new Libp2pHost({ identity, listen: ["tcp:127.0.0.1:0"] }),
} satisfies Record<Carrier, unknown>;

const [carrier, folder, key, address] = process.argv.slice(2);
const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const host = HOSTS[carrier as Carrier](Identity.parse(key));
await host.start();
const [ownAddress] = host.addresses();
// Others reach it at the address of somebody who forwards.
host.addresses = () => [address];
const store = await openStore({
  folder: join(folder, "data"),
  onDamage: (damage) => print({ error: `The store is damaged: ${JSON.stringify(damage)}` }),
});
const service = warpdriveService({
  ...{ host, store, downloads: join(folder, "received"), accept: "all" },
  onError: (error) => print({ note: String(error) }),
});
const events = service.offers.events();
await service.start();
print({ ready: ownAddress, offers: service.offers.list() });
void report();
for await (const line of createInterface({ input: process.stdin })) await command(JSON.parse(line));
process.exit();

async function report(): Promise<void> {
  for await (const { kind, offer } of events) if (kind !== "removed") print({ offer });
}

async function command(
  { send, to, stop }: { send?: string; to?: { peerId: string; addresses: string[] }; stop?: true },
) {
  if (send !== undefined) {
    await service.offers.send(to!, [send]).then(({ offerId }) => print({ sent: offerId }), (error) => {
      print({ error: `Cannot send: ${error}` });
    });
  }
  if (stop) {
    await service.stop();
    await store.close();
    print({ stopped: true });
  }
}
