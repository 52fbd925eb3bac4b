import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system that holds nothing but uploads, so that it can be filled up. */
export interface UploadsMount {
  /** Why there is none; null where there is one. */
  readonly obstacle: string | null;
  /** Leaves less free than one file needs. Returns how to make room again. */
  fill(): () => void;
  unmount(): void;
}

const SIZE = '512m';
const FREE_BYTES = 256 * 1024;

/** Mounts a tmpfs where uploads will lie. Needs root and Linux. */
export function mountUploads(folder: string): UploadsMount {
  mkdirSync(folder, { recursive: true });
  const obstacle = mountFault(folder);
  return {
    obstacle,
    fill: () => fillUp(folder),
    unmount: () => {
      if (obstacle === null) execFileSync('umount', ['--lazy', folder]);
    },
  };
}

function mountFault(folder: string): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux, to mount a tmpfs';
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'this machine does not let a tmpfs be mounted';
  }
}

function fillUp(folder: string): () => void {
  const path = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  const block = Buffer.alloc(1024 * 1024);
  const file = openSync(path, 'w');
  for (let left = bavail * bsize - FREE_BYTES; left > 0; left -= block.length)
    writeSync(file, block, 0, Math.min(left, block.length));
  closeSync(file);
  return () => rmSync(path);
}
