import { TooManyUploads, UploadsFull } from './errors.js';

/** The places for uploads that this process has at once. */
export class UploadPlaces {
  private readonly taken = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly mostOfOne: number,
    private readonly most: number,
  ) {}

  /** Takes a place; returns what gives it back, once. Throws TooManyUploads or UploadsFull where there is none. */
  take(who: string): () => void {
    const own = this.taken.get(who) ?? 0;
    if (own >= this.mostOfOne) throw new TooManyUploads(this.mostOfOne);
    if (this.total >= this.most) throw new UploadsFull();
    this.taken.set(who, own + 1);
    this.total += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.giveBack(who);
      isTaken = false;
    };
  }

  private giveBack(who: string): void {
    const others = this.taken.get(who)! - 1;
    if (others === 0) this.taken.delete(who);
    else this.taken.set(who, others);
    this.total -= 1;
  }
}
