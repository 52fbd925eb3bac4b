import { Injectable } from '@nestjs/common';
import { compare } from 'bcrypt';
import { availableParallelism } from 'node:os';
import { TooBusy } from './errors.js';

/** Hashes at once: at most half of the cores, and half of the threads that Node has for such work and for files. */
const AT_ONCE = availableParallelism() < 4 ? 1 : 2;
/** Most who sign in at once, waiting ones too, and most of them from one address. */
const MOST = 64;
const MOST_OF_ONE_ADDRESS = 16;
/** How far bcrypt looks at a password, bytes. */
const MOST_PASSWORD_BYTES = 72;

/** The line in front of the hashing, which costs a core for a while: short, and no address fills it. */
@Injectable()
export class HashLine {
  private readonly inLine = new Map<string, number>();
  private total = 0;
  private hashing = 0;
  private readonly waiting: (() => void)[] = [];

  /** Does something within a place in the line. Throws TooBusy where there is none. */
  async within<T>(address: string, work: () => Promise<T>): Promise<T> {
    const own = this.inLine.get(address) ?? 0;
    if (this.total >= MOST || own >= MOST_OF_ONE_ADDRESS) throw new TooBusy();
    this.inLine.set(address, own + 1);
    this.total += 1;
    try {
      return await work();
    } finally {
      this.leave(address);
    }
  }

  /**
   * Whether a password is that of a hash, when it is its turn. One that goes on where bcrypt has ceased to look is that of
   * none, at the same cost.
   */
  async compare(password: string, hash: string): Promise<boolean> {
    if (this.hashing < AT_ONCE) this.hashing += 1;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      const isRight = await compare(password, hash);
      return isRight && Buffer.byteLength(password) <= MOST_PASSWORD_BYTES;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.hashing -= 1;
    }
  }

  private leave(address: string): void {
    const others = this.inLine.get(address)! - 1;
    if (others === 0) this.inLine.delete(address);
    else this.inLine.set(address, others);
    this.total -= 1;
  }
}
