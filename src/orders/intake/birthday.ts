const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A month's three letters, lower case, as one number. */
const key = (a: number, b: number, c: number): number => ((a | 0x20) << 16) | ((b | 0x20) << 8) | (c | 0x20);
const MONTH_BY_KEY = new Map(
  MONTHS.map((name, index) => [key(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)), index + 1]),
);

const SPACE = 0x20;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const SLASH = 0x2f;

/**
 * The date in a field: `Feb 27, 1963`, `Feb 27 1963`, `1963-02-27` or `02/27/1963`, and only if the calendar has it.
 *
 * Written by hand, because `new Date` turns Feb 30 into Mar 2 and reads many things that are no dates.
 *
 * @returns year * 10000 + month * 100 + day, or 0 if the field is no date
 */
export function parseBirthday(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < 8 || length > 12) return 0;
  const first = bytes[start]!;
  if (first >= 0x41) return monthFirst(bytes, start, end);
  if (bytes[start + 4] === HYPHEN && bytes[start + 7] === HYPHEN && length === 10) {
    return date(digits(bytes, start, 4), digits(bytes, start + 5, 2), digits(bytes, start + 8, 2));
  }
  if (bytes[start + 2] === SLASH && bytes[start + 5] === SLASH && length === 10) {
    return date(digits(bytes, start + 6, 4), digits(bytes, start, 2), digits(bytes, start + 3, 2));
  }
  return 0;
}

/** `Feb 27, 1963` or `Feb 27 1963`; the day may have one digit. */
function monthFirst(bytes: Buffer, start: number, end: number): number {
  const month = MONTH_BY_KEY.get(key(bytes[start]!, bytes[start + 1]!, bytes[start + 2]!));
  if (month === undefined || bytes[start + 3] !== SPACE) return 0;
  let at = start + 4;
  const dayDigits = isDigit(bytes[at + 1]!) ? 2 : 1;
  const day = digits(bytes, at, dayDigits);
  at += dayDigits;
  if (bytes[at] === COMMA) at += 1;
  if (bytes[at] !== SPACE || end - at !== 5) return 0;
  return date(digits(bytes, at + 1, 4), month, day);
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** The number in so many digits, -1 if one of them is none. */
function digits(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    if (!isDigit(bytes[at]!)) return -1;
    value = value * 10 + bytes[at]! - 0x30;
  }
  return value;
}

function date(year: number, month: number, day: number): number {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]!) return 0;
  if (month === 2 && day === 29 && !isLeap(year)) return 0;
  return year * 10_000 + month * 100 + day;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days from 2000-01-01, PostgreSQL's count of dates, for year * 10000 + month * 100 + day. */
export function daysSince2000(yearMonthDay: number): number {
  const day = yearMonthDay % 100;
  const month = Math.floor(yearMonthDay / 100) % 100;
  // Years that begin with March put the leap day last (Hinnant, "chrono-compatible low-level date algorithms").
  const year = Math.floor(yearMonthDay / 10_000) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 730_425;
}
