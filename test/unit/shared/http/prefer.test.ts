import { describe, expect, it } from 'vitest';
import { waitOf } from '../../../../src/shared/http/prefer.js';

describe('the preference to wait', () => {
  it.each([
    ['wait=10', 10],
    ['wait=0', 0],
    ['WAIT = 10', 10],
    ['wait="10"', 10],
    ['respond-async, wait=10', 10],
    ['return=minimal; foo="some, wait=5", wait=10', 10],
    ['wait=10; foo=bar', 10],
    ['wait=10, wait=20', 10],
    ['wait=61', 60],
    ['wait=999999999', 60],
  ])('of %s is %i seconds', (header, seconds) => expect(waitOf(header, 60)).toBe(seconds));

  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=ten',
    'wait="10',
    'wait=1e3',
    'waits=10',
    'await=10',
    'foo="wait=10"',
    'foo="wait=10',
    'wait=9999999999999999999999',
    'wait=x, wait=10',
    ',,,;=',
  ])('is none of %s', (header) => expect(waitOf(header, 60)).toBeNull());
});
