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
