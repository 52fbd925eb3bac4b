import { BullModule } from '@nestjs/bull';
import { Global, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LoggerModule } from 'nestjs-pino';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AccessModule } from './access/index.js';
import { CONFIG, type Config } from './config.js';
import { dataSourceOptions, migrate } from './database/data-source.js';
import { HealthModule } from './health/index.js';
import { bullClients, ImportsModule } from './imports/index.js';
import { LimitsModule } from './limits/index.js';
import { loggerOptions } from './logger.js';
import { MetricsModule } from './metrics/index.js';
import { OrdersHttpModule } from './orders/index.js';
import { PageModule } from './page/index.js';
import { AwaitedPublisher } from './shared/awaited-publisher.js';
import { Cursors, cursorsOf } from './shared/http/cursors.js';
import { Ending } from './shared/http/ending.js';
import { languageModule } from './shared/http/language.js';
import { ProblemFilter } from './shared/http/problem.filter.js';
import { validationPipe } from './shared/http/validation.js';
import { StorageModule } from './shared/storage/index.js';
import { endTracing } from './shared/tracing/tracing.js';

/** What is left of the traces is sent last, when everything else has ended. */
@Injectable()
class TracesEnd implements OnApplicationShutdown {
  onApplicationShutdown = endTracing;
}

/** The one place that wires the modules: which of them a role has, and what all of them share. */
@Global()
@Module({})
export class AppModule {
  static forConfig(config: Config, ending = new Ending()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRootAsync({ useFactory: () => loggerOptions(config) }),
        TypeOrmModule.forRootAsync({
          useFactory: () =>
            dataSourceOptions(
              config.databaseUrl,
              config.databasePool,
              `acme-orders-${config.role}`,
              // Where a worker shares the connections, all that it does there takes as long as it takes.
              config.role === 'api' ? config.limits.statementMs : 0,
            ),
          dataSourceFactory: async (options) => {
            const dataSource = await new DataSource(options as DataSourceOptions).initialize();
            await migrate(dataSource);
            return dataSource;
          },
        }),
        BullModule.forRoot({ createClient: bullClients(config.redisUrl), prefix: 'acme-orders' }),
        CqrsModule.forRoot({ rethrowUnhandled: true }),
        languageModule(join(import.meta.dirname, '..', 'i18n')),
        StorageModule.forRoot(config.storageUrl),
        MetricsModule.forPort(config.metricsPort),
        HealthModule,
        ImportsModule.forRole(config.role),
        ...(config.role === 'worker'
          ? []
          : [AccessModule.forConfig(config), LimitsModule, OrdersHttpModule, PageModule]),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: validationPipe },
        AwaitedPublisher,
        { provide: Cursors, inject: [DataSource], useFactory: cursorsOf },
        TracesEnd,
        { provide: Ending, useValue: ending },
      ],
      exports: [CONFIG, AwaitedPublisher, Cursors, Ending],
    };
  }
}
