import type { BinaryRows } from './binary-rows.js';
import type { Gathered } from './gathered.js';

const DASH = 0x2d;
const HEX = Buffer.from('0123456789abcdef');
const DASHES_BEFORE = new Set([4, 6, 8, 10]);
/** Days from 0000-03-01 to 2000-01-01, and in 400 years. */
const DAYS_BEFORE = 730_425;
const DAYS_OF_ERA = 146_097;

/** Adds a value that is a uuid. */
export function addUuid(out: Gathered, { bytes, start }: BinaryRows): void {
  for (let index = 0; index < 16; index++) {
    const byte = bytes[start + index]!;
    if (DASHES_BEFORE.has(index)) out.addByte(DASH);
    out.addByte(HEX[byte >> 4]!);
    out.addByte(HEX[byte & 15]!);
  }
}

/**
 * Adds a value that is a date of the years 1 to 9999, as yyyy-mm-dd. Years that begin in March have their leap day last,
 * so that the days before a month follow from one formula (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days).
 */
export function addDate(out: Gathered, rows: BinaryRows): void {
  const days = rows.int4 + DAYS_BEFORE;
  const era = Math.floor(days / DAYS_OF_ERA);
  const dayOfEra = days - era * DAYS_OF_ERA;
  const leapDays = ((dayOfEra / 1_460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  out.addDigits(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  out.addByte(DASH);
  out.addDigits(month, 2);
  out.addByte(DASH);
  out.addDigits(dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1, 2);
}
