import { DatabaseError } from 'pg';
import pino from 'pino';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { lineFormat } from '../../src/logger.js';
import { inLogContext } from '../../src/shared/logging/log-context.js';

/** The lines that are written meanwhile, as they stand there. */
function written(write: (log: pino.Logger) => void): string[] {
  const lines: string[] = [];
  const format = lineFormat({ env: 'production', role: 'worker', logLevel: 'info' });
  write(pino(format, { write: (line: string) => lines.push(line) }));
  return lines;
}
const parsed = (write: (log: pino.Logger) => void): Record<string, unknown>[] =>
  written(write).map((line) => JSON.parse(line) as Record<string, unknown>);

/** What PostgreSQL says of a row that it does not take, with a customer's data wherever it may stand. */
function refused(code: string, message: string): QueryFailedError {
  const error = Object.assign(new DatabaseError(message, 1, 'error'), {
    code,
    detail: 'Key (email)=(canary@example.com) already exists.',
    where: 'COPY orders, line 1: "canary@example.com"',
  });
  return new QueryFailedError('INSERT INTO orders VALUES ($1)', ['canary@example.com'], error);
}

describe('a line of the log', () => {
  it('has the fields of Elastic Common Schema', () => {
    const [line] = parsed((log) => log.info('ready'));
    expect(line).toMatchObject({
      'log.level': 'info',
      '@timestamp': expect.stringMatching(/^\d{4}-.*Z$/) as string,
      'ecs.version': expect.any(String) as string,
      'service.name': 'acme-orders-worker',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      'service.environment': 'production',
      'service.node.name': expect.stringMatching(/.:\d+$/) as string,
      'process.pid': process.pid,
      message: 'ready',
    });
  });

  it('carries the ids of the request and the import that it is about, and no other line does', () => {
    const lines = parsed((log) => {
      inLogContext({ 'http.request.id': 'order-upload-7' }, () => {
        inLogContext({ 'labels.import_id': 'i' }, () => log.info({ 'import.segment': 0 }, 'inside'));
        log.info('between');
      });
      log.info('outside');
    });
    const ids = lines.map((line) => [line['http.request.id'], line['labels.import_id'], line['import.segment']]);
    expect(ids).toEqual([
      ['order-upload-7', 'i', 0],
      ['order-upload-7', undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  it('is one line, whatever is in it', () => {
    const lines = written((log) => log.info({ 'labels.text': 'a\n{"log.level":"fatal"}\u2028' }, 'b\r\nc'));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toMatch(/[\r\n]/);
  });

  it.each([
    ['23505', 'duplicate key value violates unique constraint "orders_pkey"'],
    ['22P02', 'invalid input syntax for type bigint: "canary@example.com"'],
  ])('of a database error %s has no value of a row', (code, message) => {
    const error = refused(code, message);
    const wrapped = new Error('not stored', { cause: error });
    const lines = written((log) => {
      log.error(error);
      log.error({ err: error });
      log.error({ err: error }, 'failed');
      log.error({ err: error.driverError }, 'failed');
      log.error({ err: wrapped }, 'failed');
    });
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(line).not.toContain('canary');
      expect(line).toContain(code === '23505' ? 'orders_pkey' : `PostgreSQL refused a value (22P02)`);
    }
    expect(JSON.parse(lines[2]!)).toMatchObject({
      'error.type': 'QueryFailedError',
      'error.code': code,
      'error.stack_trace': expect.stringMatching(/\n +at /) as string,
      message: 'failed',
    });
    expect(JSON.parse(lines[4]!)).toMatchObject({
      'error.stack_trace': expect.stringContaining('caused by QueryFailedError') as string,
    });
  });

  it('of a text that is no JSON does not quote it', () => {
    const lines = written((log) => {
      try {
        JSON.parse('canary@example.com');
      } catch (error) {
        log.error({ err: error }, 'unreadable');
      }
      log.error({ err: 'canary@example.com' }, 'thrown');
    });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('canary');
  });
});
