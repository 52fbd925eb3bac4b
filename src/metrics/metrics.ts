import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { ownVersion } from '../shared/own-version.js';

/** In front of every name but those of the process itself, which are the same everywhere. */
const PREFIX = 'orders_import_';

/** A label and every value it can have. */
type Label<L extends string> = Readonly<Record<L, readonly string[]>>;

/** The metrics of this process. A module makes its own here and knows what they mean; this only shows them. */
@Injectable()
export class Metrics {
  /** Media type of `text()`. */
  readonly contentType: string;
  private readonly registry = new Registry();

  constructor() {
    this.contentType = this.registry.contentType;
    collectDefaultMetrics({ register: this.registry });
    const version = ownVersion();
    this.gauge('build_info', 'Always 1; the label tells the version.', { version: [version] }).set({ version }, 1);
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

  /** A value that rises and falls, 0 until it is set; name and label as above. */
  gauge<L extends string = never>(name: string, help: string, label?: Label<L>): Gauge<L> {
    const [labelNames, series] = seriesOf(label);
    const gauge = new Gauge({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
    for (const each of series) gauge.set(each, 0);
    return gauge;
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
