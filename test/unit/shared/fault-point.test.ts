import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { faultPoint, openFaultPoints, strikeBeforeLast } from '../../../src/shared/fault-point.js';
import { temporaryFolder } from '../../support/folders.js';
import { DIST } from '../../support/programs.js';

const folder = temporaryFolder();
afterEach(() => openFaultPoints(''));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a fault point', () => {
  it('does nothing where fault points are off', () => {
    writeFileSync(join(folder, 'before-copy.kill'), '');
    faultPoint('before-copy');
    expect(existsSync(join(folder, 'before-copy.kill'))).toBe(true);
    expect(strikeBeforeLast('mid-copy', [1, 2, 3])).toBeNull();
  });

  it('lets a process pass that nobody asked a fault of', () => {
    openFaultPoints(folder);
    faultPoint('after-claim');
    expect([...strikeBeforeLast('mid-copy', [1, 2, 3])!]).toEqual([1, 2, 3]);
    expect([...strikeBeforeLast('mid-copy', [])!]).toEqual([]);
  });

  it('kills one process of two, and tells which', () => {
    writeFileSync(join(folder, 'after-claim.kill'), '');
    const module = pathToFileURL(join(DIST, 'shared', 'fault-point.js')).href;
    const program = `const { faultPoint, openFaultPoints } = await import(${JSON.stringify(module)});
      openFaultPoints(${JSON.stringify(folder)}); faultPoint('after-claim');`;
    const run = () => spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    const [first, second] = [run(), run()];
    expect([first.signal, second.signal, second.status]).toEqual(['SIGKILL', null, 0]);
    expect(readdirSync(folder)).toContain(`after-claim.kill.hit.${first.pid}`);
  });
});
