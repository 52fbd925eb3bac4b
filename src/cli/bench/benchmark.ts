import type { BenchOptions } from './bench-arguments.js';
import type { BenchService } from './bench-service.js';
import type { LatencyProbe } from './latency-probe.js';

/** The figures of one run by their key. */
export type Run = Readonly<Record<string, number>>;

/** A figure that every run of a benchmark has. */
export interface Figure {
  readonly key: string;
  /** What it is called in tables, with its unit. */
  readonly name: string;
  /** Decimals that are shown. */
  readonly digits: number;
}

/** What was measured under the same conditions, such as one kind of file. */
export interface Case {
  readonly name: string;
  readonly runs: readonly Run[];
}

/** One bar for each case, and what they stand beside. */
export interface Chart {
  readonly title: string;
  /** The figure that the bars show, by its median. */
  readonly figure: string;
  /** Another one, written beside the bar. */
  readonly beside?: string;
  readonly reference: { readonly name: string; readonly value: number };
}

/** What a benchmark works with. */
export interface BenchContext {
  readonly service: BenchService;
  readonly probe: LatencyProbe;
  readonly options: BenchOptions;
  /** Sent along with every request of an import. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes a line about the progress. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Something that can be measured by name. */
export interface Benchmark {
  readonly title: string;
  /** What is measured and beside what, in sentences for a reader of the figures. */
  readonly about: string;
  readonly figures: readonly Figure[];
  readonly chart: Chart;
  /** Measures run after run, those of one case together. */
  measure(context: BenchContext): AsyncGenerator<{ readonly of: string; readonly run: Run }>;
}
