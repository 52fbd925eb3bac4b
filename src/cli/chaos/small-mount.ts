import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../problem.js';

/** A small file system of its own, so that it can be filled up. */
export interface SmallMount {
  /** Why there is none; null where there is one. */
  readonly obstacle: string | null;
  /** Leaves less free than one write needs. Returns how to make room again. */
  fill(): () => void;
  unmount(): void;
}

/** What is mounted. */
export interface SmallMountOptions {
  readonly megabytes: number;
  /** What `fill` leaves. */
  readonly freeBytes: number;
  /** Whose it is; else this process's user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Mounts a tmpfs at this folder. Needs root and Linux. */
export function mountSmall(folder: string, options: SmallMountOptions): SmallMount {
  mkdirSync(folder, { recursive: true });
  const obstacle = mountFault(folder, options);
  return {
    obstacle,
    fill: () => fillUp(folder, options.freeBytes),
    unmount: () => {
      if (obstacle === null) execFileSync('umount', ['--lazy', folder]);
    },
  };
}

function mountFault(folder: string, { megabytes, owner }: SmallMountOptions): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux, to mount a tmpfs';
  const whose = owner ? `,uid=${owner.uid},gid=${owner.gid}` : '';
  try {
    const options = `size=${megabytes}m,mode=700${whose}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'this machine does not let a tmpfs be mounted';
  }
}

function fillUp(folder: string, freeBytes: number): () => void {
  const path = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  const block = Buffer.alloc(1024 * 1024);
  const file = openSync(path, 'w');
  try {
    for (let left = bavail * bsize - freeBytes; left > 0; left -= block.length)
      writeSync(file, block, 0, Math.min(left, block.length));
  } catch (error) {
    // Others write there too, and may have taken the last of it.
    if (codeOf(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}
