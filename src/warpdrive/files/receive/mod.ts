/**
 * Received files: names, journal, partial files, and the way to the final name.
 *
 * @module
 */

export { checkEntries, type PlanOptions, planReceive, rootNames } from "./plan.ts";
export { clearReceive, hasJournals, receiveFiles, resumePoint } from "./receive.ts";
