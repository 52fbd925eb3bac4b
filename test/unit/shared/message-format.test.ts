import { describe, expect, it } from 'vitest';
import { formatMessage, parametersOf } from '../../../src/shared/message-format.js';

describe('a message', () => {
  it('has its parameters filled in, each wherever it stands', () => {
    expect(formatMessage('en', '{n} of {total}, {n} left', { n: 3, total: '5' })).toBe('3 of 5, 3 left');
    expect(formatMessage('en', 'nothing to fill in')).toBe('nothing to fill in');
  });

  it('shows a question mark for a parameter that is not there', () => {
    expect(formatMessage('en', 'column {column}, {constructor}', { line: 1 })).toBe('column ?, ?');
    expect(formatMessage('en', 'column {column}', { column: null })).toBe('column ?');
    expect(formatMessage('es', '{n, number}: {n, plural, one {# pedido} other {# pedidos}}')).toBe('?: ? pedidos');
  });

  it.each([
    '{b} $& $1 {{b}}',
    '{n, plural, other {#}}',
    "it''s '{'",
    '$t(imports.stuck.title)',
    '<b>{a}</b>',
    '#',
    '\\',
  ])('takes no value for a part of itself: %s', (a) => {
    expect(formatMessage('en', '{a} {b}', { a, b: 'x' })).toBe(`${a} x`);
    expect(formatMessage('en', '{n, plural, one {{a} #} other {# {a}}}', { n: 7, a })).toBe(`7 ${a}`);
  });

  it('leaves an apostrophe and a bracket alone', () => {
    expect(formatMessage('en', "the file's <name> is ''{name}''", { name: 'a.csv' })).toBe(
      "the file's <name> is 'a.csv'",
    );
  });

  it.each([
    ['en', 0, '0', '0 orders'],
    ['en', 1, '1', '1 order'],
    ['en', 1234, '1,234', '1,234 orders'],
    ['en', 1_000_000, '1,000,000', '1,000,000 orders'],
    ['pt-BR', 1, '1', '1 order'],
    ['pt-BR', 1234, '1.234', '1.234 orders'],
    ['pt-BR', 12_345.5, '12.345,5', '12.345,5 orders'],
    ['pt-BR', 1_000_000, '1.000.000', '1.000.000 of orders'],
    ['es', 1, '1', '1 order'],
    // Spanish groups from five digits on.
    ['es', 1234, '1234', '1234 orders'],
    ['es', 12_345, '12.345', '12.345 orders'],
    ['es', 1_000_000, '1.000.000', '1.000.000 of orders'],
  ])('counts in %s as the language does: %d', (language, n, number, plural) => {
    expect(formatMessage(language, '{n, number}', { n })).toBe(number);
    expect(formatMessage(language, '{n, plural, one {# order} many {# of orders} other {# orders}}', { n })).toBe(
      plural,
    );
  });

  it('shows an id digit by digit, however large', () => {
    const id = Number.MAX_SAFE_INTEGER;
    for (const language of ['en', 'pt-BR', 'es']) expect(formatMessage(language, '{id}', { id })).toBe(String(id));
  });

  it('tells which parameters it has places for, those in its plural forms too', () => {
    const message = "{a} ''{b, number}'' {n, plural, =0 {none of {c}} one {# of {d}} other {{a}}} '{not}'";
    expect(parametersOf(message).toSorted()).toEqual(['a', 'b', 'c', 'd', 'n']);
  });
});
