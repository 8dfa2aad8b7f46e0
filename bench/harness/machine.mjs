/**
 * The machine that the figures hold for.
 *
 * @module
 */

import os from "node:os";

const GIB = 2 ** 30;

/**
 * @typedef {object} Machine
 * @property {string} cpu model
 * @property {number} cores
 * @property {number} memoryGib
 * @property {string} platform operating system and architecture
 */

/** @returns {Machine} */
export function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() || "unknown",
    cores: cpus.length,
    memoryGib: Math.round(os.totalmem() / GIB),
    platform: `${os.platform()} ${os.arch()}`,
  };
}

/** How busy the machine is with other things: the processes that ran or waited for a core in the last minute. */
export function loadOf() {
  return os.loadavg()[0];
}
