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
