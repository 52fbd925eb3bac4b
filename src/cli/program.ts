import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliProblem, codeOf, reasonOf } from './problem.js';
import { openTerminal, type Terminal } from './terminal.js';
import { LANGUAGES, languageOf, textIn, type Text } from './text.js';

/** What a program is given to talk with. */
export interface Console {
  readonly terminal: Terminal;
  readonly text: Text;
}

/** Runs a command line program and ends the process with its exit status; problems are shown in the user's language. */
export async function runProgram(main: (console: Console) => Promise<number>): Promise<never> {
  const terminal = openTerminal();
  const text = textIn(languageOf(process.env, languageArgument(process.argv)));
  process.exit(await main({ terminal, text }).catch((error: unknown) => showProblem(error, { terminal, text })));
}

/** Shows what went wrong and answers the exit status for it. */
export function showProblem(error: unknown, { terminal, text }: Console): number {
  if (error instanceof CliProblem) terminal.complain(text(error.code, error.params));
  else terminal.complain(reasonOf(error));
  return error instanceof CliProblem ? error.exitCode : 1;
}

/** The arguments of this process by node:util's parseArgs; every program also has `--lang` and `--help`. */
export function readArguments<O extends NonNullable<ParseArgsConfig['options']>>(options: O) {
  const all = { ...options, lang: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ options: all, allowPositionals: true });
    checkLanguage((values as { lang?: string }).lang);
    return { values, positionals };
  } catch (error) {
    throw argumentProblem(error);
  }
}

function argumentProblem(error: unknown): unknown {
  const option = /'(-[^' ]*)/.exec(reasonOf(error))?.[1] ?? '';
  if (codeOf(error) === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return new CliProblem('arguments.unknown', { option }, 2);
  if (codeOf(error) === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return new CliProblem('arguments.value', { option }, 2);
  return error;
}

function checkLanguage(wanted: string | undefined): void {
  if (wanted === undefined || LANGUAGES.some((language) => language === wanted) || wanted === 'pt') return;
  throw new CliProblem('arguments.language', { wanted, known: LANGUAGES.join(', ') }, 2);
}

/** Looked for before all else, so that a wrong argument is explained in the language asked for. */
function languageArgument(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((argument) => /^--lang(=|$)/.test(argument));
  return at < 0 ? undefined : (argv[at]?.split('=')[1] ?? argv[at + 1]);
}
