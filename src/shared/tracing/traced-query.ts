import { isTraced, traced } from './tracing.js';

/** Longest statement that is told, characters. */
const MOST_TEXT = 4_000;

/** Asks PostgreSQL as a part of the span that is under way; outside of one it just asks. The values are not told. */
export function tracedQuery<T>(name: string, text: () => string, ask: () => Promise<T>): Promise<T> {
  if (!isTraced()) return ask();
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text().slice(0, MOST_TEXT) };
  return traced(name, { kind: 'client', attributes }, ask);
}
