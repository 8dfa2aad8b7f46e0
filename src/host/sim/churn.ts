/**
 * Hosts that come and go.
 *
 * @module
 */

import type { SimHost } from "./host.ts";
import type { SimNetwork } from "./network.ts";

/** How hosts come and go. */
export interface ChurnOptions {
  /** How long a host stays up on average, in milliseconds. */
  readonly upMs: number;
  /** How long it stays down on average, in milliseconds. */
  readonly downMs: number;
  /** When it ends, in milliseconds since the beginning of the simulation: hosts that are down stay so. */
  readonly untilMs: number;
  /** Called after a host was started again, with nothing mounted: the place to make its program anew. */
  readonly started: (host: SimHost) => void;
}

/**
 * Crashes hosts and starts them again, each after times of an exponential distribution, so that crashes come
 * independently of each other. The times come from the network's seed.
 */
export function churn(network: SimNetwork, hosts: Iterable<SimHost>, options: ChurnOptions): void {
  for (const host of hosts) scheduleCrash(network, host, options);
}

function scheduleCrash(network: SimNetwork, host: SimHost, options: ChurnOptions): void {
  const atMs = network.nowMs + network.random.exponential(options.upMs);
  if (atMs > options.untilMs) return;
  network.at(atMs, () => {
    host.crash();
    scheduleStart(network, host, options);
  });
}

function scheduleStart(network: SimNetwork, host: SimHost, options: ChurnOptions): void {
  const atMs = network.nowMs + network.random.exponential(options.downMs);
  if (atMs > options.untilMs) return;
  network.at(atMs, () => {
    void host.start();
    options.started(host);
    scheduleCrash(network, host, options);
  });
}
