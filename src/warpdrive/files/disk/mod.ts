/**
 * Files on the disk, in a thread of its own: found, hashed, read, written and named.
 *
 * @module
 */

export { factsOf, type HashOutcome } from "./hash-file.ts";
export { removeJournal } from "./journal-setup.ts";
export { type JournalState, readJournal } from "./journal.ts";
export { inFolder, memoryOfPlan, packPlan, rootOf } from "./packed-plan.ts";
export {
  type DiskThread,
  endIdleThread,
  prepareThread,
  type ThreadJobs,
  throwIfAborted,
  withThread,
  type WrittenChunk,
} from "./thread.ts";
export type { Found } from "./walk.ts";
