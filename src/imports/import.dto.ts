import type { I18nContext } from 'nestjs-i18n';
import { z } from 'zod';
import { API_PATH } from '../shared/http/api-path.js';
import { DUPLICATE_POLICIES } from '../orders/index.js';
import { pageOf } from '../shared/http/paging.js';
import { apiPath, code, count, instant, requestIdText, sentence } from '../shared/http/schemas.js';
import { MOST_REJECTS } from './start-import.dto.js';
import { DELIMITERS } from './csv/dialect.js';
import { ENCODINGS } from './csv/encodings.js';
import type { Failure } from './import.entity.js';
import { IMPORT_STATES } from './import-state.js';
import type { ImportStatusEntity } from './status/import-status.entity.js';

const EXAMPLE_ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
/** A file's digest as examples show it. */
export const EXAMPLE_SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** A digest in lower-case hex. */
export const SHA256 = /^[0-9a-f]{64}$/;

export const importPath = z.object({ id: z.uuid().meta({ description: "The import's id.", examples: [EXAMPLE_ID] }) });

export const importSchema = z
  .object({
    id: z.uuid().meta({ examples: [EXAMPLE_ID] }),
    state: z.enum(IMPORT_STATES).meta({ examples: ['completed'] }),
    message: sentence().meta({
      description: 'The state in words, in the language of the request.',
      examples: ['The import is complete.'],
    }),
    file: z.object({
      name: z
        .string()
        .max(255)
        .nullable()
        .meta({ description: 'As the client named it.', examples: ['orders.csv'] }),
      bytes: count('Size of the file as it was sent.', 7_164_000),
      sha256: z
        .string()
        .length(64)
        .regex(SHA256)
        .meta({ description: 'Of the file as it was sent.', examples: [EXAMPLE_SHA256] }),
      delimiter: z.enum(DELIMITERS).meta({ examples: ['|'] }),
      encoding: z.enum(ENCODINGS).meta({ description: 'Given, or found.', examples: ['utf-8'] }),
      ignoredColumns: z
        .array(z.string().max(100))
        .max(50)
        .meta({
          description: 'Columns that no order has, at most 50 of them. Those that begin with `_` are not named.',
          examples: [['phone']],
        }),
    }),
    options: z.object({
      dryRun: z.boolean().meta({ description: 'Whether orders are judged but not stored.', examples: [false] }),
      onDuplicate: z.enum(DUPLICATE_POLICIES).meta({ examples: ['keep-first'] }),
      maxRejects: z
        .int()
        .min(0)
        .max(MOST_REJECTS)
        .nullable()
        .meta({ description: 'Rejects after which the import stops.', examples: [null] }),
    }),
    progress: z.object({
      bytesRead: count('Bytes that are durably done, of the file uncompressed and in UTF-8.', 7_164_000),
      percent: z
        .number()
        .min(0)
        .max(100)
        .meta({ description: 'Share of the bytes of the file that are durably done.', examples: [100] }),
      recordsPerSecond: z
        .int()
        .min(0)
        .nullable()
        .meta({
          description: 'Over the last seconds, by all workers together; null where it is not known or nothing moves.',
          examples: [null],
        }),
      etaSeconds: z
        .int()
        .min(0)
        .nullable()
        .meta({ description: 'Time left at this pace; null where the pace is not known.', examples: [null] }),
    }),
    counts: z
      .object({
        read: count('Records read: the sum of the others.', 100_000),
        valid: count('Stored, no rule broken.', 68_000),
        invalid: count('Stored, with violations.', 30_900),
        duplicate: count('Not stored: the order id is taken.', 1_000),
        malformed: count('Not stored: cannot be an order.', 100),
      })
      .meta({ description: 'What became of the records.' }),
    violations: z
      .record(z.string(), z.int().min(0))
      .meta({ description: 'How many stored orders break each rule.', examples: [{ zipcode_sum: 9_410 }] }),
    malformations: z.record(z.string(), z.int().min(0)).meta({
      description: 'How many records are malformed for each reason.',
      examples: [{ 'birthday.not-a-date': 21 }],
    }),
    requestId: requestIdText().meta({
      description: 'Id of the request that started the import.',
      examples: ['3f0c9d5e-order-7'],
    }),
    createdAt: instant('When the file was accepted.'),
    startedAt: instant('When a worker took it up.').nullable(),
    finishedAt: instant('When it reached a final state.').nullable(),
    failure: z
      .object({
        code: code().meta({ examples: ['storage.object-gone'] }),
        message: sentence().meta({ examples: ['The stored file is no longer there.'] }),
        params: z
          .record(z.string(), z.union([z.string().max(1000), z.number()]))
          .meta({ description: 'What the message tells of, for programs.' }),
      })
      .nullable()
      .meta({ description: 'Why the import failed.', examples: [null] }),
    waiting: z
      .object({
        code: code().meta({ examples: ['storage.full'] }),
        message: sentence().meta({ examples: ['The import waits, because there is no room in the database.'] }),
      })
      .nullable()
      .meta({ description: 'Why a running import does not go on for the moment.', examples: [null] }),
    undo: z
      .object({
        requestedAt: instant('When it was asked for.'),
        finishedAt: instant('When no order was left.').nullable(),
        ordersRemoved: count('Orders removed so far.', 98_900),
      })
      .nullable()
      .meta({ description: 'How far the removal of its orders is.', examples: [null] }),
    links: z.object({
      self: apiPath().meta({ examples: [`/${API_PATH}/imports/${EXAMPLE_ID}`] }),
      events: apiPath().meta({ examples: [`/${API_PATH}/imports/${EXAMPLE_ID}/events`] }),
      rejects: apiPath().meta({ examples: [`/${API_PATH}/imports/${EXAMPLE_ID}/rejects`] }),
      rejectsFile: apiPath().meta({ examples: [`/${API_PATH}/imports/${EXAMPLE_ID}/rejects.csv`] }),
      orders: apiPath().meta({ examples: [`/${API_PATH}/orders?importId=${EXAMPLE_ID}`] }),
      sameFile: apiPath()
        .nullable()
        .meta({ description: 'The newest earlier import of the same bytes.', examples: [null] }),
    }),
  })
  .meta({ id: 'Import', description: 'An import and how far it got.' });
export type Import = z.infer<typeof importSchema>;

export const importPageSchema = pageOf(importSchema).meta({ id: 'ImportPage', description: 'A page of imports.' });

/** Path of an import. */
export const addressOf = (id: string): string => `/${API_PATH}/imports/${id}`;

/** An import as clients see it, its texts in the language of the request. */
export function toImport(status: ImportStatusEntity, i18n: I18nContext): Import {
  const { importId: id, failure } = status;
  const self = addressOf(id);
  return {
    id,
    state: status.state,
    message: messageOf(status, i18n),
    file: {
      name: status.fileName,
      bytes: status.sentBytes ?? status.fileBytes,
      sha256: status.fileSha256,
      delimiter: status.delimiter as Import['file']['delimiter'],
      encoding: status.encoding as Import['file']['encoding'],
      ignoredColumns: [...status.ignoredColumns],
    },
    options: { dryRun: status.dryRun, onDuplicate: status.onDuplicate, maxRejects: status.maxRejects },
    progress: progressOf(status),
    counts: countsOf(status),
    violations: status.violations as Import['violations'],
    malformations: status.malformations,
    requestId: status.requestId,
    createdAt: status.createdAt.toISOString(),
    startedAt: status.startedAt?.toISOString() ?? null,
    finishedAt: status.finishedAt?.toISOString() ?? null,
    failure: failure && {
      ...failure,
      message: i18n.t(`${failure.code}.detail`, { args: { ...failure.params, ...reasonOf(failure, i18n) } }),
    },
    waiting: status.waiting && { code: status.waiting.code, message: i18n.t(`imports.waiting.${status.waiting.code}`) },
    undo: undoOf(status),
    links: {
      self,
      events: `${self}/events`,
      rejects: `${self}/rejects`,
      rejectsFile: `${self}/rejects.csv`,
      orders: `/${API_PATH}/orders?importId=${id}`,
      sameFile: status.sameFileAs && addressOf(status.sameFileAs),
    },
  };
}

/** The malformation that a failure tells of, in words. */
function reasonOf({ params: { malformation } }: Failure, i18n: I18nContext): { reason?: string } {
  return malformation === undefined ? {} : { reason: i18n.t(`page.script.malformations.${malformation}`) };
}

function messageOf(
  { state, waiting, dryRun, undoRequestedAt, undoneAt, ordersRemoved }: ImportStatusEntity,
  i18n: I18nContext,
): string {
  if (undoRequestedAt)
    return i18n.t(`imports.outcome.${undoneAt ? 'undone' : 'undoing'}`, { args: { removed: ordersRemoved } });
  if (waiting) return i18n.t(`imports.waiting.${waiting.code}`);
  return i18n.t(dryRun && state === 'completed' ? 'imports.outcome.dry-run' : `imports.state.${state}`);
}

const undoOf = ({ undoRequestedAt, undoneAt, ordersRemoved }: ImportStatusEntity): Import['undo'] =>
  undoRequestedAt && {
    requestedAt: undoRequestedAt.toISOString(),
    finishedAt: undoneAt?.toISOString() ?? null,
    ordersRemoved,
  };

function progressOf({
  fileBytes,
  bytesRead,
  recordsPerSecond,
  bytesPerSecond,
  isPaceFresh,
}: ImportStatusEntity): Import['progress'] {
  const left = fileBytes - bytesRead;
  return {
    bytesRead,
    percent: Math.floor((bytesRead / fileBytes) * 1000) / 10,
    recordsPerSecond: recordsPerSecond === null || !isPaceFresh ? null : Math.round(recordsPerSecond),
    etaSeconds: bytesPerSecond && isPaceFresh ? Math.ceil(left / bytesPerSecond) : null,
  };
}

function countsOf({ valid, invalid, duplicate, malformed }: ImportStatusEntity): Import['counts'] {
  return { read: valid + invalid + duplicate + malformed, valid, invalid, duplicate, malformed };
}
