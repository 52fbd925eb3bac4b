/** The lines of a file that say something, with their numbers from 1; blank ones and comments (`#`) are passed over. */
export const numberedLines = (text: string): { line: string; number: number }[] =>
  text
    // Names come in the one form in which browsers send them (RFC 7617, section 2.1).
    .normalize('NFC')
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
