import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SocketHost, socketHost } from "../../../src/host/socket/host.ts";
import { conformance } from "../conformance/conformance.ts";
import { activeHandles } from "../handles.ts";
import type { HostPair } from "../pair.ts";

/** What the buffers of two TCP sockets on one machine may hold: up to 4 MiB to send and 6 MiB received on Linux. */
const TCP_BUFFER_BYTES_MAX = 16 * 1024 * 1024;

/** Nobody listens on these ports of the loopback interface: they are reserved, and need rights that tests don't have. */
const nobody = { peerId: "", addresses: ["tcp:127.0.0.1:1", "udp:127.0.0.1:1"] };

conformance("socket host over TCP", async () => {
  const before = await activeHandles();
  const a = await socketHost({ peerId: "alice" });
  const b = await socketHost({ peerId: "bob" });
  return pairOf(a, b, before);
}, { bufferedBytesMax: TCP_BUFFER_BYTES_MAX });

conformance("socket host over unix sockets", async () => {
  const before = await activeHandles();
  const folder = mkdtempSync(join(tmpdir(), "warpwire-"));
  const listen = (name: string) => [`unix:${join(folder, name)}`];
  const a = await socketHost({ peerId: "alice", listen: listen("a") });
  const b = await socketHost({ peerId: "bob", listen: listen("b") });
  return pairOf(a, b, before, () => {
    if (existsSync(join(folder, "a"))) throw new Error("A stopped host leaves its unix socket behind");
    rmSync(folder, { recursive: true });
  });
}, { datagrams: false, tellsAbort: false, bufferedBytesMax: TCP_BUFFER_BYTES_MAX });

function pairOf(a: SocketHost, b: SocketHost, before: number, stop: () => void = () => {}): HostPair {
  return { a, b, nobody, handles: async () => a.openHandles + b.openHandles + await activeHandles() - before, stop };
}
