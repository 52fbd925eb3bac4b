import type { DataSource } from 'typeorm';
import { RejectEntity, type RejectOutcome } from '../reject.entity.js';

/** Which rejects are meant. */
export interface RejectFilter {
  readonly outcome?: RejectOutcome;
  /** Only records that break this rule. */
  readonly rule?: string;
}

/** The first rejects of an import behind a record, in file order. */
export async function findRejects(
  database: DataSource,
  importId: string,
  { outcome, rule }: RejectFilter,
  after: number,
  limit: number,
): Promise<RejectEntity[]> {
  const builder = database
    .createQueryBuilder(RejectEntity, 'rejects')
    .where('rejects.importId = :importId AND rejects.record > :after', { importId, after });
  if (outcome) builder.andWhere('rejects.outcome = :outcome', { outcome });
  if (rule) builder.andWhere(`rejects.outcome = 'invalid' AND :rule = ANY(rejects.reasons)`, { rule });
  return await builder.orderBy('rejects.record').limit(limit).getMany();
}
