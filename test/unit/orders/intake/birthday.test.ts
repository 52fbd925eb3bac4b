import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysSince2000, parseBirthday } from '../../../../src/orders/intake/birthday.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;

/** The date in a text that stands between others in a record; 0 where there is none. */
function parse(text: string): number {
  const bytes = Buffer.from(`|7${text}7|`);
  return parseBirthday(bytes, 2, bytes.length - 2);
}

/** Midnight of a day by JavaScript's calendar, also before the year 100. */
function utc(year: number, month: number, day: number): Date {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at;
}

const two = (value: number): string => String(value).padStart(2, '0');
const four = (value: number): string => String(value).padStart(4, '0');

/** Every way in which a day may be written. */
const writings = (year: number, month: number, day: number): string[] => [
  `${MONTHS[month - 1]} ${two(day)}, ${four(year)}`,
  `${MONTHS[month - 1]} ${day}, ${four(year)}`,
  `${MONTHS[month - 1]} ${two(day)} ${four(year)}`,
  `${MONTHS[month - 1]} ${day} ${four(year)}`,
  `${four(year)}-${two(month)}-${two(day)}`,
  `${two(month)}/${two(day)}/${four(year)}`,
];

describe('parseBirthday', () => {
  it('reads every day of the calendar in each way of writing it, and no day that the calendar lacks', () => {
    const wrong: string[] = [];
    for (const year of [1, 4, 99, 100, 400, 1582, 1700, 1899, 1900, 1963, 1999, 2000, 2004, 2023, 2024, 2100, 9999]) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 1; day <= 31; day++) {
          const isDay = utc(year, month, day).getUTCDate() === day;
          const date = isDay ? year * 10_000 + month * 100 + day : 0;
          wrong.push(...writings(year, month, day).filter((text) => parse(text) !== date));
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(['feb 27, 1963', 'FEB 27, 1963', 'fEB 27 1963'])('reads the month in any case: %s', (text) => {
    expect(parse(text)).toBe(1963_02_27);
  });

  it.each([
    'Feb 30, 1963',
    'Feb 29, 1963',
    'Feb 29 1900',
    'Apr 31, 2000',
    '2001-02-29',
    '02/30/2000',
    '13/01/2000',
    '2000-13-01',
    '2000-00-10',
    '2000-10-00',
    'Feb 0, 1963',
    'Feb 00, 1963',
    'Feb 32, 1963',
    '0000-01-01',
    'Jan 1, 0000',
  ])('refuses %j, which no calendar has', (text) => {
    expect(parse(text)).toBe(0);
  });

  it.each([
    '',
    ' ',
    'today',
    'yesterday',
    'now',
    'tomorrow',
    'infinity',
    '-infinity',
    'epoch',
    '1e3',
    '1e9',
    '0x7ab0227',
    '1963',
    '19630227',
    '27.02.1963',
    '27 Feb 1963',
    'Feb 1963',
    'February 27, 1963',
    'Febr 27 1963',
    'Fe 27, 1963',
    'Foo 27, 1963',
    'Feb27, 1963',
    'Feb  27, 1963',
    'Feb 27,1963',
    'Feb 27 , 1963',
    'Feb 27,  1963',
    'Feb 27; 1963',
    'Feb 27, 63',
    'Feb 27, 963',
    'Feb 27, 19634',
    'Feb 7, 19634',
    'Feb 7 1963x',
    'Feb 027, 1963',
    'Feb 27, 1963 ',
    ' Feb 27, 1963',
    'Feb 27, 1963x',
    'Feb 27, 1963 BC',
    'Feb -7, 1963',
    'Feb 2x, 1963',
    'Feb x, 1963',
    'Feb 27, 19x3',
    'Feb\t27, 1963',
    '63-02-27',
    '1963-2-27',
    '1963-02-7',
    '1963-02-27Z',
    '1963-02-27T00:00:00Z',
    '1963-02-27 BC',
    '1963/02/27',
    '1963-02/27',
    '-963-02-27',
    '+963-02-27',
    '1963--2-27',
    '1963-02- 7',
    '01963-02-27',
    '02/27/63',
    '2/27/1963',
    '02-27-1963',
    '02/27-1963',
    '02/27/1963 ',
    '0 /27/1963',
    '１９６３-02-27',
  ])('refuses %j', (text) => {
    expect(parse(text)).toBe(0);
  });

  it('looks at nothing outside its field', () => {
    const bytes = Buffer.from('1963-02-27');
    expect(parseBirthday(bytes, 0, 9)).toBe(0);
    expect(parseBirthday(Buffer.from('Feb 7, 19'), 0, 9)).toBe(0);
    expect(parseBirthday(Buffer.from('Feb 27, 1963'), 0, 11)).toBe(0);
    expect(parseBirthday(Buffer.alloc(0), 0, 0)).toBe(0);
  });

  it('reads no other text as a date', () => {
    const near = fc.array(fc.constantFrom(...'0123456789-/, FebJan'), { minLength: 8, maxLength: 12 });
    const isDateOrNone = fc.property(near, (parts) => {
      const text = parts.join('');
      const date = parse(text);
      const day = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100] as const;
      const ways = writings(...day).map((each) => each.toLowerCase());
      return date === 0 || ways.includes(text.toLowerCase());
    });
    expect(fc.check(isDateOrNone, { numRuns: 5_000 }).counterexample).toBeNull();
  });
});

describe('daysSince2000', () => {
  it('counts every day of the years from 1 to 9999 as JavaScript does', () => {
    const begin = Date.UTC(2000, 0, 1);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (...ymd) => {
          const at = utc(...ymd);
          const date = at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
          expect(daysSince2000(date)).toBe((at.getTime() - begin) / DAY_MS);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('goes up by one from each day to the next', () => {
    const wrong: string[] = [];
    let before = daysSince2000(1895_12_31);
    for (let at = Date.UTC(1896, 0, 1); at < Date.UTC(2105, 0, 1); at += DAY_MS) {
      const days = daysSince2000(Number(new Date(at).toISOString().slice(0, 10).replaceAll('-', '')));
      if (days !== before + 1) wrong.push(new Date(at).toISOString());
      before = days;
    }
    expect(wrong).toEqual([]);
    expect(daysSince2000(2000_01_01)).toBe(0);
    expect(daysSince2000(1999_12_31)).toBe(-1);
  });
});
