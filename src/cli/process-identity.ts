import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process that can be told from another one that got its number later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, as the system tells it: to be compared, not read. */
  readonly started: string;
}

/** The process of this number, or null where none runs. One that ended but was not yet reaped does not run. */
export function identify(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid);
  return started === null ? null : { pid, started };
}

/** Whether this very process still runs. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  return identify(pid)?.started === started;
}

/** Whether the process works in this folder (Linux) or names it in its command line (elsewhere). */
export function worksIn(pid: number, folder: string): boolean {
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === folder;
    return ps(pid, 'command=').includes(folder);
  } catch {
    return false;
  }
}

/** Whether the process stands still (SIGSTOP). */
export function isStopped(pid: number): boolean {
  try {
    return (process.platform === 'linux' ? statOnLinux(pid)[0]! : ps(pid, 'stat=').trim()).startsWith('T');
  } catch {
    return false;
  }
}

// proc(5): the fields after the command's name, which may hold anything, are state (3rd) to starttime (22nd).
function statOnLinux(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function startedOnLinux(pid: number): string | null {
  try {
    const fields = statOnLinux(pid);
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`;
  } catch {
    return null;
  }
}

function startedElsewhere(pid: number): string | null {
  try {
    const [state, ...started] = ps(pid, 'stat=,lstart=').trim().split(/\s+/);
    return !state || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}

const ps = (pid: number, format: string) =>
  execFileSync('ps', ['-ww', '-o', format, '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
