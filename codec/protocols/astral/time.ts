/**
 * Times as nanoseconds since 1970 and as text (RFC 3339), without loss.
 *
 * @module
 */

import { CodecError } from "../../mod.ts";
import { show } from "../../text/mod.ts";

const NS_PER_S = 1_000_000_000n;
const S_PER_DAY = 86_400n;
/** The nanoseconds of a time are an int64: 1677-09-21 to 2262-04-11. */
const TIME_MIN = -(2n ** 63n);
const TIME_MAX = 2n ** 63n - 1n;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * A time in UTC as Go writes it: no digit of the fraction more than needed.
 *
 * ```ts
 * import { formatTime, parseTime } from "warpwire/protocols/astral";
 *
 * console.log(formatTime(1_700_000_000_123_456_789n)); // 2023-11-14T22:13:20.123456789Z
 * console.log(parseTime("2023-11-14T23:13:20+01:00")); // 1700000000000000000n
 * ```
 *
 * @param ns nanoseconds since 1970-01-01T00:00:00Z, an int64
 * @throws CodecError `range`
 */
export function formatTime(ns: bigint): string {
  if (ns < TIME_MIN || ns > TIME_MAX) throw outside(`${ns} ns`);
  const seconds = floorDiv(ns, NS_PER_S);
  const fraction = (ns - seconds * NS_PER_S).toString().padStart(9, "0").replace(/0+$/, "");
  const days = floorDiv(seconds, S_PER_DAY);
  const { year, month, day } = dateOf(Number(days));
  const second = Number(seconds - days * S_PER_DAY);
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map((part) => pad(part, 2));
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${clock.join(":")}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/**
 * The nanoseconds since 1970 of a time with any offset and at most nine digits of a fraction.
 *
 * @throws CodecError `syntax`, or `range` for a time that an int64 cannot hold
 */
export function parseTime(text: string): bigint {
  const match = RFC3339.exec(text);
  if (match === null) throw unreadable(text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const offsetHour = Number(match[9] ?? 0);
  const offsetMinute = Number(match[10] ?? 0);
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDate || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) {
    throw unreadable(text);
  }
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHour * 3600 + offsetMinute * 60);
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
  const ns = BigInt(seconds) * NS_PER_S + BigInt((match[7] ?? "").padEnd(9, "0"));
  if (ns < TIME_MIN || ns > TIME_MAX) throw outside(text);
  return ns;
}

function unreadable(text: string): CodecError {
  return new CodecError("syntax", `Cannot read ${show(text)} as a time: it must be as 2023-11-14T22:13:20.123456789Z`);
}

function outside(what: string): CodecError {
  return new CodecError("range", `Time ${what} is outside the nanoseconds that 64 bits hold (years 1677 to 2262)`);
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

// The Gregorian calendar in eras of 400 years whose years begin in March, so that the leap day is a year's last one
// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days).
const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468;

function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_1970;
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + DAYS_BEFORE_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
