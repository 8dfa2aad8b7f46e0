/**
 * The state of a download while it runs.
 *
 * @module
 */

/** A download that was accepted and is not over. */
export interface Job {
  readonly controller: AbortController;
  /** Settled when the sender has confirmed for the first time, or the first attempt has failed. */
  confirmed: Promise<void>;
  confirm: () => void;
  refuse: (error: unknown) => void;
  /** Whether an attempt has failed, so that it waits for the next one. */
  refused: boolean;
  /** Whether the sender has said, since the last attempt began, that it is still making a hash. */
  patient: boolean;
  /** Whether it has names of its own on disk, from when its first attempt begins. */
  placed: boolean;
  /** Settled when nothing more is done for it. */
  ended: Promise<void>;
}

/** A download that begins. */
export function newJob(): Job {
  const nothing = () => {};
  const job: Job = {
    controller: new AbortController(),
    confirmed: Promise.resolve(),
    ended: Promise.resolve(),
    refused: false,
    ...{ patient: false, placed: false },
    confirm: nothing,
    refuse: nothing,
  };
  job.confirmed = new Promise((resolve, reject) => Object.assign(job, { confirm: resolve, refuse: reject }));
  // A caller that waits for the confirmation gets its error; nobody has to wait.
  job.confirmed.catch(nothing);
  return job;
}
