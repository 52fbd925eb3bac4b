import { describe, expect, it } from 'vitest';
import { mayEvict } from '../../../src/health/redis-state.js';

/** The lines of `INFO memory` around the two that count. */
const info = (maxmemory: string, policy: string): string =>
  ['# Memory', 'used_memory:1048576', maxmemory, 'maxmemory_human:1.00M', policy, 'allocator:jemalloc', ''].join(
    '\r\n',
  );

describe('a Redis', () => {
  it.each([
    ['with a limit and allkeys-lru', 'maxmemory:104857600', 'maxmemory_policy:allkeys-lru', true],
    ['with a limit and volatile-ttl', 'maxmemory:1', 'maxmemory_policy:volatile-ttl', true],
    ['with a limit and noeviction', 'maxmemory:104857600', 'maxmemory_policy:noeviction', false],
    ['without a limit, whatever its policy', 'maxmemory:0', 'maxmemory_policy:allkeys-lru', false],
    ['that tells no limit', 'x:1', 'maxmemory_policy:allkeys-lru', false],
    ['that tells no policy', 'maxmemory:1', 'x:1', false],
  ])('%s is judged by what it says', (_what, maxmemory, policy, expected) => {
    expect(mayEvict(info(maxmemory, policy))).toBe(expected);
    expect(mayEvict(info(maxmemory, policy).replaceAll('\r', ''))).toBe(expected);
  });

  it('that says nothing is not taken for a bad one', () => {
    expect(mayEvict('')).toBe(false);
  });
});
