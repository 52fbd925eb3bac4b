import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from '../../src/cli/process-identity.js';
import { eventually } from './eventually.js';

/** A program of dist/cli that was started as a user would. */
export interface RunningProgram {
  readonly process: ChildProcess;
  /** What it has written so far, standard output and error together. */
  readonly output: () => string;
  /** Its exit status once it has ended; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export const DIST = join(import.meta.dirname, '..', '..', 'dist');

/** Starts `dist/cli/<name>.js`. What the environment of the tests says of services and language does not reach it. */
export function startProgram(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): RunningProgram {
  const neutral = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' };
  const child = spawn(process.execPath, [join(DIST, 'cli', `${name}.js`), ...args], {
    env: { ...neutral, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += String(part)));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { process: child, output: () => output, ended };
}

/** Runs a program to its end. */
export async function runProgram(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const program = startProgram(name, args, env);
  const status = await program.ended;
  return { status, output: program.output() };
}

/** Waits until a launcher says that the service is ready; its address. Fails at once if the launcher ends. */
export async function readyAt(launcher: RunningProgram): Promise<string> {
  const isOver = () => launcher.process.exitCode !== null || launcher.process.signalCode !== null;
  const ready = () => /Page\s+(http:\S+)\/acme_orders/.exec(launcher.output())?.[1];
  await eventually('the launcher is ready', () => ready() ?? isOver(), 60_000);
  const origin = ready();
  if (!origin) throw new Error(`The launcher ended:\n${launcher.output()}`);
  return origin;
}

/** The processes that a launcher with this data folder has started and not yet seen end. */
export function startedProcesses(dataDir: string): (ProcessIdentity & { name: string })[] {
  const ledger = join(dataDir, 'running.json');
  return existsSync(ledger) ? (JSON.parse(readFileSync(ledger, 'utf8')) as (ProcessIdentity & { name: string })[]) : [];
}

export const stillRunning = (processes: readonly ProcessIdentity[]) => processes.filter(isRunning);
