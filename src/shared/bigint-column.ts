/** Gives a bigint column as a number, where node-postgres gives text. Ours stay below 2^53. */
export const bigintAsNumber = {
  to: (value: number): number => value,
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
};
