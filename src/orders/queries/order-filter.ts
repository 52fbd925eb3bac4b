import type { OrderFilter } from '../list-orders.dto.js';

/** What a filter asks for in SQL. */
export interface Conditions {
  /** Of the table `orders`, joined by AND; `$1`, `$2` and so on stand for the values. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A condition, `$` standing for its value. */
type Term = readonly [sql: string, value: unknown];

/** Digits of the zip code that `orders_search` knows, and the fewest with which it is of use. */
const KEY_DIGITS = 5;
const LEAST_DIGITS = 3;
/** Most days that are looked up one by one. */
const MOST_DAYS = 62;
const DAY_MS = 86_400_000;

/** SQL of each part of a filter. The index `orders_search` knows the longer ones; `+ 0` keeps it from the ranges. */
const CONDITIONS: Readonly<Record<keyof OrderFilter, string>> = {
  valid: 'valid = $',
  state: 'state = $',
  importId: 'import_id = $',
  zipcode: 'starts_with(zipcode, $)',
  email: '(hashtext(lower(email)) & 16383) = (hashtext(lower($::text)) & 16383) AND lower(email) = lower($::text)',
  emailDomain: `lower(split_part(email, '@', -1)) COLLATE "C" = lower($::text)`,
  rule: 'violations @> ARRAY[$]::text[]',
  bornFrom: 'birthday + 0 >= $::date',
  bornTo: 'birthday + 0 <= $::date',
};

/** The conditions of a filter behind those that the caller has: `before` are their values. */
export function conditionsOf(filter: OrderFilter, before: readonly unknown[] = []): Conditions {
  const values = [...before];
  const sql = [...termsOf(filter), ...keysOf(filter)].map(([condition, value]) => {
    values.push(value);
    return condition.replaceAll('$', () => `$${values.length}`);
  });
  return { sql: sql.join(' AND ') || 'true', values };
}

const termsOf = (filter: OrderFilter): Term[] =>
  Object.entries(CONDITIONS).flatMap(([name, condition]): Term[] => {
    const value = filter[name as keyof OrderFilter];
    return value === undefined ? [] : [[condition, value]];
  });

/** What follows from a filter and can be looked up by equality: a range makes a GIN index read all below and all above. */
function keysOf({ zipcode, bornFrom, bornTo }: OrderFilter): Term[] {
  const days = bornFrom && bornTo ? daysBetween(bornFrom, bornTo) : [];
  return [
    ...((zipcode?.length ?? 0) >= LEAST_DIGITS
      ? [['left(zipcode, 5) = ANY($::text[])', arrayOf(zipKeys(zipcode!.slice(0, KEY_DIGITS)))] as const]
      : []),
    ...(days.length > 0 ? [['birthday = ANY($::date[])', arrayOf(days)] as const] : []),
  ];
}

/** The first digits of every zip code that begins with these, those of too few digits included. */
const zipKeys = (digits: string): string[] =>
  digits.length === KEY_DIGITS
    ? [digits]
    : [digits, ...Array.from({ length: 10 }, (_, next) => zipKeys(`${digits}${next}`)).flat()];

/** Each day of a short time, yyyy-mm-dd; none of a long one. */
function daysBetween(from: string, to: string): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (!(count >= 1 && count <= MOST_DAYS)) return [];
  return Array.from({ length: count }, (_, day) =>
    new Date(Date.parse(from) + day * DAY_MS).toISOString().slice(0, 10),
  );
}

const arrayOf = (texts: readonly string[]): string => `{${texts.join(',')}}`;

/** Whether orders are looked for by something that has no order by id of its own in any index. */
export const isSearch = ({ zipcode, email, emailDomain, rule, bornFrom, bornTo }: OrderFilter): boolean =>
  [zipcode, email, emailDomain, rule, bornFrom, bornTo].some((value) => value !== undefined);
