/** Largest gap between two ids of one range, and fewest ids for which a range is worth it. */
const MOST_GAP = 8;
const LEAST_IDS = 32;

/** Ids to be looked up: dense stretches as ranges, the rest one by one. */
export interface IdRanges {
  readonly singles: readonly number[];
  readonly lowest: readonly number[];
  readonly highest: readonly number[];
}

/**
 * Splits ascending ids into dense ranges and single ones. A file's ids mostly follow each other, and looking into a range of an
 * index where nothing is stored costs nothing; looking for each id would.
 */
export function rangesOf(sorted: Float64Array): IdRanges {
  const ranges = { singles: [] as number[], lowest: [] as number[], highest: [] as number[] };
  let from = 0;
  for (let to = 1; to <= sorted.length; to++) {
    if (to < sorted.length && sorted[to]! - sorted[to - 1]! <= MOST_GAP) continue;
    if (to - from >= LEAST_IDS) {
      ranges.lowest.push(sorted[from]!);
      ranges.highest.push(sorted[to - 1]!);
    } else {
      for (let at = from; at < to; at++) ranges.singles.push(sorted[at]!);
    }
    from = to;
  }
  return ranges;
}
