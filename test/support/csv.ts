/** The fields of each record of a well formed CSV text, by RFC 4180 alone: not read by what is tested. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}

/** A field as it is written with quotes around it. */
export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
