import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequiresRole } from '../../access/index.js';
import { API_PATH } from '../../shared/http/api-path.js';
import { ApiProblems, INVALID_PARAMETERS, UNAVAILABLE } from '../../shared/http/problem.js';
import { noQuery } from '../../shared/http/query.js';
import { ListWorkersQuery, type SeenWorker } from '../queries/list-workers.query.js';
import { workersSchema, type Worker, type Workers } from './worker.dto.js';

/** For operators: who runs imports, and what each is at. */
@ApiTags('workers')
@Controller(`${API_PATH}/workers`)
export class WorkersController {
  constructor(private readonly queries: QueryBus) {}

  @RequiresRole('admin')
  @Get()
  @ApiOperation({
    operationId: 'listWorkers',
    summary: 'List the workers',
    description:
      'The processes that run imports, with the segments that each holds. One that was killed stays a while.',
  })
  @ApiOkResponse({ description: 'The workers, the longest running first.', standardSchema: workersSchema })
  @ApiProblems(INVALID_PARAMETERS, UNAVAILABLE)
  async list(@Query({ schema: noQuery }) _query: unknown): Promise<Workers> {
    return { items: (await this.queries.execute(new ListWorkersQuery())).map(toWorker) };
  }
}

const toWorker = ({ startedAt, heartbeatAt, leases, ...worker }: SeenWorker): Worker => ({
  ...worker,
  startedAt: startedAt.toISOString(),
  heartbeatAt: heartbeatAt.toISOString(),
  leases: leases.map((lease) => ({ ...lease, expiresAt: new Date(lease.expiresAt).toISOString() })),
});
