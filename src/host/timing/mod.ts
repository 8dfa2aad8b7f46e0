/**
 * Waiting: clocks, time limits, turns, and one thing after another.
 *
 * @module
 */

export { firstOf, STAGGER_MS } from "./first-of.ts";
export { nextMacrotask, queueMacrotask, systemClock, systemRandom } from "./system.ts";
export { type GiveUp, mutex, pause, type Settle, TIME_LIMITS, TIMER_MS_MAX, wait } from "./wait.ts";
