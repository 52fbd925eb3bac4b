import { z } from 'zod';
import { DUPLICATE_POLICIES } from '../orders/index.js';
import { PAGING } from '../shared/http/paging.js';
import { flag, moment, query, several, text } from '../shared/http/query.js';
import { EXAMPLE_SHA256, SHA256 } from './import.dto.js';
import { IMPORT_STATES } from './import-state.js';

/** Which imports a client wants to see. */
export const listImportsQuery = query({
  ...PAGING,
  state: several(z.enum(IMPORT_STATES), IMPORT_STATES.length)
    .optional()
    .meta({
      description: 'Only imports in this state; in any of several, where the parameter is repeated.',
      examples: [['queued', 'running']],
    }),
  createdFrom: moment()
    .optional()
    .meta({
      description: 'Only imports accepted at this moment or later. The plus sign of an offset is written `%2B`.',
      examples: ['2026-11-23T00:00:00Z'],
    }),
  createdTo: moment()
    .optional()
    .meta({ description: 'Only imports accepted before this moment.', examples: ['2026-11-24T00:00:00Z'] }),
  fileName: text(255)
    .optional()
    .meta({ description: 'Only imports of files of exactly this name.', examples: ['orders.csv'] }),
  sha256: z
    .string()
    .max(64)
    .toLowerCase()
    .regex(SHA256)
    .optional()
    .meta({ description: 'Only imports of exactly these bytes, as they were sent.', examples: [EXAMPLE_SHA256] }),
  dryRun: flag()
    .optional()
    .meta({ description: 'Only dry runs, or only imports that store orders.', examples: [false] }),
  onDuplicate: z
    .enum(DUPLICATE_POLICIES)
    .optional()
    .meta({ description: 'Only imports that treat taken ids like this.', examples: ['replace-invalid'] }),
});
