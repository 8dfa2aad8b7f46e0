/**
 * Amounts of bytes and spans of time, as people read them.
 *
 * @module
 */

const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** Bytes in powers of 1000 with three digits, as file managers and vendors of disks count: `999 bytes`, `1.30 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
  let [value, unit] = [bytes / 1000, 0];
  // From 999.5 on, three digits are rounded up to four.
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

/** Seconds as `0:07`, `12:30` or `3:00:00`; from 100 hours on nobody wants to know. */
export function formatSpan(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (!(whole < 360_000)) return "over 99 hours";
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours === 0 ? `${minutes}:${two(rest)}` : `${hours}:${two(minutes)}:${two(rest)}`;
}

/** What was moved in how long: `1.30 GB in 0:12 (105 MB/s)`. */
export function formatMoved(bytes: number, seconds: number): string {
  const speed = bytes > 0 && seconds > 0 ? ` (${formatBytes(bytes / seconds)}/s)` : "";
  return `${formatBytes(bytes)} in ${formatSpan(seconds)}${speed}`;
}
