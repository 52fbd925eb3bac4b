import type { SelectQueryBuilder } from 'typeorm';
import type { OrderFilter } from '../order.dto.js';
import type { OrderEntity } from '../order.entity.js';

/** Narrows a query down to the orders that a filter means. */
export function applyFilter(
  builder: SelectQueryBuilder<OrderEntity>,
  { valid, state, importId }: OrderFilter,
): SelectQueryBuilder<OrderEntity> {
  if (valid !== undefined) builder.andWhere('orders.valid = :valid', { valid });
  if (state !== undefined) builder.andWhere('orders.state = :state', { state: state.toUpperCase() });
  if (importId !== undefined) builder.andWhere('orders.importId = :importId', { importId });
  return builder;
}
