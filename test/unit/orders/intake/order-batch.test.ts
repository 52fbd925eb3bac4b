import { describe, expect, it } from 'vitest';
import { OrderBatch, type Destination } from '../../../../src/orders/intake/order-batch.js';
import { ORDER_COLUMNS, type OrderColumn } from '../../../../src/orders/intake/order-draft.js';
import { codesOf, compileRules, readRuleSet } from '../../../../src/orders/rules/rule-set.js';
import { as, rowsOf } from '../../shared/copy-decoder.js';
import { fieldsOf } from './fields.js';

const IMPORT_ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
const COLUMNS = Object.fromEntries(ORDER_COLUMNS.map((column, index) => [column, index])) as Record<
  OrderColumn,
  number
>;

function newBatch(destination: Destination | null = null, rules: object = {}): OrderBatch {
  const ruleSet = readRuleSet(JSON.stringify(rules));
  const judge = compileRules(ruleSet, new Date('2026-11-23T15:00:00Z'));
  return new OrderBatch({ importId: IMPORT_ID, ruleSet, judge, columns: COLUMNS, destination }, 100);
}

/** Sends one order for each destination, all of which break allowed_state where they are judged. */
function take(
  batch: OrderBatch,
  ...destinations: readonly (readonly [state: string, zipcode: string, id?: string])[]
): string[] {
  return destinations.map(([state, zipcode, id]) => {
    const number = batch.count + 1;
    const fields = fieldsOf([id ?? String(number), 'Ann', 'ann@example.com', state, zipcode, '1963-02-27']);
    const malformation = batch.take(fields, number, number + 1);
    if (malformation) return 'malformed';
    return batch.broken.at(-1) === 0 ? 'passes' : 'judged';
  });
}

describe('same_destination', () => {
  it('judges only the first of a run of equal destinations', () => {
    expect(take(newBatch(), ['NJ', '12345'], ['NJ', '12345'], ['NJ', '12345'])).toEqual(['judged', 'passes', 'passes']);
  });

  it('judges again whenever the state or the zip code changes', () => {
    const destinations = [
      ['NJ', '12345'],
      ['PA', '12345'],
      ['PA', '12346'],
      ['NJ', '12345'],
      ['NJ', '12345'],
    ] as const;
    expect(take(newBatch(), ...destinations)).toEqual(['judged', 'judged', 'judged', 'judged', 'passes']);
  });

  it('compares states without regard to case, and zip codes as they are written', () => {
    expect(take(newBatch(), ['NJ', '12345'], ['nj', '12345'], ['Nj', '12345'])).toEqual(['judged', 'passes', 'passes']);
    expect(take(newBatch(), ['NJ', '12345-6789'], ['NJ', '123456789'], ['NJ', '123456789 '])).toEqual([
      'judged',
      'judged',
      'judged',
    ]);
  });

  it('compares with the record before however that was judged', () => {
    const batch = newBatch(null, { allowed_state: { states: ['NJ'] }, zipcode_length: false });
    expect(take(batch, ['CA', '1'], ['CA', '1'], ['NJ', '1'], ['NJ', '1'])).toEqual([
      'passes',
      'passes',
      'judged',
      'passes',
    ]);
  });

  it('skips over malformed records as if they were absent', () => {
    const destinations = [
      ['NJ', '12345'],
      ['PA', '1', 'x'],
      ['NJ', '12345'],
      ['NJ', '9', '0'],
      ['NJ', '12345'],
    ] as const;
    expect(take(newBatch(), ...destinations)).toEqual(['judged', 'malformed', 'passes', 'malformed', 'passes']);
  });

  it('compares empty destinations too, but the first record of a file with nothing', () => {
    expect(take(newBatch(), ['', ''], ['', ''])).toEqual(['judged', 'passes']);
  });

  it('goes on from batch to batch', () => {
    const first = newBatch();
    take(first, ['CA', '1'], ['nj', '12-345']);
    expect(first.destination).toEqual({ state: 'NJ', zipcode: '12-345' });
    // As it is kept between two workers.
    const kept = JSON.parse(JSON.stringify(first.destination)) as Destination;
    expect(take(newBatch(kept), ['NJ', '12-345'], ['NJ', '12345'])).toEqual(['passes', 'judged']);
  });

  it('goes on over a batch without an order', () => {
    const before = { state: 'NJ', zipcode: '12345' };
    const empty = newBatch(before);
    take(empty, ['PA', '1', 'malformed']);
    expect(empty.destination).toEqual(before);
    expect(newBatch().destination).toBeNull();
  });

  it('compares zip codes with letters beyond ASCII across batches', () => {
    const first = newBatch();
    take(first, ['NJ', 'é€😀']);
    expect(take(newBatch(first.destination), ['NJ', 'é€😀'], ['NJ', 'é€😁'])).toEqual(['passes', 'judged']);
  });

  it('judges every record where it is switched off', () => {
    const batch = newBatch({ state: 'NJ', zipcode: '12345' }, { same_destination: false });
    expect(take(batch, ['NJ', '12345'], ['NJ', '12345'])).toEqual(['judged', 'judged']);
  });
});

describe('a batch', () => {
  it('holds its orders as they will be stored', () => {
    const batch = newBatch();
    const first = fieldsOf(['9', 'Stone "Rock" Dominguez', 'a@b.com', 'ia', '05-900', 'Feb 27, 1963']);
    const second = fieldsOf(['4294967299', 'José\\.\n', 'nobody', 'NJ', '99999', '02/29/2024']);
    expect([batch.take(first, 1, 2), batch.take(second, 17, 23)]).toEqual([null, null]);
    const stored = rowsOf(batch.rows).map(
      ([id, name, email, state, zipcode, birthday, valid, violations, importId, ...place]) => ({
        id: as.int8(id!),
        texts: [name, email, state, zipcode].map((value) => as.text(value!)),
        birthday: as.date(birthday!),
        valid: as.boolean(valid!),
        violations: as.textArray(violations!),
        importId: as.uuid(importId!),
        place: place.map((value) => Number(as.int8(value))),
      }),
    );
    expect(stored).toEqual([
      {
        id: 9n,
        texts: ['Stone "Rock" Dominguez', 'a@b.com', 'IA', '05900'],
        birthday: '1963-02-27',
        valid: true,
        violations: [],
        importId: IMPORT_ID,
        place: [1, 2],
      },
      {
        id: 4_294_967_299n,
        texts: ['José\\.\n', 'nobody', 'NJ', '99999'],
        birthday: '2024-02-29',
        valid: false,
        violations: ['allowed_state', 'zipcode_sum', 'allowed_age', 'email_pattern'],
        importId: IMPORT_ID,
        place: [17, 23],
      },
    ]);
    expect([...batch.ids]).toEqual([9, 4_294_967_299]);
    expect([...batch.broken].map(codesOf)).toEqual(stored.map(({ violations }) => violations));
  });

  it('has names in the Unicode form NFC, and e-mails as they came', () => {
    const batch = newBatch();
    const decomposed = ['Jose\u0301', 'Z\u0323\u0307', '\u1112\u1161\u11ab', '\u212b', 'Jos\u00e9', '日本 😀 a\u200db'];
    decomposed.forEach((name, at) => {
      const email = `${name}@b.com`;
      batch.take(fieldsOf([String(at + 1), name, email, 'ia', '05-900', 'Feb 27, 1963']), at + 1, at + 2);
    });
    expect(rowsOf(batch.rows).map(([, name]) => as.text(name!))).toEqual(
      decomposed.map((name) => name.normalize('NFC')),
    );
    expect(rowsOf(batch.rows).map(([, , email]) => as.text(email!))).toEqual(decomposed.map((name) => `${name}@b.com`));
  });

  it('is empty once it is cleared, and then the same as a new one', () => {
    const batch = newBatch();
    take(batch, ['NJ', '12345'], ['CA', '99999'], ['PA', '1']);
    batch.clear({ state: 'NJ', zipcode: '12-345' });
    expect([batch.count, batch.rows.count, batch.ids.length]).toEqual([0, 0, 0]);
    const fresh = newBatch({ state: 'NJ', zipcode: '12-345' });
    const destinations = [
      ['NJ', '12-345'],
      ['NJ', '12345'],
    ] as const;
    expect(take(batch, ...destinations)).toEqual(take(fresh, ...destinations));
    expect(rowsOf(batch.rows)).toEqual(rowsOf(fresh.rows));
    expect(batch.destination).toEqual(fresh.destination);
  });

  it('has no row of a malformed record', () => {
    const batch = newBatch();
    expect(take(batch, ['NJ', '1', 'x'], ['NJ', '1'])).toEqual(['malformed', 'judged']);
    expect([batch.count, batch.rows.count, batch.ids.length, batch.broken.length]).toEqual([1, 1, 1, 1]);
  });
});
