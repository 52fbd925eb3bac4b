import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.js';
import { VERSION } from '../version.js';
import type { OpenSpan, SpanOptions, Tracing } from './span.js';

/** Longest time for what is left at the end, milliseconds. */
const END_MS = 2_000;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Traces by OpenTelemetry that are sent to a collector by OTLP over HTTP. */
export function otlpTracing(config: Config): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = providerFor(config);
  const tracer = provider.getTracer('acme-orders', VERSION);
  const begin = (name: string, options: SpanOptions): { span: Span; within: Context } => {
    const parent = parentOf(options);
    const { kind, attributes } = options;
    const span = tracer.startSpan(
      name,
      { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes: { ...attributes }, links: linksOf(options) },
      parent,
    );
    return { span, within: trace.setSpan(parent, span) };
  };
  return {
    async traced(name, options, work) {
      const { span, within } = begin(name, options);
      try {
        return await context.with(within, work);
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    open: (name, options) => opened(begin(name, options)),
    ids: () => idsOf(trace.getActiveSpan()),
    traceparent: () => traceparentOf(trace.getActiveSpan()),
    fault(error) {
      const span = trace.getActiveSpan();
      if (span) fail(span, error);
    },
    end: () => Promise.race([provider.shutdown().catch(() => undefined), sleep(END_MS, undefined, { ref: false })]),
  };
}

function providerFor({ otlpEndpoint, otlpHeaders, tracedPercent, env, role }: Config): TracerProvider {
  const headers = otlpHeaders.split(',').map((each) => each.split(/=(.*)/s, 2).map((part) => part.trim()));
  const exporter = new OTLPTraceExporter({
    url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces`,
    headers: Object.fromEntries(headers.filter(([name]) => name)) as Record<string, string>,
  });
  return new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `acme-orders-${role}`,
      'service.version': VERSION,
      'service.instance.id': `${hostname()}:${process.pid}`,
      'deployment.environment.name': env,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracedPercent / 100) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
}

function opened({ span, within }: { span: Span; within: Context }): OpenSpan {
  return {
    ids: idsOf(span),
    within: (work) => context.with(within, work),
    end(name, attributes, hasFailed) {
      span.updateName(name).setAttributes({ ...attributes });
      if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function parentOf({ parent, link }: SpanOptions): Context {
  if (link !== undefined) return ROOT_CONTEXT;
  const remote = parsed(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : context.active();
}

function linksOf({ link }: SpanOptions): Link[] {
  const linked = parsed(link);
  return linked ? [{ context: linked }] : [];
}

/** https://www.w3.org/TR/trace-context/#traceparent-header; null for what is none. */
function parsed(header: string | null | undefined): SpanContext | null {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(header ?? '') ?? [];
  const found = { traceId: traceId!, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
  return traceId && trace.isSpanContextValid(found) ? found : null;
}

const idsOf = (span: Span | undefined) => {
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  return { 'trace.id': traceId, 'span.id': spanId };
};

function traceparentOf(span: Span | undefined): string | null {
  if (!span) return null;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}

/** Its type only: a message may quote what a client sent. */
function fail(span: Span, error: unknown): void {
  const { code, name } = error as { code?: unknown; name?: unknown };
  span.setAttribute('error.type', typeof code === 'string' ? code : String(name));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
