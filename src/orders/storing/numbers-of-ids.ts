/** Marks the low bits of the ids that are looked for: most others are passed over without a look into a table. */
const MARKS = new Uint8Array(1 << 16);
const markOf = (id: number): number => id & (MARKS.length - 1);

/** A Set of ids, or a Map by them. */
interface Ids {
  readonly size: number;
  has(id: number): boolean;
  keys(): Iterable<number>;
}

/** The places at which ids stand that are among those looked for, ascending. Made for few of them among many. */
export function numbersOfIds(ids: Float64Array, wanted: Ids): number[] {
  const numbers: number[] = [];
  if (wanted.size === 0) return numbers;
  for (const id of wanted.keys()) MARKS[markOf(id)] = 1;
  for (let number = 0; number < ids.length; number++) {
    const id = ids[number]!;
    if (MARKS[markOf(id)] === 1 && wanted.has(id)) numbers.push(number);
  }
  for (const id of wanted.keys()) MARKS[markOf(id)] = 0;
  return numbers;
}
