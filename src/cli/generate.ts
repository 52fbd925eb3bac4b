import { generateOrders, GENERATE_DEFAULTS, type GenerateOptions } from './generate-orders.js';
import { CliProblem } from './problem.js';
import { readArguments, runProgram, type Console } from './program.js';

/** `npm run generate -- --rows N …`: writes an order file and its oracle. */
async function main({ terminal, text }: Console): Promise<number> {
  const { values } = readArguments({
    rows: { type: 'string' },
    seed: { type: 'string' },
    'first-id': { type: 'string' },
    shuffle: { type: 'boolean' },
    duplicates: { type: 'string' },
    invalid: { type: 'string' },
    malformed: { type: 'string' },
    same: { type: 'string' },
    delimiter: { type: 'string' },
    newline: { type: 'string' },
    bom: { type: 'boolean' },
    quoted: { type: 'boolean' },
    out: { type: 'string' },
  });
  if (values.help) {
    terminal.say(text('generate.usage'));
    return 0;
  }
  const { shuffle, bom, quoted, delimiter, out, newline } = { ...GENERATE_DEFAULTS, ...values };
  if (newline !== 'lf' && newline !== 'crlf') throw new CliProblem('generate.newline', {}, 2);
  const options: GenerateOptions = {
    shuffle,
    bom,
    quoted,
    delimiter,
    newline,
    out,
    rows: whole('rows', values.rows ?? GENERATE_DEFAULTS.rows),
    seed: whole('seed', values.seed ?? GENERATE_DEFAULTS.seed),
    firstId: whole('first-id', values['first-id'] ?? GENERATE_DEFAULTS.firstId),
    duplicates: share('duplicates', values.duplicates ?? GENERATE_DEFAULTS.duplicates),
    invalid: share('invalid', values.invalid ?? GENERATE_DEFAULTS.invalid),
    malformed: share('malformed', values.malformed ?? GENERATE_DEFAULTS.malformed),
    same: share('same', values.same ?? GENERATE_DEFAULTS.same),
  };
  const { read, valid, invalid, duplicate, malformed } = await generateOrders(options);
  terminal.say(text('generate.done', { out, read, valid, invalid, duplicate, malformed }));
  return 0;
}

function whole(option: string, value: string | number): number {
  const number = Number(value);
  if (value !== '' && Number.isSafeInteger(number) && number >= 0) return number;
  throw new CliProblem('generate.whole', { option: `--${option}` }, 2);
}

function share(option: string, value: string | number): number {
  const number = Number(value);
  if (value !== '' && number >= 0 && number <= 1) return number;
  throw new CliProblem('generate.share', { option: `--${option}` }, 2);
}

await runProgram(main);
