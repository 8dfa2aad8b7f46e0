/**
 * The service as a host: the suite that every host has to pass, with two services linked over sockets.
 *
 * @module
 */

import type { Host } from "../../src/host/host.ts";
import { socketHost } from "../../src/host/socket/host.ts";
import { astralService, type LocalService } from "../../src/astral/mod.ts";
import { conformance } from "../host/conformance/conformance.ts";
import type { HostPair } from "../host/pair.ts";
import { activeHandles } from "../host/handles.ts";
import { ID_A, ID_B } from "./guests.ts";

/** What the buffers of two TCP sockets on one machine may hold: up to 4 MiB to send and 6 MiB received on Linux. */
const TCP_BUFFER_BYTES_MAX = 16 * 1024 * 1024;

conformance("local service as a host, linked over sockets", async () => {
  const listen = ["tcp:127.0.0.1:0"];
  const links = [await socketHost({ peerId: ID_A, listen }), await socketHost({ peerId: ID_B, listen })];
  return await pairOf(links, { peerId: "", addresses: ["tcp:127.0.0.1:1"] });
}, { datagrams: false, bufferedBytesMax: TCP_BUFFER_BYTES_MAX });

async function pairOf(links: readonly Host[], nobody: HostPair["nobody"]): Promise<HostPair> {
  const before = await activeHandles();
  const services = await Promise.all(
    links.map((link) => astralService({ identity: link.peerId, link, listen: ["tcp:127.0.0.1:0"] })),
  );
  const [a, b] = services.map((service, index) => wholeService(service, links[index]));
  const handles = async () => {
    const open = services.reduce((sum, { openHandles }) => sum + openHandles, 0);
    // The links that are left belong to nobody's service, and are there as before.
    return open + Math.max(0, await activeHandles() - before);
  };
  return { a, b, nobody, handles, stop: () => Promise.all(links.map((link) => link.stop())).then(() => {}) };
}

/** The service's host, whose start and stop are those of the service and its link. */
function wholeService(service: LocalService, link: Host): Host {
  const { host } = service;
  const whole: Host = {
    peerId: host.peerId,
    clock: host.clock,
    random: host.random,
    start: () => link.start().then(() => service.start()),
    stop: () => service.stop().then(() => link.stop()),
    addresses: () => host.addresses(),
    mountStreams: (path, options) => host.mountStreams(path, options),
    mountDatagrams: (path, options) => host.mountDatagrams(path, options),
    openStream: (peer, path, options) => host.openStream(peer, path, options),
    connect: (peer, options) => host.connect(peer, options),
    [Symbol.asyncDispose]: () => whole.stop(),
  };
  return whole;
}
