import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Pipeline } from '../../shared/pipeline.js';
import type { DuplicatePolicy } from '../duplicate-policy.js';
import type { OrderBatch } from '../intake/order-batch.js';
import { countsOfBatch, NOTE_COUNTS } from '../counts/order-counts.js';
import { goneColumns, goneOrders, type GoneOrder } from '../storing/gone-order.js';
import { clearInTime, type Passage } from '../storing/ids-in-flight.js';
import { giveNewIds, NEW_ID } from '../storing/new-ids.js';
import { numbersOfIds } from '../storing/numbers-of-ids.js';
import { arrayText, ORDERS, TRIAL, type Shelf, type Taken } from '../storing/shelf.js';

/** How a batch's ids are kept from being stored twice. */
export type DuplicateCheck =
  /** Ids already stored are looked up, then the rest is copied. Fails on an id that somebody else stores meanwhile. */
  | 'look-up'
  /** Each row is tried by itself, so that an id that somebody else stores meanwhile is noticed. Slower. */
  | 'on-conflict';

/** How the orders of an import are stored. */
export interface StoreOptions {
  readonly check: DuplicateCheck;
  readonly onDuplicate: DuplicatePolicy;
  /** From IdsInFlight: the batch among others that this process stores at the same time. */
  readonly passage: Passage;
  /** Nothing is stored for anybody to see; the outcomes are as if it were. */
  readonly isDryRun: boolean;
}

/** What became of a batch. */
export interface StoredBatch {
  /** For each order of the batch 1 if it is a duplicate, else 0. */
  readonly isDuplicate: Uint8Array;
  /** Orders of the same import that stand further behind in its file, were stored before, and are duplicates now. */
  readonly displaced: readonly GoneOrder[];
  /** Invalid orders of other imports that gave way, and are not stored any more. */
  readonly replaced: readonly GoneOrder[];
}

/**
 * Stores the orders of a batch within the pipeline's transaction, with its next flush, except those whose id is taken: by a stored order or
 * by an order that stands before it in the file. The policy says what becomes of these.
 *
 * With `look-up` that flush may fail with PostgreSQL's unique violation (23505), as said there, or throw WayBlocked.
 */
export class StoreOrdersCommand extends Command<StoredBatch> {
  constructor(
    readonly pipeline: Pipeline,
    readonly batch: OrderBatch,
    readonly options: StoreOptions,
  ) {
    super();
  }
}

@CommandHandler(StoreOrdersCommand)
export class StoreOrdersHandler implements ICommandHandler<StoreOrdersCommand> {
  async execute({ pipeline, batch, options }: StoreOrdersCommand): Promise<StoredBatch> {
    // Whose id is taken gets another one then, so that nothing is to be found out.
    if (options.isDryRun && options.onDuplicate === 'reassign-id') return nothingTaken(batch);
    const storing = new Storing(pipeline, batch, options);
    return options.check === 'look-up' ? await storing.all() : await storing.oneByOne();
  }
}

/** Rounds in which somebody else may get in between. */
const MOST_ROUNDS = 20;

/** One batch on its way into the database. */
class Storing {
  private readonly shelf: Shelf;
  private readonly isDuplicate: Uint8Array;
  /** Orders that wait until another batch has ended. */
  private readonly isHeldBack: Uint8Array;
  private readonly displaced: GoneOrder[] = [];
  private readonly replaced: GoneOrder[] = [];

  constructor(
    private readonly pipeline: Pipeline,
    private readonly batch: OrderBatch,
    private readonly options: StoreOptions,
  ) {
    this.shelf = options.isDryRun ? TRIAL : ORDERS;
    this.isDuplicate = repeatsInside(batch);
    this.isHeldBack = new Uint8Array(batch.count);
  }

  async all(): Promise<StoredBatch> {
    const { contested } = this.options.passage;
    const { ids, sortedIds } = this.batch;
    const heldBack = numbersOfIds(ids, contested);
    for (const number of heldBack) this.isHeldBack[number] = 1;
    await this.store(sortedIds);
    if (heldBack.length > 0) {
      // The rows that are picked next take the room of these.
      await this.pipeline.flush();
      await clearInTime(this.options.passage);
      for (let number = 0; number < ids.length; number++) this.isHeldBack[number]! ^= 1;
      await this.store(Float64Array.from(contested).sort());
    }
    return this.finish();
  }

  /** @param sortedIds of the orders to be stored, at least */
  private async store(sortedIds: Float64Array): Promise<void> {
    await this.makeWay(sortedIds);
    this.copy(this.shelf.table, this.left());
  }

  /** Through a temporary table, until nobody stores any of the ids meanwhile. */
  async oneByOne(): Promise<StoredBatch> {
    const { pipeline, shelf } = this;
    const { ids } = this.batch;
    await this.options.passage.clear;
    void pipeline.add(`CREATE TEMPORARY TABLE incoming_orders (LIKE ${shelf.table}) ON COMMIT DROP`);
    for (let left = this.left(), round = 1; left.length > 0; round++) {
      if (round > MOST_ROUNDS) throw new Error(`${left.length} orders found no place in ${MOST_ROUNDS} rounds`);
      await this.makeWay(Float64Array.from(left, (number) => ids[number]!).sort());
      left = left.filter((number) => this.isDuplicate[number] === 0);
      void pipeline.add('TRUNCATE incoming_orders');
      this.copy('incoming_orders', left);
      const rows = await pipeline.ask(
        // In the order of the ids, so that two imports never wait for each other in a ring.
        `INSERT INTO ${shelf.table} ${shelf.columns} SELECT ${shelf.columns.slice(1, -1)} FROM incoming_orders
         ORDER BY id ON CONFLICT DO NOTHING RETURNING id`,
      );
      const stored = new Set(rows.map(([id]) => Number(id)));
      left = left.filter((number) => !stored.has(ids[number]!));
    }
    return this.finish();
  }

  /** The orders that are neither held back nor, as far as is known, duplicates. */
  private left(): Uint32Array {
    const { isDuplicate, isHeldBack } = this;
    const numbers = new Uint32Array(isDuplicate.length);
    let count = 0;
    for (let number = 0; number < numbers.length; number++)
      if (isDuplicate[number] === 0 && isHeldBack[number] === 0) numbers[count++] = number;
    return numbers.subarray(0, count);
  }

  /** Decides who gets each id that is taken: marks the duplicates, and takes away the orders that give way. */
  private async makeWay(sortedIds: Float64Array): Promise<void> {
    const { pipeline, batch, shelf, isDuplicate, isHeldBack } = this;
    const { ids, records } = batch;
    const taken = await shelf.lookUp(pipeline, batch.options.importId, sortedIds);
    const behind: number[] = [];
    const replaced: number[] = [];
    for (const number of numbersOfIds(ids, taken)) {
      if (isDuplicate[number] === 1 || isHeldBack[number] === 1) continue;
      const other = taken.get(ids[number]!)!;
      if (isBehind(other, records[number]!)) behind.push(number);
      else if (this.isReplaceable(other)) replaced.push(ids[number]!);
      else isDuplicate[number] = 1;
    }
    await this.displace(behind);
    await this.replace(replaced);
  }

  private isReplaceable({ ownRecord, valid }: Taken): boolean {
    return this.options.onDuplicate === 'replace-invalid' && ownRecord === null && !valid;
  }

  private async displace(numbers: readonly number[]): Promise<void> {
    const { pipeline, batch, shelf, options } = this;
    if (numbers.length === 0) return;
    const { ids, records } = batch;
    const { importId } = batch.options;
    const contested = numbers.map((number) => ids[number]!);
    // The records of a batch follow each other: what stands behind its first one, and is stored, stands behind them all.
    const first = records[0]!;
    if (options.onDuplicate === 'reassign-id') {
      void pipeline.add(
        `UPDATE orders SET id = ${NEW_ID}, original_id = id
         WHERE id = ANY($2::bigint[]) AND import_id = $1 AND record > $3`,
        [importId, arrayText(contested), first],
      );
    } else this.displaced.push(...(await shelf.displaceOwn(pipeline, importId, contested, first)));
  }

  private async replace(ids: readonly number[]): Promise<void> {
    if (ids.length === 0 || this.options.isDryRun) return;
    const rows = await this.pipeline.ask(
      `DELETE FROM orders WHERE id = ANY($1::bigint[]) AND import_id <> $2 AND NOT valid
       RETURNING ${goneColumns('coalesce(original_id, id)')}`,
      [arrayText(ids), this.batch.options.importId],
    );
    this.replaced.push(...goneOrders(rows));
  }

  /** In the order of the ids, so that two imports never wait for each other in a ring. */
  private copy(table: string, numbers: Uint32Array): void {
    if (numbers.length === 0) return;
    const { ids } = this.batch;
    const isSorted = isAscendingAt(ids, numbers);
    const sorted = isSorted ? numbers : numbers.toSorted((a, b) => ids[a]! - ids[b]!);
    void this.pipeline.copy(`${table} ${this.shelf.columns}`, this.shelf.rows(this.batch, sorted));
  }

  private async finish(): Promise<StoredBatch> {
    const { pipeline, batch, options, isDuplicate, displaced, replaced } = this;
    const isReassigned = options.onDuplicate === 'reassign-id';
    const stored = isReassigned ? nothingTaken(batch) : { isDuplicate, displaced, replaced };
    if (isReassigned) await giveNewIds(pipeline, batch, isDuplicate);
    if (!options.isDryRun)
      void pipeline.add(NOTE_COUNTS, [countsOfBatch(batch, stored.isDuplicate, [...displaced, ...replaced])]);
    return stored;
  }
}

const nothingTaken = ({ count }: OrderBatch): StoredBatch => ({
  isDuplicate: new Uint8Array(count),
  displaced: [],
  replaced: [],
});

const isBehind = ({ ownRecord }: Taken, record: number): boolean => ownRecord !== null && ownRecord > record;

/** Whether the ids of these orders ascend. */
function isAscendingAt(ids: Float64Array, numbers: Uint32Array): boolean {
  for (let at = 1; at < numbers.length; at++) if (ids[numbers[at]!]! <= ids[numbers[at - 1]!]!) return false;
  return true;
}

/** Marks the orders whose id an earlier order of the same batch has. */
function repeatsInside({ ids, sortedIds }: OrderBatch): Uint8Array {
  const isRepeat = new Uint8Array(ids.length);
  const repeated = new Set<number>();
  for (let at = 1; at < sortedIds.length; at++) if (sortedIds[at] === sortedIds[at - 1]) repeated.add(sortedIds[at]!);
  const seen = new Set<number>();
  for (const number of numbersOfIds(ids, repeated)) {
    if (seen.has(ids[number]!)) isRepeat[number] = 1;
    else seen.add(ids[number]!);
  }
  return isRepeat;
}
