import { linesAbout, type Role } from './app.js';
import { eventually } from './eventually.js';

/** The metrics of a process, each value by its series as Prometheus writes it, with labels. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${url}/metrics`);
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split(/ (?=\S+$)/)).map(([series, value]) => [series!, Number(value)]));
}

/** One value of them, by its series without the prefix of ours; undefined where there is no such series. */
export const metricOf = async (url: string, series: string): Promise<number | undefined> =>
  (await metricsOf(url)).get(`orders_import_${series}`);

/** Every metric of a process: its name, its kind, and what it says of itself. */
export async function describedMetrics(url: string): Promise<{ name: string; type: string; help: string }[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const helpOf = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name!, help!]));
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({
    name: name!,
    type: type!,
    help: helpOf.get(name!) ?? '',
  }));
}

/** The names that its series have in Prometheus. */
export const seriesNames = ({ name, type }: { name: string; type: string }): string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];

/** Where a process with a METRICS_PORT of its own choice serves them; its log tells. */
export async function metricsUrlOf(role: Role): Promise<string> {
  const about = { 'log.logger': 'MetricsServer' };
  const line = await eventually('the log tells the port of metrics', () => linesAbout(role.log(), about)[0]);
  return `http://127.0.0.1:${Number(line['server.port'])}`;
}
