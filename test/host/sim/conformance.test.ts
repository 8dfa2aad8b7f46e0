import { SimNetwork } from "../../../src/host/sim/mod.ts";
import { conformance } from "../conformance/conformance.ts";

conformance("simulated host", async () => {
  const network = new SimNetwork({ seed: 1, link: { latencyMs: 5 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await Promise.all([a.start(), b.start()]);
  return { a, b, nobody: { peerId: "nobody" }, settle: (work) => network.drive(work) };
});

conformance("simulated host on a narrow link with jitter", async () => {
  const network = new SimNetwork({ seed: 2, link: { latencyMs: 40, jitterMs: 20, bytesPerSecond: 10_000_000 } });
  const [a, b] = [network.addHost(), network.addHost()];
  await Promise.all([a.start(), b.start()]);
  return { a, b, nobody: { peerId: "", addresses: ["udp:10.9.9.9:1"] }, settle: (work) => network.drive(work) };
});
