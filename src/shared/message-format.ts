/**
 * A text of the catalogs with its parameters filled in. A parameter that is not there shows as a question mark: what an
 * older version kept may lack one.
 *
 * nestjs-i18n takes `$t(key)` in the finished text for a reference to another text of the catalogs. A value of a client
 * must not be read as one, so it gets a word joiner, which cannot be seen.
 */
export function formatMessage(template: string, ...[params]: readonly unknown[]): string {
  const values = new Map(Object.entries(params ?? {}));
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(values.get(name) ?? '?').replaceAll('$t(', '$\u2060t('),
  );
}
