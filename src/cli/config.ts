import Table from 'cli-table3';
import { KEYS } from '../config.js';
import { markdownOf, rowsOf } from '../config/shown.js';
import { readArguments, runProgram, type Console } from './program.js';
import type { Text } from './text.js';

/** Least width of the column of meanings, characters. */
const LEAST_WIDTH = 30;

/** `npm run config`: every setting with its meaning and default, as a table for people or in Markdown. */
async function main({ terminal, text }: Console): Promise<number> {
  const { values } = readArguments({ markdown: { type: 'boolean', default: false } });
  if (values.help) terminal.say(text('config.usage'));
  else terminal.say(values.markdown ? markdownOf(KEYS) : tableOf(text));
  return 0;
}

function tableOf(text: Text): string {
  const rows = rowsOf(KEYS);
  const names = widest(rows.map(([env]) => env));
  const defaults = widest(rows.map(([, , fallback]) => fallback));
  // Frames and margins take ten.
  const meanings = Math.max(LEAST_WIDTH, (process.stdout.columns || 120) - names - defaults - 10);
  const table = new Table({
    head: [text('config.variable'), text('config.meaning'), text('config.default')],
    colWidths: [names + 2, meanings + 2, defaults + 2],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => cell.replaceAll('`', ''))));
  return table.toString();
}

const widest = (cells: readonly string[]): number => Math.max(...cells.map((cell) => cell.replaceAll('`', '').length));

await runProgram(main);
