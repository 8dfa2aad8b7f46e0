/**
 * Work that is carried out one piece after the other, such as starting and stopping.
 *
 * @module
 */

/** Makes a function that carries out what it is given when everything given before is done, whether that failed or not. */
export function oneByOne(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
