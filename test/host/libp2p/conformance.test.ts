import { type Libp2pHost, libp2pHost } from "../../../src/host/libp2p/host.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { conformance } from "../conformance/conformance.ts";
import { activeHandles } from "../handles.ts";

/** What may be on its way while nobody reads: a window of yamux, what waits before it, the buffers of two sockets. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;

const [alice, bob] = [Identity.generate(), Identity.generate()];

conformance("libp2p host", async () => {
  const before = await activeHandles();
  const a = await libp2pHost({ identity: alice });
  const b = await libp2pHost({ identity: bob });
  return {
    a,
    b,
    // Nobody listens on this port: it needs rights that tests don't have.
    nobody: { peerId: "", addresses: ["tcp:127.0.0.1:1"] },
    handles: async () => handlesOf(a) + handlesOf(b) + await activeHandles() - before,
  };
}, { bufferedBytesMax: BUFFERED_BYTES_MAX });

function handlesOf(host: Libp2pHost): number {
  return host.openHandles;
}
