import type { Config } from '../../config.js';
import type { OpenSpan, SpanIds, SpanOptions, Tracing } from './span.js';

const NO_IDS: SpanIds = {};
let tracing: Tracing | null = null;

/** Switches traces on where a collector is set. Where not, nothing of OpenTelemetry is loaded. */
export async function startTracing(config: Config): Promise<void> {
  if (config.otlpEndpoint === '') return;
  const { otlpTracing } = await import('./otlp-tracing.js');
  tracing = otlpTracing(config);
}

/** Does work as a span, which ends with it. */
export const traced = <T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> =>
  tracing ? tracing.traced(name, options, work) : work();

/** Whether a span is under way here, of which others may be a part. */
export const isTraced = (): boolean => tracing !== null && tracing.traceparent() !== null;

/** Begins a span; null where traces are off. */
export const openSpan = (name: string, options: SpanOptions): OpenSpan | null => tracing?.open(name, options) ?? null;

/** The ids of the span that is under way here, for a log line. */
export const spanIds = (): SpanIds => tracing?.ids() ?? NO_IDS;

/** Names the span that is under way here to others, as W3C `traceparent`; null where there is none. */
export const traceparent = (): string | null => tracing?.traceparent() ?? null;

/** Notes on the span that is under way here that it failed. */
export const noteFault = (error: unknown): void => tracing?.fault(error);

/** Sends what is left, and no longer than some seconds. */
export const endTracing = async (): Promise<void> => tracing?.end();
