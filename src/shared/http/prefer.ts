/** Parts of a header that are separated by commas; one within quotes separates nothing. */
const PARTS = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** The preference `wait` with its value, and parameters behind it, which mean nothing here. */
const WAIT = /^\s*wait\s*=\s*(?:"(\d{1,9})"|(\d{1,9}))\s*(?:;.*)?$/is;

/**
 * How long a client wants to wait for a better answer: `wait` of its `Prefer` (RFC 7240, section 4.3), whole seconds up
 * to the most that is granted. Null where there is none; one that cannot be read is none.
 */
export function waitOf(prefer: string | undefined, most: number): number | null {
  for (const part of prefer?.match(PARTS) ?? []) {
    // Of a repeated preference the first one counts, also where it makes no sense.
    if (!/^\s*wait\s*(?:[=;]|$)/i.test(part)) continue;
    const [, quoted, bare] = WAIT.exec(part) ?? [];
    const seconds = quoted ?? bare;
    return seconds === undefined ? null : Math.min(Number(seconds), most);
  }
  return null;
}
