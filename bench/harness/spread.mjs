/**
 * What many measured numbers come to.
 *
 * @module
 */

/**
 * The number below which a share of all of them lies.
 *
 * @param {number[]} numbers at least one
 * @param {number} share from 0 to 1
 */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** @param {number[]} numbers at least one */
export function median(numbers) {
  return quantile(numbers, 0.5);
}
