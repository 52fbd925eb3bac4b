import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequiresRole } from '../access/index.js';
import { fileContent } from '../shared/http/streams.js';
import { Metrics } from './metrics.js';

const EXAMPLE = [
  '# HELP orders_import_dependency_up Whether what the service leans on answers.',
  '# TYPE orders_import_dependency_up gauge',
  'orders_import_dependency_up{dependency="postgresql"} 1',
  'orders_import_dependency_up{dependency="redis"} 1',
  '',
].join('\n');

/** Metrics for Prometheus. They tell no addresses and nothing of a file. */
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @RequiresRole('admin')
  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    description: 'Of this process, since it started. Names begin with `orders_import_`, but for those of the process.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'The text format of Prometheus.',
    content: { 'text/plain': { schema: fileContent, example: EXAMPLE } },
  })
  async get(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType).header('cache-control', 'no-store');
    return this.metrics.text();
  }
}
