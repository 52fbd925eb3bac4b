import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describedCodes, errorsPage } from '../../src/cli/docs/errors-page.js';
import { REMEDIES } from '../../src/cli/docs/remedies.js';
import { ROOT } from './source-files.js';

const codes = Object.values(describedCodes()).flat();

describe('the page of errors', () => {
  it('is what `npm run docs` writes', () => {
    expect(readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')).toBe(errorsPage());
  });

  it('has a remedy for every code, and no other', () => {
    expect(codes.length).toBeGreaterThan(60);
    expect(Object.keys(REMEDIES).toSorted()).toEqual(codes.map(({ key }) => key).toSorted());
  });

  it('gives every problem a status', () => {
    const { problems } = describedCodes();
    expect(problems!.find(({ code }) => code === 'imports.file-too-large')?.status).toBe(413);
    expect(problems!.filter(({ status }) => !(status! >= 400 && status! <= 599))).toEqual([]);
  });

  it('has no message whose parameters are not named', () => {
    expect(codes.filter(({ meaning }) => /77\d,?\d{3}|NaN|plural/.test(meaning))).toEqual([]);
  });
});
