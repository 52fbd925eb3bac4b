import { describe, expect, it } from 'vitest';
import { readRuleSet, RULE_CODES } from '../../../../src/orders/rules/rule-set.js';
import { forMessage, violationParams } from '../../../../src/orders/rules/violation-params.js';

const DEFAULTS = {
  allowed_state: { states: ['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR'] },
  zipcode_length: { lengths: [5, 9] },
  zipcode_sum: { max: 20 },
  allowed_age: { years: 21, timeZone: 'America/New_York' },
  email_pattern: {},
  email_state: { refused: { NY: ['.net'] } },
  same_destination: {},
};

const read = (rules: unknown) => readRuleSet(JSON.stringify(rules));

describe('readRuleSet', () => {
  it('gives the documented rules where nothing is configured', () => {
    expect(readRuleSet(null)).toEqual(DEFAULTS);
    expect(readRuleSet('{}')).toEqual(DEFAULTS);
    expect(Object.keys(DEFAULTS)).toEqual(RULE_CODES);
  });

  it.each(RULE_CODES)('switches %s off and leaves the others alone', (code) => {
    expect(read({ [code]: false })).toEqual({ ...DEFAULTS, [code]: false });
  });

  it('fills up the parameters that are not given', () => {
    expect(read({ allowed_age: { years: 18 }, zipcode_sum: { max: 25 } })).toEqual({
      ...DEFAULTS,
      allowed_age: { years: 18, timeZone: 'America/New_York' },
      zipcode_sum: { max: 25 },
    });
  });

  it('reads back the set that it gave, as an import keeps it', () => {
    const set = read({
      allowed_state: { states: ['ca'] },
      email_state: { refused: { ca: ['.Org'] } },
      zipcode_sum: false,
    });
    expect(set).toMatchObject({ allowed_state: { states: ['CA'] }, email_state: { refused: { CA: ['.org'] } } });
    expect(read(set)).toEqual(set);
  });

  it.each([
    ['an unknown rule', { allowed_colour: {} }, ['allowed_colour']],
    ['an unknown parameter', { zipcode_sum: { maximum: 3 } }, ['maximum', 'zipcode_sum']],
    ['a parameter of a rule without any', { email_pattern: { strict: true } }, ['strict', 'email_pattern']],
    ['a rule that is neither off nor an object', { same_destination: true }, ['same_destination']],
    ['a null', { zipcode_sum: null }, ['zipcode_sum']],
    ['a number out of range', { zipcode_sum: { max: -1 } }, ['zipcode_sum.max']],
    ['a broken number', { allowed_age: { years: 20.5 } }, ['allowed_age.years']],
    ['a number as text', { allowed_age: { years: '21' } }, ['allowed_age.years']],
    ['a place without a clock', { allowed_age: { timeZone: 'Mars/Olympus' } }, ['allowed_age.timeZone']],
    ['no lengths', { zipcode_length: { lengths: [] } }, ['zipcode_length.lengths']],
    ['an empty state', { allowed_state: { states: ['NJ', ''] } }, ['allowed_state.states[1]']],
    ['a domain without its dot', { email_state: { refused: { NY: ['net'] } } }, ['email_state.refused.NY[0]']],
    [
      'several of them',
      { zipcode_sum: 1, allowed_age: { years: -1, timeZone: '' } },
      ['zipcode_sum', 'allowed_age.years', 'allowed_age.timeZone'],
    ],
    ['a list', [], ['RULES_FILE']],
    ['a null instead of rules', null, ['RULES_FILE']],
  ])('refuses %s and names it', (_, rules, names) => {
    for (const name of names) expect(() => read(rules)).toThrow(name);
  });

  it.each(['', 'rules', '{', "{'zipcode_sum': false}"])('refuses %j, which is no JSON', (text) => {
    expect(() => readRuleSet(text)).toThrow('RULES_FILE is not JSON');
  });
});

describe('violationParams', () => {
  it('are those of the set that the order was judged by', () => {
    expect(violationParams('zipcode_sum', read({ zipcode_sum: { max: 7 } }))).toEqual({ max: 7 });
  });

  it('are the defaults where the rule is off by now or the set is unknown', () => {
    expect(violationParams('zipcode_sum', read({ zipcode_sum: false }))).toEqual({ max: 20 });
    expect(violationParams('allowed_age', null)).toEqual(DEFAULTS.allowed_age);
  });

  it('are nothing for a code that is no rule by now', () => {
    expect(violationParams('moon_phase', readRuleSet(null))).toEqual({});
  });

  it('become text where a message shows them', () => {
    expect(forMessage(violationParams('zipcode_length', null))).toEqual({ lengths: '5, 9' });
    expect(forMessage({ column: 2, field: 'name' })).toMatchObject({ column: '2 (name)' });
    expect(forMessage({ column: 9 })).toEqual({ column: 9 });
    expect(forMessage({ refused: { NY: ['.net', '.io'], CA: ['.org'] }, max: 20 })).toEqual({
      refused: 'NY: .net, .io; CA: .org',
      max: 20,
    });
  });
});
