/**
 * Received files: names, journal, partial files, and the way to the final name.
 *
 * @module
 */

export { findLost, LOST_REASONS, lostBy, type LostFiles, type LostReason } from "./lost.ts";
export { checkEntries, type PlanOptions, planReceive, rootNames } from "./plan.ts";
export { clearReceive, hasJournals, receiveFiles, resumePoint } from "./receive.ts";
