import type { OrderFilter } from '../list-orders.dto.js';

/** What a filter asks for in SQL. */
export interface Conditions {
  /** Of the table `orders`, joined by AND; `$1`, `$2` and so on stand for the values. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** SQL of each part of a filter, `$` standing for its value. The index `orders_search` knows the longer ones. */
const CONDITIONS: Readonly<Record<keyof OrderFilter, string>> = {
  valid: 'valid = $',
  state: 'state = $',
  importId: 'import_id = $',
  zipcode: `zipcode COLLATE "C" >= $::text AND zipcode COLLATE "C" < $::text || ':'`,
  email: '(hashtext(lower(email)) & 16383) = (hashtext(lower($::text)) & 16383) AND lower(email) = lower($::text)',
  emailDomain: `lower(split_part(email, '@', -1)) COLLATE "C" = lower($::text)`,
  rule: 'violations @> ARRAY[$]::text[]',
  bornFrom: 'birthday >= $::date',
  bornTo: 'birthday <= $::date',
};

/** The conditions of a filter behind those that the caller has: `before` are their values. */
export function conditionsOf(filter: OrderFilter, before: readonly unknown[] = []): Conditions {
  const values = [...before];
  const sql = Object.entries(CONDITIONS).flatMap(([name, condition]) => {
    const value = filter[name as keyof OrderFilter];
    if (value === undefined) return [];
    values.push(value);
    return [condition.replaceAll('$', () => `$${values.length}`)];
  });
  return { sql: sql.join(' AND ') || 'true', values };
}

/** Whether orders are looked for by something that has no order by id of its own in any index. */
export const isSearch = ({ zipcode, email, emailDomain, rule, bornFrom, bornTo }: OrderFilter): boolean =>
  [zipcode, email, emailDomain, rule, bornFrom, bornTo].some((value) => value !== undefined);
