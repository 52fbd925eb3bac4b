const PAUSE_MS = 5_000;

/** Awaits work that may take long, and says every few seconds that it goes on. */
export async function during<T>(what: string, work: Promise<T>, say: (line: string) => void): Promise<T> {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  say(what);
  const timer = setInterval(() => say(`${what}: ${seconds()} s`), PAUSE_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** A number with a space between thousands, as the documents write it. */
export function grouped(value: number, digits = 0): string {
  return value
    .toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replaceAll(',', ' ');
}
