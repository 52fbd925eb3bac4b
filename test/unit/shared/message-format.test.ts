import { describe, expect, it } from 'vitest';
import { formatMessage } from '../../../src/shared/message-format.js';

describe('a message', () => {
  it('has its parameters filled in, each wherever it stands', () => {
    expect(formatMessage('{n} of {total}, {n} left', { n: 3, total: '5' })).toBe('3 of 5, 3 left');
    expect(formatMessage('nothing to fill in')).toBe('nothing to fill in');
  });

  it('shows a question mark for a parameter that is not there', () => {
    expect(formatMessage('column {column}, {constructor}', { line: 1 })).toBe('column ?, ?');
    expect(formatMessage('column {column}')).toBe('column ?');
  });

  it('takes no value for a part of itself', () => {
    expect(formatMessage('{a} {b}', { a: '{b} $& $1 {{b}}', b: 'x' })).toBe('{b} $& $1 {{b}} x');
  });

  it('leaves no reference to another text in a value, and keeps its own', () => {
    const text = formatMessage('{a} $t(rules.{b})', { a: '$t(imports.stuck.title)', b: 'max' });
    expect(text).toBe('$\u2060t(imports.stuck.title) $t(rules.max)');
  });
});
