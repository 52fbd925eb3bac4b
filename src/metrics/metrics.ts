import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '../shared/version.js';

/** In front of every name but those that are the same everywhere: of the process and of HTTP. */
const PREFIX = 'orders_import_';

/** A label and every value it can have. */
type Label<L extends string> = Readonly<Record<L, readonly string[]>>;

/** The metrics of this process. A module makes its own here and knows what they mean; this only shows them. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  /** Media type of `text()`. */
  readonly contentType: string = this.registry.contentType;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const build = { version: VERSION, node: process.version };
    new Gauge({
      name: `${PREFIX}build_info`,
      help: 'Always 1; the labels tell the version of the service and of Node.',
      labelNames: Object.keys(build),
      registers: [this.registry],
    }).set(build, 1);
  }

  /**
   * A count that only grows, from 0. With a label there is one for each of its values, shown from the start: of a
   * series that is not there nobody can tell whether it is 0.
   *
   * @param name without the prefix; ends in `_total`
   * @param label has few values, and never an id, a person or a file among them
   */
  counter<L extends string = never>(name: string, help: string, label?: Label<L>): Counter<L> {
    const [labelNames, series] = seriesOf(label);
    const counter = new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
    for (const each of series) counter.inc(each, 0);
    return counter;
  }

  /**
   * A value that rises and falls, 0 until it is set; name and label as above.
   *
   * @param collect sets it anew whenever somebody reads the metrics; must not throw
   */
  gauge<L extends string = never>(
    name: string,
    help: string,
    label?: Label<L>,
    collect?: () => void | Promise<void>,
  ): Gauge<L> {
    const [labelNames, series] = seriesOf(label);
    const registers = [this.registry];
    const gauge = new Gauge({ name: PREFIX + name, help, labelNames, registers, ...(collect && { collect }) });
    for (const each of series) gauge.set(each, 0);
    return gauge;
  }

  /**
   * How often a value was within each of some bounds, and what all of them add up to; name and label as above.
   *
   * @param buckets upper bounds, ascending, in the unit that the name ends in
   */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    label?: Label<L>,
  ): Histogram<L> {
    const [labelNames, series] = seriesOf(label);
    const registers = [this.registry];
    const histogram = new Histogram({ name: PREFIX + name, help, labelNames, buckets: [...buckets], registers });
    for (const each of series) histogram.zero(each);
    return histogram;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The names of the labels, and each series that a label makes. */
function seriesOf<L extends string>(label?: Label<L>): [L[], Record<L, string>[]] {
  const entries = Object.entries(label ?? {}) as [L, readonly string[]][];
  const series = entries.flatMap(([name, values]) => values.map((value) => ({ [name]: value }) as Record<L, string>));
  return [entries.map(([name]) => name), series];
}
