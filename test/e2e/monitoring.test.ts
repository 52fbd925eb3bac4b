import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { describedMetrics, seriesNames } from '../support/metrics.js';
import { findPromtool } from '../support/promtool.js';

const run = promisify(execFile);
const DOCKER = join(import.meta.dirname, '..', '..', 'docker');
const RULES = readFileSync(join(DOCKER, 'prometheus', 'alerts.yml'), 'utf8');
const TESTS = readFileSync(join(DOCKER, 'prometheus', 'alerts.test.yml'), 'utf8');
const DASHBOARD = readFileSync(join(DOCKER, 'grafana', 'dashboards', 'acme-orders.json'), 'utf8');

const promtool = await findPromtool();

/** The names of metrics that a text refers to. */
const namesIn = (text: string): string[] => [
  ...new Set(text.match(/\b(?:orders_import|http|process|nodejs)_[a-z0-9_]+/g)),
];
const alerts = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);

let app: App;
let exposed: Set<string>;
beforeAll(async () => {
  app = await startApp();
  const urls = [app.url, [...app.workers][0]!.url];
  const all = await Promise.all(urls.map(describedMetrics));
  exposed = new Set(all.flat().flatMap(seriesNames));
});
afterAll(() => app?.stop());

describe('the alert rules', () => {
  it('ask for nothing that the service does not tell', () => {
    expect(namesIn(RULES).length).toBeGreaterThan(10);
    expect(namesIn(RULES).filter((name) => !exposed.has(name))).toEqual([]);
    expect(namesIn(TESTS).filter((name) => !exposed.has(name))).toEqual([]);
  });

  it('are each seen to fire in a test', () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.filter((name) => !TESTS.includes(`alertname="${name}"`))).toEqual([]);
  });

  it('say each how bad it is and what to do', () => {
    const rules = RULES.split('- alert: ').slice(1);
    expect(rules.filter((rule) => !/severity: (page|ticket)/.test(rule) || !/summary: ./.test(rule))).toEqual([]);
  });

  it.skipIf(!promtool)('are what Prometheus takes, and fire when they should and else not', async () => {
    const options = { cwd: join(DOCKER, 'prometheus') };
    expect((await run(promtool!, ['check', 'rules', 'alerts.yml'], options)).stdout).toContain('SUCCESS');
    expect((await run(promtool!, ['check', 'config', 'prometheus.yml'], options)).stdout).toContain('SUCCESS');
    expect((await run(promtool!, ['test', 'rules', 'alerts.test.yml'], options)).stdout).toContain('SUCCESS');
  });
});

describe('the dashboard', () => {
  const { panels } = JSON.parse(DASHBOARD) as {
    panels: { id: number; title: string; targets?: { expr: string }[] }[];
  };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('asks for nothing that the service does not tell, and for all that it does', () => {
    const asked = namesIn(expressions.join('\n'));
    expect(asked.filter((name) => !exposed.has(name))).toEqual([]);
    const families = new Set([...exposed].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    const own = [...families].filter((name) => /^(orders_import|http)_/.test(name));
    expect(own.filter((name) => !asked.some((each) => each.startsWith(name)))).toEqual([]);
  });

  it.skipIf(!promtool)('asks in words that Prometheus understands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'acme-orders-dashboard-'));
    const rules = expressions.map((expr, index) => ({
      record: `dashboard:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    // JSON is YAML.
    await writeFile(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await run(promtool!, ['check', 'rules', 'rules.yml'], { cwd: folder });
    expect(stdout).toContain(`SUCCESS: ${expressions.length} rules found`);
    await rm(folder, { recursive: true });
  });

  it('has panels with ids of their own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
