import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '../../src/orders/rules.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { get, getProblem, importOf, json, rejectsOf } from '../support/client.js';
import { temporaryFolder } from '../support/folders.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  const rulesFile = join(temporaryFolder(), 'rules.json');
  writeFileSync(rulesFile, '{ "zipcode_sum": { "max": 7 }, "allowed_age": false }');
  app = await startApp({ workers: 1, env: { RULES_FILE: rulesFile } });
});
afterAll(() => app?.stop());

const rulesIn = async (lang: string): Promise<Rule[]> =>
  (await json<{ items: Rule[] }>(get(app, '/rules', { 'accept-language': lang }))).items;

describe('the rules', () => {
  it('are listed with the parameters in force', async () => {
    const rules = await rulesIn('en');
    expect(rules.map(({ code, isOn, params }) => ({ code, isOn, params }))).toEqual([
      { code: 'allowed_state', isOn: true, params: { states: ['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR'] } },
      { code: 'zipcode_length', isOn: true, params: { lengths: [5, 9] } },
      { code: 'zipcode_sum', isOn: true, params: { max: 7 } },
      { code: 'allowed_age', isOn: false, params: null },
      { code: 'email_pattern', isOn: true, params: {} },
      { code: 'email_state', isOn: true, params: { refused: { NY: ['.net'] } } },
      { code: 'same_destination', isOn: true, params: {} },
    ]);
  });

  it('say what the rejects of an import say, in every language', async () => {
    const { id } = await importOf(app, fileOf(record(1, { zipcode: '90000' })));
    for (const lang of ['en', 'pt-BR', 'es']) {
      const [reject] = await rejectsOf(app, id, `&lang=${lang}`);
      const rule = (await rulesIn(lang)).find(({ code }) => code === 'zipcode_sum');
      expect(reject!.reasons.map(({ message }) => message)).toEqual([rule!.message]);
    }
    const names = await Promise.all(
      ['en', 'pt-BR', 'es'].map(async (lang) => (await rulesIn(lang)).map(({ name }) => name)),
    );
    expect(new Set(names.map(String)).size).toBe(3);
  });

  it('take no parameter of another route', async () => {
    const problem: Problem = await getProblem(app, '/rules?limit=1');
    expect(problem).toMatchObject({ status: 400, code: 'request.invalid-parameters' });
  });
});
