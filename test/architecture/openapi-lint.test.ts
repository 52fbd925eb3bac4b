import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a linter says when it finds nothing; throws with what it finds. Neither needs the network. */
const lint = async (tool: string, ...options: string[]): Promise<string> => {
  const run = promisify(execFile)(join(ROOT, 'node_modules', '.bin', tool), ['lint', 'docs/openapi.json', ...options], {
    cwd: ROOT,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  const { stdout, stderr } = await run.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout)));
  return stdout + stderr;
};

describe('docs/openapi.json', () => {
  it('has no finding of Spectral with the rules of OWASP, but for what .spectral.yaml gives a reason for', async () => {
    expect(await lint('spectral', '--fail-severity', 'hint')).toContain('No results');
  }, 120_000);

  it('has no finding of Redocly, but for what .redocly.yaml gives a reason for', async () => {
    expect(await lint('redocly', '--config', '.redocly.yaml')).toContain('Your API description is valid');
  }, 120_000);
});
