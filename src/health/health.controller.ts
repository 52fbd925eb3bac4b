import { Controller, Get, Header, ServiceUnavailableException, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { OpenToEverybody } from '../access/index.js';
import { Ending } from '../shared/http/ending.js';
import { healthSchema } from './health.dto.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import { ProbeFilter } from './probe.filter.js';
import { RedisIndicator } from './redis.indicator.js';

/** Longest wait for PostgreSQL's answer, milliseconds. */
const TIMEOUT_MS = 1_000;

/** Terminus would describe states that the probes do not have. */
const OWN_WORDS = { swaggerDocumentation: false };

/** A probe's answer that no dependency has a part in. */
const answer = (status: HealthCheckResult['status']): HealthCheckResult => ({
  status,
  info: {},
  error: {},
  details: {},
});

/** Probes for Kubernetes. Open to everybody; they tell no addresses. */
@ApiTags('health')
@Controller('health')
@UseFilters(ProbeFilter)
export class HealthController {
  constructor(
    private readonly ending: Ending,
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly migrations: MigrationsIndicator,
    private readonly redis: RedisIndicator,
  ) {}

  @OpenToEverybody()
  @Get('live')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Is the process alive?',
    description: 'Answers for the process alone: another start would not bring a database back.',
  })
  @HealthCheck(OWN_WORDS)
  @ApiOkResponse({ description: 'Yes.', standardSchema: healthSchema })
  live(): HealthCheckResult {
    return answer('ok');
  }

  @OpenToEverybody()
  @Get('ready')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Can it take requests?',
    description:
      'PostgreSQL answers and its tables are up to date. Redis only degrades: `status` is `degraded` where it is away ' +
      '(`reason` is `away`) or may forget jobs (`may-evict`), and imports start some seconds later. ' +
      'A process that was told to end is not ready: `shutting_down`.',
  })
  @HealthCheck(OWN_WORDS)
  @ApiOkResponse({ description: 'Yes.', standardSchema: healthSchema })
  @ApiServiceUnavailableResponse({ description: 'No, for the reasons in `error`.', standardSchema: healthSchema })
  ready(): Promise<HealthCheckResult> {
    if (this.ending.hasBegun) throw new ServiceUnavailableException(answer('shutting_down'));
    return this.health.check([() => this.pingDatabase(), () => this.migrations.check(), () => this.redis.check()]);
  }

  @OpenToEverybody()
  @Get('startup')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getStartup',
    summary: 'Has it started?',
    description: 'The configuration was read, PostgreSQL answered and its tables are up to date.',
  })
  @HealthCheck(OWN_WORDS)
  @ApiOkResponse({ description: 'Yes.', standardSchema: healthSchema })
  @ApiServiceUnavailableResponse({ description: 'No, for the reasons in `error`.', standardSchema: healthSchema })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([() => this.migrations.check()]);
  }

  /** Without the message of a failure: it names an address. */
  private async pingDatabase(): Promise<HealthIndicatorResult> {
    const { database } = await this.database.pingCheck('database', { timeout: TIMEOUT_MS });
    return { database: { ...database, message: undefined } };
  }
}
