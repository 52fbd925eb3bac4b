import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidParameters, type FieldError } from '../../../../src/shared/errors.js';
import { PAGING } from '../../../../src/shared/http/paging.js';
import { flag, integer, noQuery, query, text } from '../../../../src/shared/http/query.js';
import { validationPipe } from '../../../../src/shared/http/validation.js';

const SCHEMA = query({
  ...PAGING,
  offset: integer(0, 10_000).optional(),
  valid: flag().optional(),
  email: text(10).optional(),
  state: z.enum(['queued', 'running']).optional(),
  importId: z.uuid().optional(),
});

const parse = async (given: object, schema: z.ZodType = SCHEMA): Promise<unknown> =>
  await validationPipe().transform(given, { type: 'query', schema });

async function errorsOf(given: object, schema?: z.ZodType): Promise<readonly FieldError[]> {
  try {
    await parse(given, schema);
  } catch (error) {
    if (error instanceof InvalidParameters) return error.errors;
    throw error;
  }
  return [];
}

describe('the parameters of a query', () => {
  it('have their defaults', async () => {
    expect(await parse({})).toEqual({ limit: 100 });
  });

  it('become what they stand for', async () => {
    const importId = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
    const given = { limit: '1000', cursor: 'WzQ3XQ', offset: '007', valid: 'false', state: 'running', importId };
    expect(await parse(given)).toEqual({ ...given, limit: 1000, offset: 7, valid: false });
  });

  it('may on every route name a language and a request id', async () => {
    expect(await parse({ lang: 'pt-BR', uuid: 'order-7-1' }, noQuery)).toEqual({ lang: 'pt-BR', uuid: 'order-7-1' });
  });

  it.each(['', ' ', '-1', '+1', '1.0', '1e3', '0x10', 'ten', ' 5', '5 ', '１', 'NaN', 'Infinity'])(
    'are no whole number: %j',
    async (limit) => {
      expect(await errorsOf({ limit })).toEqual([{ field: 'limit', code: 'request.errors.not-an-integer' }]);
    },
  );

  it.each([
    [{ limit: '0' }, { field: 'limit', code: 'request.errors.too-small', params: { limit: 1 } }],
    [{ limit: '1001' }, { field: 'limit', code: 'request.errors.too-large', params: { limit: 1000 } }],
    [{ offset: '10001' }, { field: 'offset', code: 'request.errors.too-large', params: { limit: 10_000 } }],
    [{ cursor: 'x'.repeat(501) }, { field: 'cursor', code: 'request.errors.too-long', params: { limit: 500 } }],
    [{ email: '' }, { field: 'email', code: 'request.errors.too-short', params: { limit: 1 } }],
    [{ limit: ['1', '2'] }, { field: 'limit', code: 'request.errors.repeated' }],
    [{ lang: ['pt', 'es'] }, { field: 'lang', code: 'request.errors.repeated' }],
    [{ page: ['1', '2'] }, { field: 'page', code: 'request.errors.unknown' }],
    [{ valid: '1' }, { field: 'valid', code: 'request.errors.not-a-flag' }],
    [{ valid: 'TRUE' }, { field: 'valid', code: 'request.errors.not-a-flag' }],
    [{ valid: '' }, { field: 'valid', code: 'request.errors.not-a-flag' }],
    [{ valid: ['true', 'true'] }, { field: 'valid', code: 'request.errors.repeated' }],
    [
      { state: 'Running' },
      { field: 'state', code: 'request.errors.not-one-of', params: { values: 'queued, running' } },
    ],
    [{ importId: '7' }, { field: 'importId', code: 'request.errors.not-a-uuid' }],
    [{ email: 'a\0b' }, { field: 'email', code: 'request.errors.unusable' }],
    [{ email: ['a', 'b'] }, { field: 'email', code: 'request.errors.repeated' }],
    [{ page: '1' }, { field: 'page', code: 'request.errors.unknown' }],
  ])('are refused with a code: %j', async (given, error) => {
    expect(await errorsOf(given)).toEqual([error]);
  });

  it.each(['9007199254740993', '9'.repeat(30)])(
    'are too large beyond what a number holds exactly: %s',
    async (limit) => {
      expect(await errorsOf({ limit })).toMatchObject([{ field: 'limit', code: 'request.errors.too-large' }]);
    },
  );

  it('are all named where several are bad', async () => {
    const errors = await errorsOf({ limit: 'x', valid: 'x', colour: 'red', size: '1' });
    expect(errors.map(({ field, code }) => [field, code])).toEqual([
      ['limit', 'request.errors.not-an-integer'],
      ['valid', 'request.errors.not-a-flag'],
      ['colour', 'request.errors.unknown'],
      ['size', 'request.errors.unknown'],
    ]);
  });

  it('are named in the parameters of the error, for its message', async () => {
    const refused = parse({ limit: 'x', valid: 'x' });
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid-request',
      code: 'request.invalid-parameters',
      params: { fields: 'limit, valid' },
    });
  });
});
