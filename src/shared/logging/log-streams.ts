import { join, parse } from 'node:path';
import pino from 'pino';
import type { Config } from '../../config.js';

type LogConfig = Pick<Config, 'env' | 'role' | 'logFile' | 'logFileMaxBytes' | 'logFileCount'>;

/** Where the lines of a process go: standard output, and beside it the rotating file if one is set. */
export async function logStream(config: LogConfig): Promise<pino.DestinationStream> {
  const output = isForAPerson(config) ? await pretty() : linesTogether(pino.destination({ fd: 1, sync: true }));
  if (config.logFile === '') return output;
  const file = linesTogether(await openLogFile(config));
  return pino.multistream([output, file].map((stream) => ({ level: 'trace', stream })));
}

/** Most characters of lines that go out together: what a pipe takes as a whole, so that no other process's come between. */
const MOST_TOGETHER = 4_096;
/** How long a line waits for others, milliseconds. */
const TOGETHER_MS = 10;

/** Writes lines together, soon or when the process ends: alone, they cost a sixth of what the API does for an order. */
export function linesTogether(destination: pino.DestinationStream): pino.DestinationStream {
  let waiting = '';
  const flush = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines !== '') destination.write(lines);
  };
  process.on('exit', flush);
  return {
    write(line) {
      if (waiting.length + line.length > MOST_TOGETHER) flush();
      if (waiting === '') setTimeout(flush, TOGETHER_MS);
      waiting += line;
    },
  };
}

const isForAPerson = ({ env }: LogConfig): boolean => env === 'development' && process.stdout.isTTY;

/** Lines for a terminal. Loaded only where there is one. */
async function pretty(): Promise<pino.DestinationStream> {
  const { default: prettyStream } = await import('pino-pretty');
  return prettyStream({
    messageKey: 'message',
    timestampKey: '@timestamp',
    levelKey: String.raw`log\.level`,
    ignore: SAME_IN_EVERY_LINE.join(','),
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    sync: true,
  });
}

/** What is the same in every line of a process. */
const SAME_IN_EVERY_LINE = [
  'ecs.version',
  'service.name',
  'service.version',
  'service.environment',
  'service.node.name',
  'event.dataset',
  'process.pid',
  'host.hostname',
].map((name) => name.replaceAll('.', String.raw`\.`));

/**
 * `NAME-ROLE.NUMBER.log`, where the highest number is written to. Roles have files of their own, because two processes
 * cannot rotate one.
 */
export async function openLogFile({
  role,
  logFile,
  logFileMaxBytes,
  logFileCount,
}: LogConfig): Promise<pino.DestinationStream> {
  const { default: rollingFile } = await import('pino-roll');
  const { dir, name, ext } = parse(logFile);
  const file = await rollingFile({
    file: join(dir, `${name}-${role}${ext}`),
    size: `${logFileMaxBytes}b`,
    // Those of earlier processes count too.
    limit: { count: logFileCount, removeOtherLogFiles: true },
    mkdir: true,
    sync: true,
  });
  let isFull = false;
  // A full disk must not end the process; standard output still has every line.
  file.on('error', (error: Error) => {
    if (!isFull) console.error(`The log file cannot be written: ${error.message}`);
    isFull = true;
  });
  return file;
}
