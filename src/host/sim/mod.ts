/**
 * A simulated network: hosts with virtual time and seeded faults, for engines and their tests.
 *
 * @module
 */

export { churn, type ChurnOptions } from "./churn.ts";
export { SimHost } from "./host.ts";
export { LINK, type LinkModel } from "./link.ts";
export { type NatOptions, SimNat } from "./nat.ts";
export { type RunOptions, type SimHostOptions, SimNetwork, type SimNetworkOptions } from "./network.ts";
export { SeededRandom } from "./random.ts";
