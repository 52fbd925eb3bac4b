import { BullAdapter } from '@bull-board/api/bullAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { BullBoardModule } from '@bull-board/nestjs';
import type { DynamicModule } from '@nestjs/common';
import { QUEUES_PATH } from '../../shared/http/api-path.js';
import { DomainError } from '../../shared/errors.js';
import { IMPORT_QUEUE } from './doorbell.js';

type ErrorHandler = Parameters<FastifyAdapter['setErrorHandler']>[0];

/** Redis being away is no fault of the board, and what we refuse is answered as everywhere. */
class BoardAdapter extends FastifyAdapter {
  override setErrorHandler(handler: ErrorHandler): this {
    super.setErrorHandler((error) => {
      // Fastify asks the handler of the whole server then.
      if (error instanceof DomainError) throw error;
      const answer = handler(error);
      // Its type knows no 503; the adapter sends any status.
      return answer.status === 500 ? { ...answer, status: 503 as 500 } : answer;
    });
    return this;
  }
}

/**
 * Bull Board, for operators, with the jobs that ring the workers. It changes nothing: what an import is to do is not in
 * a job, and cannot be changed there.
 */
export const queueBoard = (): DynamicModule[] => [
  BullBoardModule.forRoot({
    route: `/${QUEUES_PATH}`,
    adapter: BoardAdapter,
    boardOptions: { uiConfig: { boardTitle: 'Acme Orders' } },
  }),
  BullBoardModule.forFeature({ name: IMPORT_QUEUE, adapter: BullAdapter, options: { readOnlyMode: true } }),
];
