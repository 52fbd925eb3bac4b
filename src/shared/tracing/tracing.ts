import type { Config } from '../../config.js';

/** What is told of a span. Never what a client sent. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

export interface SpanOptions {
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** W3C `traceparent` of the span that this one is a part of; else it is the one that is under way here. */
  readonly parent?: string | undefined;
  /** W3C `traceparent` of what led to it, long before: a trace of its own begins, with a link. */
  readonly link?: string | null;
}

/** The ids of a span as a log line carries them. */
export interface SpanIds {
  readonly 'trace.id'?: string;
  readonly 'span.id'?: string;
}

/** A span that somebody else ends. */
export interface OpenSpan {
  readonly ids: SpanIds;
  /** Does work as a part of it. */
  within(work: () => void): void;
  end(name: string, attributes: SpanAttributes, hasFailed: boolean): void;
}

/** What makes spans; there where traces are switched on. */
export interface Tracing {
  traced<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>;
  open(name: string, options: SpanOptions): OpenSpan;
  ids(): SpanIds;
  /** W3C `traceparent` of the span that is under way here; null outside of one. */
  traceparent(): string | null;
  fault(error: unknown): void;
  end(): Promise<void>;
}

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
