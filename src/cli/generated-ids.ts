import type { Random } from './random.js';

const BLOCK = 5000;
/** Issued ids that are remembered: far repeats stay possible in a file of any size. */
const REMEMBERED = 200_000;
const NEAR = 50;

/** Hands out order ids, new ones and such as were used before. */
export class OrderIds {
  private next: number;
  private block: number[] = [];
  private readonly issued: number[] = [];

  constructor(
    private readonly random: Random,
    private readonly options: { readonly firstId: number; readonly shuffle: boolean; readonly duplicates: number },
  ) {
    this.next = options.firstId;
  }

  fresh(): number {
    if (!this.options.shuffle) return this.next++;
    if (this.block.length === 0) this.block = this.shuffledBlock();
    return this.block.pop() as number;
  }

  /** An id of an order already written, or null where this record is to be a new one. */
  repeated(): number | null {
    const { issued, random } = this;
    if (issued.length === 0 || !random.chance(this.options.duplicates)) return null;
    const isNear = random.chance(0.5);
    return isNear ? issued[issued.length - 1 - random.below(Math.min(NEAR, issued.length))]! : random.pick(issued);
  }

  remember(id: number): void {
    if (this.issued.length < REMEMBERED) this.issued.push(id);
    else this.issued[this.random.below(this.issued.length)] = id;
  }

  private shuffledBlock(): number[] {
    const block = Array.from({ length: BLOCK }, () => this.next++);
    for (let i = block.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      [block[i], block[j]] = [block[j]!, block[i]!];
    }
    return block;
  }
}
