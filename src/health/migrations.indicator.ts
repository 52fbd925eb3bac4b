import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DataSource } from 'typeorm';

/** Whether the database has every table that this version needs. Once it has, it is not asked again. */
@Injectable()
export class MigrationsIndicator {
  private isCurrent = false;

  constructor(
    private readonly health: HealthIndicatorService,
    private readonly database: DataSource,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.health.check('migrations');
    try {
      this.isCurrent ||= !(await this.database.showMigrations());
    } catch {
      return indicator.down();
    }
    return this.isCurrent ? indicator.up() : indicator.down();
  }
}
