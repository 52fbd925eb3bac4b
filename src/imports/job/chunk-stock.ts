import type { IntakeOptions } from '../../orders/index.js';
import type { Position } from '../csv/record-reader.js';
import { Chunk } from './chunk.js';

/** Chunks for one segment, which may have been used before. */
export interface ChunkStock {
  take(intake: IntakeOptions, columnCount: number, begin: Position): Chunk;
}

/** Keeps chunks for the next segment: their room is megabytes, and costs the collector of garbage more than filling it. */
export class ChunkStocks {
  private readonly spare: Chunk[] = [];

  constructor(private readonly chunkRecords: number) {}

  /** A segment's share. It gives back what it took only when all of that is committed: then nobody reads from it. */
  share(): ChunkStock & { giveBack(): void } {
    const taken: Chunk[] = [];
    return {
      take: (intake, columnCount, begin) => {
        const chunk = this.spare.pop();
        chunk?.beginAnew(intake, columnCount, begin);
        taken.push(chunk ?? new Chunk(intake, columnCount, begin, this.chunkRecords));
        return taken.at(-1)!;
      },
      giveBack: () => this.spare.push(...taken),
    };
  }
}
