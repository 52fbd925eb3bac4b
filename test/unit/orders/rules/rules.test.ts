import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedOrder } from '../../../../src/orders/rules/rule.js';
import { codesOf, compileRules, readRuleSet, RULE_CODES, RULES } from '../../../../src/orders/rules/rule-set.js';

const ACCEPTED_AT = new Date('2026-11-23T15:00:00Z');

type Order = Omit<JudgedOrder, 'bytes' | 'emailStart' | 'emailEnd'>;

/** An order that breaks no rule. */
const VALID: Order = {
  state: 'NY',
  zipcodeLength: 5,
  zipcodeSum: 20,
  email: 'anna@example.com',
  birthday: 1963_02_27,
};

/** The rules that an order breaks which differs so from a valid one, under the default rules or others. */
function violations(difference: Partial<Order>, rules: object = {}, acceptedAt = ACCEPTED_AT): string[] {
  const judge = compileRules(readRuleSet(JSON.stringify(rules)), acceptedAt);
  const order = { ...VALID, ...difference };
  // The e-mail stands between other bytes.
  const bytes = Buffer.from(`|${order.email}|`, 'latin1');
  return codesOf(judge({ ...order, bytes, emailStart: 1, emailEnd: 1 + order.email.length }));
}

const broken = (isBroken: boolean, code: string): string[] => (isBroken ? [code] : []);

describe('the default rules', () => {
  it('find nothing wrong with a valid order', () => {
    expect(violations({})).toEqual([]);
  });

  it('name every rule that an order breaks, in the order in which they are documented', () => {
    const order = { state: 'NJ', zipcodeLength: 4, zipcodeSum: 21, email: 'x', birthday: 2020_01_01 };
    expect(violations(order)).toEqual([
      'allowed_state',
      'zipcode_length',
      'zipcode_sum',
      'allowed_age',
      'email_pattern',
    ]);
    expect(violations({ ...order, state: 'NY', email: 'a@b.net' })).toEqual([
      'zipcode_length',
      'zipcode_sum',
      'allowed_age',
      'email_state',
    ]);
  });

  it('give each rule a bit of its own', () => {
    const all = (1 << RULES.length) - 1;
    expect(codesOf(all)).toEqual(RULE_CODES.slice(0, -1));
    expect(codesOf(0)).toEqual([]);
  });
});

describe('allowed_state', () => {
  it.each(['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR'])('ships nothing to %s', (state) => {
    expect(violations({ state })).toEqual(['allowed_state']);
  });

  it.each(['CA', 'NY', 'WA', '', 'NJX', 'N'])('ships to %j', (state) => {
    expect(violations({ state })).toEqual([]);
  });

  it('takes other states, in any case', () => {
    const rules = { allowed_state: { states: ['ca', 'Tx'] } };
    expect(violations({ state: 'CA' }, rules)).toEqual(['allowed_state']);
    expect(violations({ state: 'TX' }, rules)).toEqual(['allowed_state']);
    expect(violations({ state: 'NJ' }, rules)).toEqual([]);
  });
});

describe('zipcode_length', () => {
  it.each([
    [0, true],
    [4, true],
    [5, false],
    [6, true],
    [8, true],
    [9, false],
    [10, true],
    [255, true],
  ])('of %i digits is broken: %s', (zipcodeLength, isBroken) => {
    expect(violations({ zipcodeLength })).toEqual(broken(isBroken, 'zipcode_length'));
  });

  it('takes other lengths', () => {
    const rules = { zipcode_length: { lengths: [0, 8] } };
    expect(violations({ zipcodeLength: 8 }, rules)).toEqual([]);
    expect(violations({ zipcodeLength: 0 }, rules)).toEqual([]);
    expect(violations({ zipcodeLength: 5 }, rules)).toEqual(['zipcode_length']);
  });
});

describe('zipcode_sum', () => {
  it.each([
    [0, false],
    [20, false],
    [21, true],
    [81, true],
  ])('of %i is broken: %s', (zipcodeSum, isBroken) => {
    expect(violations({ zipcodeSum })).toEqual(broken(isBroken, 'zipcode_sum'));
  });

  it('takes another maximum', () => {
    expect(violations({ zipcodeSum: 0 }, { zipcode_sum: { max: 0 } })).toEqual([]);
    expect(violations({ zipcodeSum: 1 }, { zipcode_sum: { max: 0 } })).toEqual(['zipcode_sum']);
  });
});

const isTooYoung = (birthday: number, acceptedAt: string, rules: object = {}): boolean =>
  violations({ birthday }, rules, new Date(acceptedAt)).includes('allowed_age');

describe('allowed_age', () => {
  it('is reached on the very birthday, when that day begins in New York', () => {
    // Winter time there is UTC-5.
    expect(isTooYoung(2005_11_23, '2026-11-23T04:59:59.999Z')).toBe(true);
    expect(isTooYoung(2005_11_23, '2026-11-23T05:00:00Z')).toBe(false);
    expect(isTooYoung(2005_11_24, '2026-11-24T04:59:59Z')).toBe(true);
  });

  it('knows the summer time of New York', () => {
    expect(isTooYoung(2005_07_04, '2026-07-04T03:59:59Z')).toBe(true);
    expect(isTooYoung(2005_07_04, '2026-07-04T04:00:00Z')).toBe(false);
  });

  it('counts at the turn of the year', () => {
    expect(isTooYoung(2005_12_31, '2026-12-31T04:59:59Z')).toBe(true);
    expect(isTooYoung(2005_12_31, '2026-12-31T05:00:00Z')).toBe(false);
    expect(isTooYoung(2006_01_01, '2027-01-01T04:59:59Z')).toBe(true);
    expect(isTooYoung(2006_01_01, '2027-01-01T05:00:00Z')).toBe(false);
  });

  it('is reached on March 1 by those born on February 29, in years without that day', () => {
    expect(isTooYoung(2004_02_29, '2025-02-28T12:00:00Z')).toBe(true);
    expect(isTooYoung(2004_02_29, '2025-03-01T12:00:00Z')).toBe(false);
  });

  it('is reached on February 29 by those born on it, in years with that day', () => {
    const rules = { allowed_age: { years: 20 } };
    expect(isTooYoung(2004_02_29, '2024-02-28T12:00:00Z', rules)).toBe(true);
    expect(isTooYoung(2004_02_29, '2024-02-29T12:00:00Z', rules)).toBe(false);
  });

  it('takes another age and another place', () => {
    const tokyo = { allowed_age: { years: 18, timeZone: 'Asia/Tokyo' } };
    expect(isTooYoung(2008_11_24, '2026-11-23T14:59:59Z', tokyo)).toBe(true);
    expect(isTooYoung(2008_11_24, '2026-11-23T15:00:00Z', tokyo)).toBe(false);
  });

  it('is not reached by those who are not yet born', () => {
    expect(isTooYoung(9999_12_31, '2026-11-23T12:00:00Z')).toBe(true);
    expect(isTooYoung(2026_11_24, '2026-11-23T12:00:00Z', { allowed_age: { years: 0 } })).toBe(true);
  });
});

describe('email_pattern', () => {
  const local = 'a'.repeat(64);
  const domain = `${'b.'.repeat(93)}com`;

  it.each([
    'a@b.co',
    'anna@example.com',
    'Anna.Smith+wine@Mail.Example.COM',
    'euismod@sit.edu',
    "o'hara@example.org",
    '!#$%&*/=?^_`{|}~-@example.com',
    '1@2.3',
    'a@b-c.d-e.co',
    'x@xn--bcher-kva.example',
    `a@${'b'.repeat(63)}.co`,
  ])('takes %s', (email) => {
    expect(violations({ email })).toEqual([]);
  });

  it.each([
    '',
    'anna',
    '@example.com',
    'anna@',
    'anna@example',
    'anna@example.',
    'anna@.com',
    'anna@example..com',
    'an na@example.com',
    ' anna@example.com',
    'anna@example.com ',
    'anna@example.com\n',
    'anna@exam\nple.com',
    'anna@@example.com',
    'anna@example@com.org',
    '.anna@example.com',
    'anna.@example.com',
    'an..na@example.com',
    'anna@-example.com',
    'anna@example-.com',
    'anna@exam_ple.com',
    'anna@[127.0.0.1]',
    '"anna"@example.com',
    'Anna <anna@example.com>',
    'mailto:anna@example.com',
    'anna@example.com,bob@example.com',
    `a@${'b'.repeat(64)}.co`,
  ])('refuses %j', (email) => {
    expect(violations({ email })).toEqual(['email_pattern']);
  });

  it('refuses letters beyond ASCII, which come as Latin-1', () => {
    for (const email of ['josé@example.com', 'jose@exämple.com', 'jose@example.çom']) {
      expect(violations({ email: Buffer.from(email).toString('latin1') })).toEqual(['email_pattern']);
    }
  });

  it('takes and refuses what the expression of HTML does, with dots in their places', () => {
    const expression =
      /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)+$/i;
    const character = fc.constantFrom(...'aZ9.@-_+é "\n');
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const email = characters.join('');
        expect(violations({ email })).toEqual(broken(!expression.test(email), 'email_pattern'));
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes 254 characters and refuses 255', () => {
    expect(`${local}@${domain}`).toHaveLength(254);
    expect(violations({ email: `${local}@${domain}` })).toEqual([]);
    expect(violations({ email: `${local}a@${domain}` })).toEqual(['email_pattern']);
  });

  it('is quick with addresses that are made to be slow', () => {
    const begin = performance.now();
    for (const email of ['a.'.repeat(126), `a@${'a-'.repeat(120)}`, `a@${'a.'.repeat(120)}_`, 'a'.repeat(1_000_000)]) {
      expect(violations({ email })).toEqual(['email_pattern']);
    }
    expect(performance.now() - begin).toBeLessThan(500);
  });
});

describe('email_state', () => {
  it.each(['a@b.net', 'a@b.NET', 'a@b.Net', 'a@b.c.nEt'])('refuses %s to New Yorkers', (email) => {
    expect(violations({ email })).toEqual(['email_state']);
    expect(violations({ email, state: 'CA' })).toEqual([]);
  });

  it.each(['a@b.com', 'a@net.com', 'a@bnet.org', 'a@b.nets', 'a.net@b.com'])('lets New Yorkers have %s', (email) => {
    expect(violations({ email })).toEqual([]);
  });

  it('takes other states and domains, in any case', () => {
    const rules = { email_state: { refused: { ca: ['.ORG', '.io'], TX: ['.com'] } } };
    expect(violations({ state: 'CA', email: 'a@b.org' }, rules)).toEqual(['email_state']);
    expect(violations({ state: 'CA', email: 'a@b.IO' }, rules)).toEqual(['email_state']);
    expect(violations({ state: 'TX', email: 'a@b.org' }, rules)).toEqual([]);
    expect(violations({ state: 'NY', email: 'a@b.net' }, rules)).toEqual([]);
  });
});

describe('a rule that is switched off', () => {
  const order = { state: 'NJ', zipcodeLength: 4, zipcodeSum: 21, email: 'x', birthday: 2020_01_01 };

  it.each(violations(order))('is never broken: %s', (code) => {
    expect(violations(order, { [code]: false })).toEqual(violations(order).filter((each) => each !== code));
  });

  it('is never broken: email_state', () => {
    expect(violations({ email: 'a@b.net' }, { email_state: false })).toEqual([]);
  });
});
