import { z } from 'zod';
import { DUPLICATE_POLICIES } from '../orders/index.js';
import { flag, integer, query } from '../shared/http/query.js';
import { DELIMITERS } from './csv/dialect.js';
import { ENCODINGS } from './csv/encodings.js';

/** Largest `maxRejects`: that of a PostgreSQL integer. */
export const MOST_REJECTS = 2_147_483_647;

/** What a client may say of a file and of its import. */
export const startImportQuery = query({
  onDuplicate: z
    .enum(DUPLICATE_POLICIES)
    .default('keep-first')
    .meta({
      description:
        'What becomes of a record whose order id is taken. `keep-first`: the order that is stored, or comes first in ' +
        'the file, stays. `replace-invalid`: the same, but an invalid order of an earlier import gives way. ' +
        '`reassign-id`: the record is stored under a new id.',
      examples: ['keep-first'],
    }),
  dryRun: flag()
    .default(false)
    .meta({
      description: 'Judges the orders and stores none. `POST /imports/{id}/start` then imports the same file for real.',
      examples: [false],
    }),
  maxRejects: integer(0, MOST_REJECTS)
    .optional()
    .meta({
      description: 'Records that may be not valid; with the first chunk that brings more of them the import fails.',
      examples: [1000],
    }),
  delimiter: z
    .enum(DELIMITERS)
    .optional()
    .meta({
      description: 'Character between the fields; found from the header and the first records where it is not given.',
      examples: ['|'],
    }),
  encoding: z
    .enum(ENCODINGS)
    .optional()
    .meta({
      description: 'Encoding of the file; where it is not given, a byte order mark tells, and without one it is UTF-8.',
      examples: ['windows-1252'],
    }),
});
