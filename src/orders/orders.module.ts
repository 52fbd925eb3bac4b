import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RemoveOrdersHandler } from './commands/remove-orders.command.js';
import { StoreOrdersHandler } from './commands/store-orders.command.js';
import { TidyOrdersHandler } from './commands/tidy-orders.command.js';
import { OrdersController } from './orders.controller.js';
import { ExportOrdersHandler } from './queries/export-orders.query.js';
import { FindHoldersHandler } from './queries/find-holders.query.js';
import { GetOrderStatsHandler } from './queries/get-order-stats.query.js';
import { GetOrderHandler } from './queries/get-order.query.js';
import { ListInvalidOrdersHandler } from './queries/list-invalid-orders.query.js';
import { ListOrdersHandler } from './queries/list-orders.query.js';
import { OrdersById } from './queries/orders-by-id.js';
import { IdsInFlight } from './storing/ids-in-flight.js';
import { readRuleSet } from './rules/rule-set.js';
import { RulesController } from './rules.controller.js';
import { RULE_SET } from './rules/rule-set.token.js';

/** Orders: the rules, storing, and reading back. */
@Module({
  providers: [
    { provide: RULE_SET, inject: [CONFIG], useFactory: ({ rulesJson }: Config) => readRuleSet(rulesJson) },
    IdsInFlight,
    StoreOrdersHandler,
    RemoveOrdersHandler,
    TidyOrdersHandler,
    ListOrdersHandler,
    OrdersById,
    GetOrderHandler,
    GetOrderStatsHandler,
    ExportOrdersHandler,
    FindHoldersHandler,
    ListInvalidOrdersHandler,
  ],
  exports: [RULE_SET, IdsInFlight],
})
export class OrdersModule {}

/** The routes of orders. A worker has the orders, but not these. */
@Module({ imports: [OrdersModule], controllers: [OrdersController, RulesController] })
export class OrdersHttpModule {}
