/** A stored order that is taken away again, as its import has to remember it. */
export interface GoneOrder {
  readonly importId: string;
  /** The id that its record came with. */
  readonly id: number;
  readonly record: number;
  readonly line: number;
  readonly valid: boolean;
  /** Upper case; empty for an order of a dry run. */
  readonly state: string;
  readonly violations: readonly string[];
}

/** What a statement that takes orders away must return, for `goneOrders`; `id` and `state` are expressions. */
export const goneColumns = (id: string, state = 'state'): string =>
  `import_id, ${id}, record, line, valid, ${state}, to_json(violations)`;

/** @param rows texts, in the order of `goneColumns` */
export const goneOrders = (rows: readonly (readonly (string | null)[])[]): GoneOrder[] =>
  rows.map(([importId, id, record, line, valid, state, violations]) => ({
    importId: importId!,
    id: Number(id),
    record: Number(record),
    line: Number(line),
    valid: valid === 't',
    state: state!,
    violations: JSON.parse(violations!) as string[],
  }));
