/**
 * Markdown as `deno fmt` writes it.
 *
 * @module
 */

/** What stands where there is nothing. */
export const NONE = "–";

/**
 * A table, padded.
 *
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {"left" | "right"} align of all columns but the first
 * @returns {string}
 */
export function table(head, rows, align) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const pad = (text, i) => i > 0 && align === "right" ? text.padStart(widths[i]) : text.padEnd(widths[i]);
  const line = (row) => `| ${row.map(pad).join(" | ")} |`;
  const rule = widths.map((width, i) => i > 0 && align === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** @param {string[]} items */
export function bullets(items) {
  return items.map((item) => `- ${item}`).join("\n");
}

/** 73, 4.35k, 12.6k, 2.35M: three digits are more than the spread warrants. */
export function duration(nanoseconds) {
  if (nanoseconds < 1000) return String(Math.round(nanoseconds));
  const [unit, size] = nanoseconds < 999_950 ? ["k", 1e3] : ["M", 1e6];
  const scaled = nanoseconds / size;
  return `${scaled.toFixed(scaled < 9.995 ? 2 : 1)}${unit}`;
}

/** @returns {string} */
export function ratio(value) {
  return `${value.toFixed(value < 9.995 ? 2 : 1)}×`;
}

/** When and on what a run was measured. @returns {string} */
export function measuredOn({ date, machine: { cpu, cores, memoryGib, platform } }) {
  return `Measured on ${date}: ${cpu}, ${cores} cores, ${memoryGib} GiB, ${platform}.`;
}

/** How busy the machine was before a measurement began. @param {number} load @returns {string} */
export function loadNote(load) {
  return `The load of the machine was ${load.toFixed(1)} before.`;
}
