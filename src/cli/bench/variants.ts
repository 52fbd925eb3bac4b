import type { GenerateOptions } from '../generate-orders.js';

/** Kinds of files that are measured. */
export const VARIANTS = {
  plain: {},
  shuffle: { shuffle: true },
  duplicates: { duplicates: 0.2 },
  comma: { delimiter: ',' },
  quoted: { quoted: true },
} as const satisfies Record<string, Partial<GenerateOptions>>;
export type Variant = keyof typeof VARIANTS;
