/**
 * Progress for people who wait.
 *
 * @module
 */

/**
 * Reports every quarter of a measurement once.
 *
 * @param {(message: string) => void} report
 * @returns {(done: number) => void} takes the share that is done
 */
export function inQuarters(report) {
  let last = 0;
  return (done) => {
    const quarter = Math.floor(done * 4);
    if (quarter > last) report(`${quarter * 25} %`);
    last = quarter;
  };
}
