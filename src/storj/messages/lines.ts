/**
 * One thing under way for each name, and the others in their order.
 *
 * @module
 */

/** What is done when its turn has come. It does not reject. */
type Job = () => Promise<void>;

/** Runs jobs one after the other for each name, and for different names at the same time. */
export class Lines {
  /** What waits, by name; a name is here as long as something of it is under way. */
  readonly #lines = new Map<string, Set<Job>>();
  readonly #max: number;
  #size = 0;

  /** @param max How many jobs may wait or be under way, for all names together */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many jobs wait or are under way. */
  get size(): number {
    return this.#size;
  }

  /** Whether there is no place for another job. */
  get full(): boolean {
    return this.#size >= this.#max;
  }

  /** Adds a job, and returns how to take it out again, which does nothing once it has begun. */
  add(name: string, job: Job): () => void {
    this.#size += 1;
    const line = this.#lines.get(name);
    if (line !== undefined) line.add(job);
    else void this.#run(name, job);
    return () => {
      if (this.#lines.get(name)?.delete(job)) this.#size -= 1;
    };
  }

  async #run(name: string, first: Job): Promise<void> {
    const line = new Set<Job>([first]);
    this.#lines.set(name, line);
    // Those that come meanwhile are visited, too.
    for (const job of line) {
      line.delete(job);
      await job();
      this.#size -= 1;
    }
    this.#lines.delete(name);
  }
}
