import { type LinkHost, linkHost } from "../../../src/host/link/host.ts";
import { Identity } from "../../../src/identity/mod.ts";
import { conformance } from "../conformance/conformance.ts";
import { activeHandles } from "../handles.ts";

/** What the buffers of two TCP sockets on one machine may hold, and TLS between them. */
const BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

const [alice, bob] = [Identity.generate(), Identity.generate()];

conformance("link host", async () => {
  const before = await activeHandles();
  const a = await linkHost({ identity: alice });
  const b = await linkHost({ identity: bob });
  return {
    a,
    b,
    // Nobody listens on this port: it needs rights that tests don't have.
    nobody: { peerId: "", addresses: ["tcp:127.0.0.1:1"] },
    handles: async () => handlesOf(a) + handlesOf(b) + await activeHandles() - before,
  };
}, { bufferedBytesMax: BUFFERED_BYTES_MAX });

function handlesOf(host: LinkHost): number {
  return host.openHandles;
}
