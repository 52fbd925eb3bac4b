import { CliProblem } from './problem.js';
import { readArguments, runProgram, type Console } from './program.js';
import { sendImport } from './send-import.js';
import { apiBase, resource, shown, type ServiceClient } from './service-client.js';
import { listenForStop } from './signals.js';

/** By Ctrl-C, as shells count it: 128 and the signal's number. */
const INTERRUPTED = 130;

/** `npm run import -- FILE`: uploads a file to a running service; 0 only if its import completed. */
async function main(console: Console): Promise<number> {
  const { values, positionals } = readArguments({
    url: { type: 'string' },
    delimiter: { type: 'string' },
    encoding: { type: 'string' },
    'on-duplicate': { type: 'string' },
  });
  const { terminal, text } = console;
  if (values.help) {
    terminal.say(text('import.usage'));
    return 0;
  }
  const [path, ...more] = positionals;
  if (path === undefined) throw new CliProblem('import.file-wanted', {}, 2);
  if (more.length > 0) throw new CliProblem('import.one-file', {}, 2);
  const base = apiBase(values.url ?? `http://127.0.0.1:${process.env.PORT || 8089}`);
  const client: ServiceClient = { base, language: text.language, signal: listenForStop().signal };
  return send(client, path, queryOf(values), console);
}

async function send(client: ServiceClient, path: string, query: Record<string, string>, console: Console) {
  const accepted: string[] = [];
  try {
    const onAccepted = ({ id }: { id: string }) => accepted.push(id);
    const done = await sendImport(client, { path, query, onAccepted }, console);
    return done.state === 'completed' ? 0 : 1;
  } catch (error) {
    if (!client.signal.aborted) throw error;
    const url = accepted.map((id) => shown(resource(client, `/imports/${id}`)))[0];
    console.terminal.complain(url ? console.text('import.goes-on', { url }) : console.text('import.aborted'));
    return INTERRUPTED;
  }
}

/** The options by the names of the API. Their values are for the service to judge. */
function queryOf(values: Readonly<Record<string, string | boolean | undefined>>): Record<string, string> {
  const names = { delimiter: 'delimiter', encoding: 'encoding', 'on-duplicate': 'onDuplicate' };
  const given = Object.entries(names).filter(([option]) => values[option] !== undefined);
  return Object.fromEntries(given.map(([option, name]) => [name, String(values[option])]));
}

await runProgram(main);
