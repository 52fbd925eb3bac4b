import { compileRules, type Destination, type OrderColumn } from '../../orders/index.js';
import type { Storage } from '../../shared/storage/index.js';
import { DEFAULT_LIMITS } from '../csv/faults.js';
import { RecordReader, type Position } from '../csv/record-reader.js';
import type { ImportEntity } from '../import.entity.js';
import type { ChunkStock } from './chunk-stock.js';
import type { Chunk } from './chunk.js';
import { PhaseClock, type ReadPhase } from './phase-clock.js';

/** Furthest that the reader looks from the begin of a record. */
const LOOK_AHEAD_BYTES = DEFAULT_LIMITS.recordBytes + 2;

/** From where to where a segment is read. */
export interface Stretch {
  readonly begin: Position;
  /** Destination of the record before `begin`. */
  readonly destination: Destination | null;
  /** End of the segment, bytes. */
  readonly toByte: number;
}

/**
 * Reads a stretch of an import's file as chunks, judged and ready to be stored. Two chunks of the stock take turns: the
 * next but one must not be asked for while a chunk is still used.
 *
 * @param tell takes, for each chunk, the milliseconds that a phase of reading it took
 * @throws StorageObjectGone or StorageObjectChanged if the file is no longer the one that was uploaded
 */
export async function* readChunks(
  storage: Storage,
  entity: ImportEntity,
  { begin, destination, toByte }: Stretch,
  chunks: ChunkStock,
  signal: AbortSignal,
  tell: (phase: ReadPhase, ms: number) => void,
): AsyncGenerator<Chunk> {
  const clock = new PhaseClock(tell);
  const intake = {
    importId: entity.id,
    ruleSet: entity.ruleSet,
    judge: compileRules(entity.ruleSet, entity.createdAt),
    columns: entity.dialect.columns as Readonly<Record<OrderColumn, number>>,
  };
  const reader = new RecordReader(entity.dialect.delimiter, begin);
  const columnCount = entity.dialect.header.length;
  // One is filled while the other is stored.
  const newChunk = () => chunks.take({ ...intake, destination }, columnCount, begin);
  let chunk = newChunk();
  let other: Chunk | undefined;
  let readBytes = begin.offset;
  const object = { key: entity.storageKey, bytes: entity.fileBytes, version: entity.storageVersion };
  // A faulty record is known as what it is only with bytes behind it, which may lie beyond the segment.
  const readTo = Math.min(toByte + LOOK_AHEAD_BYTES, entity.fileBytes);
  for await (const piece of storage.read(object, begin.offset, readTo, signal)) {
    clock.lap('read');
    readBytes += piece.length;
    reader.push(piece, readBytes === entity.fileBytes);
    while (chunk.fill(reader, toByte)) {
      clock.lap('judge');
      clock.chunkIsRead();
      yield chunk;
      clock.skip();
      other ??= newChunk();
      other.goOnBehind(chunk);
      [chunk, other] = [other, chunk];
    }
    clock.lap('judge');
    if (readBytes >= toByte && reader.nextOffset >= toByte) break;
  }
  clock.chunkIsRead();
  chunk.end = { ...reader.position, offset: toByte };
  yield chunk;
}
