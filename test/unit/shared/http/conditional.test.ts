import { describe, expect, it } from 'vitest';
import { isHeld } from '../../../../src/shared/http/conditional.js';

describe('If-None-Match', () => {
  it.each(['W/"tag"', '"tag"', '"other", W/"tag"', '"other","tag"', '*', '"a, b", W/"tag"'])(
    '%s names the tag',
    (header) => expect(isHeld(header, 'W/"tag"')).toBe(true),
  );

  it.each([undefined, '', '"other"', 'tag', 'W/tag', '"tag', '"TAG"', '"other, tag"'])('%s does not', (header) =>
    expect(isHeld(header, 'W/"tag"')).toBe(false),
  );
});
