import { describe, expect, it } from 'vitest';
import { runProgram } from '../../support/programs.js';

const MOST_MS = 8 * 60_000;

describe('npm run chaos', () => {
  it(
    'kills processes fifty times, breaks everything else, and finds nothing lost, doubled or left behind',
    async () => {
      const { status, output } = await runProgram('chaos/chaos', ['--kills', '50']);
      console.log(output);
      expect(output).toMatch(/Nothing was lost, doubled or left behind: (5\d|[6-9]\d) kills/);
      expect(output).toMatch(/kill -9 worker mid-copy +│ +\d/);
      expect(status).toBe(0);
    },
    MOST_MS,
  );

  it('exits with 2 and shows its options where it is called wrongly', async () => {
    const { status, output } = await runProgram('chaos/chaos', ['--kills', 'many']);
    expect([status, output]).toEqual([2, expect.stringContaining('Usage: npm run chaos')]);
  });
});
