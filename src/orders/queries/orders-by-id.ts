import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { rowsOf } from '../../shared/prepared.js';
import type { Order } from '../order.dto.js';
import { ALL_FIELDS, columnsOf } from '../order-rows.js';

const ORDERS = {
  name: 'orders-by-id',
  text: `SELECT ${columnsOf(ALL_FIELDS)} FROM orders WHERE id = ANY($1::bigint[])`,
};

interface Asked {
  readonly id: number;
  readonly resolve: (order: Order | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Single orders. Those that are asked for in the same turn of the event loop are read by one statement: under load most
 * of what one order costs is the way to PostgreSQL and back. Nobody waits for anybody who asks later.
 */
@Injectable()
export class OrdersById {
  private asked: Asked[] = [];

  constructor(private readonly database: DataSource) {}

  /** The order, or null if there is none. */
  find(id: number): Promise<Order | null> {
    if (this.asked.length === 0) setImmediate(() => void this.answer());
    return new Promise((resolve, reject) => this.asked.push({ id, resolve, reject }));
  }

  private async answer(): Promise<void> {
    const { asked } = this;
    this.asked = [];
    try {
      const rows = await rowsOf<Order>(this.database, ORDERS, [asked.map(({ id }) => id)]);
      const found = new Map(rows.map((order) => [order.id, order]));
      for (const { id, resolve } of asked) resolve(found.get(id) ?? null);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
