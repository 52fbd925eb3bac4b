import { fork, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, ENDINGS } from '../end-process.js';
import { nodeFlags } from '../node-flags.js';
import { identify } from '../process-identity.js';

/** What a process of the service is started with. */
export interface MemberOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
}

const MAIN = join(import.meta.dirname, '..', '..', 'main.js');
/** Longest start of a process that still counts as one, milliseconds. */
const START_MS = 60_000;

/** One process of the service, started again whenever it ends. */
export class Member {
  /** Added to the environment of the next process. */
  extraEnv: NodeJS.ProcessEnv = {};
  /** How often it was killed. */
  kills = 0;
  private child: ChildProcess | undefined;
  private isReady = false;
  private isStopping = false;
  private isExpectedToEnd = false;

  /** @param onEnd is told at once when a process has ended, with how it did where nobody here meant it to */
  constructor(
    private readonly options: MemberOptions,
    private readonly onEnd: (pid: number, surprise: string | null) => void,
  ) {
    this.start();
  }

  get name(): string {
    return this.options.name;
  }

  get log(): string {
    return this.options.log;
  }

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  /** Waits until the process of now has started and listens. */
  async ready(): Promise<void> {
    const until = performance.now() + START_MS;
    while (!this.isReady) {
      if (performance.now() > until) throw new Error(`${this.name} did not start. Its log: ${this.log}`);
      await sleep(10);
    }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** kill -9. The next process is started at once. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** Ends the process in good order and starts another one, with this added to its environment. */
  async startAnew(extraEnv: NodeJS.ProcessEnv): Promise<void> {
    this.extraEnv = extraEnv;
    this.isExpectedToEnd = true;
    await this.end();
    await this.ready();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.end();
  }

  private async end(): Promise<void> {
    const { child } = this;
    this.isReady = false;
    child?.kill('SIGCONT');
    const identity = child?.pid === undefined ? null : identify(child.pid);
    if (identity) await endProcess(identity, ENDINGS.app);
  }

  private start(): void {
    const log = openSync(this.log, 'a');
    const child = fork(MAIN, {
      env: { ...this.options.env, ...this.extraEnv },
      execArgv: nodeFlags(this.options.env.ROLE!),
      stdio: ['ignore', log, log, 'ipc'],
      // Ctrl-C reaches only this program, which knows the order.
      detached: true,
    });
    let wasReady = false;
    child.once('message', () => (this.isReady = wasReady = true));
    child.once('exit', (code, signal) => {
      this.isReady = false;
      if (signal === 'SIGKILL') this.kills += 1;
      const isSurprise = wasReady && signal !== 'SIGKILL' && !this.isStopping && !this.isExpectedToEnd;
      this.isExpectedToEnd = false;
      this.onEnd(child.pid!, isSurprise ? `${this.name} ended by itself: ${signal ?? `exit ${code}`}` : null);
      // One that cannot start, because a service is away, is not started again in a loop.
      if (!this.isStopping) setTimeout(() => !this.isStopping && this.start(), wasReady ? 0 : 500);
    });
    this.child = child;
  }
}
