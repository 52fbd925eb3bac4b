import { textIn, type Params } from './text.js';

/**
 * Something the person at the terminal can put right. It carries a key of the catalogs and its values; the program
 * that shows it turns it into a language. Its message is the English text.
 */
export class CliProblem extends Error {
  constructor(
    readonly code: string,
    readonly params: Params = {},
    /** What the program exits with: 1, or 2 where it was called wrongly. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(textIn('en')(code, params));
  }
}

/** The code of a system error such as `ENOENT`, or undefined. */
export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** What an error says, for a person. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
