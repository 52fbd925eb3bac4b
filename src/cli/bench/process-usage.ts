import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** What a process has used since it began, or its memory since the last `resetPeak`. */
export interface Usage {
  /** Most memory that was resident at once, bytes: the kernel's figure on Linux, the present one elsewhere. */
  readonly peakBytes: number;
  /** Seconds of processor time, user and system. */
  readonly cpuSeconds: number;
}

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS = 100;

export function usageOf(pid: number): Usage {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Lets the kernel's mark of the most resident memory begin anew at what is resident now. Linux only. */
export function resetPeak(pid: number): void {
  // proc(5): 5 resets the peak resident set size ("high water mark").
  if (process.platform === 'linux') writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function fromProc(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024, cpuSeconds: ticksOf(pid) / TICKS };
}

/** A process' own ticks and those of children it has waited for. */
function ticksOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
}

function fromPs(pid: number): Usage {
  const [rss = '0', time = '0:0'] = execFileSync('ps', ['-o', 'rss=,time=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { peakBytes: Number(rss) * 1024, cpuSeconds };
}

/**
 * Processor seconds of a PostgreSQL server: its postmaster with every backend that has ended, and those that run.
 * Linux only; 0 elsewhere.
 */
export function cpuSecondsOfServer(postmaster: number | undefined): number {
  if (postmaster === undefined || process.platform !== 'linux') return 0;
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  const running = children.filter(Boolean).reduce((sum, pid) => sum + ticksOrNone(Number(pid)), 0);
  return (ticksOf(postmaster) + running) / TICKS;
}

function ticksOrNone(pid: number): number {
  try {
    return ticksOf(pid);
  } catch {
    return 0;
  }
}
