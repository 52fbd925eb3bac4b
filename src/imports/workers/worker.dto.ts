import { z } from 'zod';
import { MOST_WORKERS } from '../queries/list-workers.query.js';

/** Most segments that a worker runs at once: `IMPORT_SLOTS`. */
const MOST_SLOTS = 64;
/** Most leases: also those that a worker of the same name let expire. */
const MOST_LEASES = 1000;

const time = (description: string) => z.iso.datetime().meta({ description, examples: ['2025-11-12T09:30:00.000Z'] });

const leaseSchema = z
  .object({
    importId: z.uuid().meta({ examples: ['01890a5d-ac96-774b-bcce-b302099a8057'] }),
    segment: z
      .int()
      .min(0)
      .meta({ description: 'Number of the segment in its import, from 0.', examples: [0] }),
    nextByte: z
      .int()
      .min(0)
      .meta({ description: 'Up to where it is durably done, byte of the file.', examples: [8_388_608] }),
    expiresAt: time('Until when it is held without being renewed. Where that is past, any worker may take it over.'),
  })
  .meta({ id: 'Lease', description: "A worker's time-limited right to a segment." });

export const workerSchema = z
  .object({
    id: z
      .string()
      .max(300)
      .meta({ description: 'Host and process id, as the log has them.', examples: ['worker-1:17'] }),
    host: z
      .string()
      .max(255)
      .meta({ examples: ['worker-1'] }),
    pid: z
      .int()
      .min(0)
      .meta({ description: 'Process id on its host.', examples: [17] }),
    version: z
      .string()
      .max(100)
      .meta({ description: 'Version of the service that it runs.', examples: ['1.0.0'] }),
    slots: z
      .int()
      .min(1)
      .max(MOST_SLOTS)
      .meta({ description: 'Segments that it runs at once, at most.', examples: [4] }),
    startedAt: time('When the process started.'),
    heartbeatAt: time('When it last said that it lives.'),
    isAlive: z.boolean().meta({
      description: 'False where it has missed three heartbeats. Ten minutes later it is forgotten.',
      examples: [true],
    }),
    leases: z.array(leaseSchema).max(MOST_LEASES).meta({ description: 'The segments that it holds.' }),
  })
  .meta({ id: 'Worker', description: 'A process that runs imports.' });
export type Worker = z.infer<typeof workerSchema>;

export const workersSchema = z
  .object({ items: z.array(workerSchema).max(MOST_WORKERS) })
  .meta({ id: 'Workers', description: 'The workers, the longest running first.' });
export type Workers = z.infer<typeof workersSchema>;
