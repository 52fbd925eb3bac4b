import { afterEach, expect, it, vi } from 'vitest';
import { YoungGarbage } from '../../../src/shared/young-garbage.js';

const MIB = 1024 ** 2;

afterEach(() => vi.unstubAllGlobals());

it('lets the young generation be collected once for each eight megabytes', () => {
  const gc = vi.fn<(options: object) => void>();
  vi.stubGlobal('gc', gc);
  const garbage = new YoungGarbage();
  for (let piece = 0; piece < 17; piece++) garbage.note(MIB);
  expect(gc.mock.calls).toEqual([[{ type: 'minor' }], [{ type: 'minor' }]]);
});

it('does nothing where Node does not allow it', () => {
  vi.stubGlobal('gc', undefined);
  expect(() => new YoungGarbage().note(100 * MIB)).not.toThrow();
});
