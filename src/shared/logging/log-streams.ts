import { join, parse } from 'node:path';
import pino from 'pino';
import type { Config } from '../../config.js';

/** Takes lines as bytes, and may keep them until they are written. */
interface BytesDestination {
  write(lines: Buffer): void;
}

type LogConfig = Pick<Config, 'env' | 'role' | 'logFile' | 'logFileMaxBytes' | 'logFileCount'>;

/** How Pino's streams are opened that take bytes, which their types do not know. */
const BYTES = { sync: true, contentMode: 'buffer' } as const;
const takingBytes = (stream: unknown): BytesDestination => stream as BytesDestination;

/** Where the lines of a process go: standard output, and beside it the rotating file if one is set. */
export async function logStream(config: LogConfig): Promise<pino.DestinationStream> {
  const output = isForAPerson(config)
    ? await pretty()
    : linesTogether(takingBytes(pino.destination({ fd: 1, ...BYTES })));
  if (config.logFile === '') return output;
  const file = linesTogether(await openLogFile(config));
  return pino.multistream([output, file].map((stream) => ({ level: 'trace', stream })));
}

/** Most bytes of lines that go out together: half of what a pipe holds, so that its reader need not have kept up. */
const MOST_TOGETHER = 32_768;
/** How long a line waits for others, milliseconds. */
const TOGETHER_MS = 10;
/** Bytes that a character of a string takes at most. */
const BYTES_OF_CHARACTER = 3;

/**
 * Writes lines together, soon or when the process ends: alone, they cost a sixth of what the API does for an order. They
 * wait as bytes, for a line as Pino makes it is a tree of dozens of pieces, which the garbage collection would have to
 * go through again and again. Processes that share one pipe could have their lines mixed; each should have its own.
 */
export function linesTogether(destination: BytesDestination): pino.DestinationStream {
  let block = Buffer.allocUnsafe(MOST_TOGETHER);
  let length = 0;
  const flush = (): void => {
    if (length === 0) return;
    const lines = block.subarray(0, length);
    // Whoever takes them may hold them for a while.
    block = Buffer.allocUnsafe(MOST_TOGETHER);
    length = 0;
    destination.write(lines);
  };
  process.on('exit', flush);
  return {
    write(line) {
      const most = line.length * BYTES_OF_CHARACTER;
      if (length + most > MOST_TOGETHER) flush();
      if (most > MOST_TOGETHER) {
        destination.write(Buffer.from(line));
        return;
      }
      if (length === 0) setTimeout(flush, TOGETHER_MS);
      length += block.write(line, length);
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
}: LogConfig): Promise<BytesDestination> {
  const { default: rollingFile } = await import('pino-roll');
  const { dir, name, ext } = parse(logFile);
  const file = await rollingFile({
    file: join(dir, `${name}-${role}${ext}`),
    size: `${logFileMaxBytes}b`,
    // Those of earlier processes count too.
    limit: { count: logFileCount, removeOtherLogFiles: true },
    mkdir: true,
    ...BYTES,
  });
  let isFull = false;
  // A full disk must not end the process; standard output still has every line.
  file.on('error', (error: Error) => {
    if (!isFull) console.error(`The log file cannot be written: ${error.message}`);
    isFull = true;
  });
  return takingBytes(file);
}
