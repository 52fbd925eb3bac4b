// `npm run fuzz -- --requests 5000 --seed 1`: the test of hostile requests, made from docs/openapi.json, with more of them.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || !/^\d+$/.test(values.requests) || !/^-?\d+$/.test(values.seed)) {
  console.log('npm run fuzz -- [--requests 5000] [--seed N]');
  process.exit(values.help ? 0 : 2);
}
console.log(`Seed ${values.seed}, ${values.requests} requests`);
const options = [
  'run',
  '--config',
  'test/vitest.config.ts',
  '--root',
  '.',
  '--project',
  'e2e',
  '--disable-console-intercept',
];
const { status } = spawnSync('vitest', ['run', 'test/e2e/fuzz.test.ts', ...options], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_REQUESTS: values.requests, FUZZ_SEED: values.seed },
});
process.exit(status ?? 1);
