import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** Cruises the folder `src` of a folder by the rules of the repository. */
async function cruise(folder: string): Promise<Cruise['summary']> {
  const options = ['src', '--config', join(ROOT, '.dependency-cruiser.mjs'), '--output-type', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, [CRUISER, ...options], {
    cwd: folder,
    maxBuffer: 1e9,
  });
  return (JSON.parse(stdout) as Cruise).summary;
}

/** Names of the rules. */
async function ruleNames(): Promise<string[]> {
  const config: unknown = await import(pathToFileURL(join(ROOT, '.dependency-cruiser.mjs')).href);
  return (config as { default: { forbidden: { name: string }[] } }).default.forbidden.map(({ name }) => name);
}

/** For each rule a file that breaks it. */
const BREACHES: Readonly<Record<string, readonly [path: string, imported: string]>> = {
  'no-circular': ['src/shared/circle.ts', './way-back.js'],
  'front-door-only': ['src/imports/back-door.ts', '../orders/inside.js'],
  'from-outside-by-the-front-door': ['src/cli/back-door.ts', '../orders/inside.js'],
  'orders-know-no-imports': ['src/orders/curious.ts', '../imports/index.js'],
  'shared-knows-no-order': ['src/shared/curious.ts', '../orders/index.js'],
  'metrics-know-no-business': ['src/metrics/curious.ts', '../orders/index.js'],
  'the-middle-is-pure': ['src/orders/rules/impure.rule.ts', '@nestjs/common'],
  'bull-stays-in-the-job': ['src/imports/queries/ring.ts', 'bull'],
  'not-to-dev-dep': ['src/shared/tests-only.ts', 'vitest'],
  'no-orphans': ['src/shared/orphan.ts', ''],
};

/** What the breaches import, and files that break nothing. */
const OTHERS: Readonly<Record<string, string>> = {
  'src/shared/way-back.ts': "export * from './circle.js';",
  'src/orders/index.ts': "export * from './inside.js';",
  'src/orders/inside.ts': 'export const inside = 1;',
  'src/imports/index.ts': "export * from '../orders/index.js';",
  'src/imports/job/bell.ts': "export * from 'bull';",
  'src/imports/imports.module.ts': "export * from 'bull';",
  'src/main.ts': "export * from './imports/index.js';",
};

describe('the boundaries between modules', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'acme-boundaries-'));
    for (const name of ['package.json', 'tsconfig.json']) copyFileSync(join(ROOT, name), join(folder, name));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const breaches = Object.values(BREACHES).map(([path, imported]) => [
      path,
      imported && `export * from '${imported}';`,
    ]);
    for (const [path, text] of [...breaches, ...Object.entries(OTHERS)]) {
      mkdirSync(join(folder, dirname(path!)), { recursive: true });
      writeFileSync(join(folder, path!), `${text}\n`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are kept', async () => {
    const { violations, totalCruised } = await cruise(ROOT);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    expect(totalCruised).toBeGreaterThan(100);
  }, 30_000);

  it('cannot be crossed unseen: each rule finds the file that breaks it', async () => {
    const { violations } = await cruise(folder);
    const breaches = Object.entries(BREACHES).map(([rule, [path]]) => `${rule}: ${path}`);
    expect(violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual(expect.arrayContaining(breaches));
    expect((await ruleNames()).toSorted()).toEqual(Object.keys(BREACHES).toSorted());
    const innocent = Object.keys(OTHERS).filter((path) => path !== 'src/shared/way-back.ts');
    expect(violations.filter(({ from }) => innocent.includes(from))).toEqual([]);
  }, 30_000);
});
