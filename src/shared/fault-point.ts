import { renameSync } from 'node:fs';
import { join } from 'node:path';

/** A named place at which `npm run chaos` can kill or stop the process that comes there. */
export type FaultPoint =
  // Of a worker, in the order of a chunk.
  | 'after-claim'
  | 'before-copy'
  | 'mid-copy'
  | 'after-copy-before-commit'
  | 'after-commit-before-event'
  // Of the API, in the order of an upload.
  | 'while-uploading'
  | 'after-upload-stored'
  | 'before-accept-commit'
  | 'after-commit-before-ring'
  | 'after-ring-before-answer';

const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

let folder: string | null = null;

/**
 * Turns the fault points of this process on. Whoever makes a file `<point>.kill` or `<point>.stop` in the folder gets
 * the next process that comes there killed or stopped; it first renames the file to `<file>.hit.<pid>`.
 *
 * @param path empty leaves them off
 */
export function openFaultPoints(path: string): void {
  folder = path || null;
}

/** Whether somebody may ask for faults of this process. */
export const areFaultPointsOpen = (): boolean => folder !== null;

/** Strikes this process if somebody asked for it; does nothing where fault points are off. */
export function faultPoint(point: FaultPoint): void {
  if (folder === null) return;
  for (const [action, signal] of Object.entries(SIGNALS)) {
    if (takeAway(join(folder, `${point}.${action}`))) process.kill(process.pid, signal);
  }
}

/**
 * The pieces, with a fault point before the last one: all rows have gone out by then, the end of them has not. Null
 * where fault points are off.
 */
export function strikeBeforeLast<T>(point: FaultPoint, pieces: Iterable<T>): Iterable<T> | null {
  return folder === null ? null : struckBeforeLast(point, pieces);
}

function* struckBeforeLast<T>(point: FaultPoint, pieces: Iterable<T>): Generator<T> {
  let held: T | undefined;
  for (const piece of pieces) {
    if (held !== undefined) yield held;
    held = piece;
  }
  faultPoint(point);
  if (held !== undefined) yield held;
}

/** Of all processes that come by, one only succeeds. */
function takeAway(path: string): boolean {
  try {
    renameSync(path, `${path}.hit.${process.pid}`);
    return true;
  } catch {
    return false;
  }
}
