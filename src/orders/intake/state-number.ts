const LETTERS = 26;
const A = 65;
/** Number of what is no state of two letters. */
const OTHER = LETTERS * LETTERS;

/** How many numbers there are. */
export const STATE_NUMBERS = OTHER + 1;

/** A number for a state in upper case, from 0; all that have not two letters share the last one. */
export function numberOfState(state: string): number {
  const first = state.charCodeAt(0) - A;
  const second = state.charCodeAt(1) - A;
  const isState = state.length === 2 && first >= 0 && first < LETTERS && second >= 0 && second < LETTERS;
  return isState ? first * LETTERS + second : OTHER;
}

/** The state with this number, or `other`. */
export const nameOfState = (number: number): string =>
  number === OTHER ? 'other' : String.fromCharCode(A + Math.floor(number / LETTERS), A + (number % LETTERS));
