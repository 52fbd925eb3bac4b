import type { Random } from '../random.js';
import type { ChaosService } from './chaos-service.js';
import type { Load } from './load.js';

/** Everything that a fault works on. */
export interface Chaos {
  readonly service: ChaosService;
  readonly load: Load;
  readonly random: Random;
}

/** One thing that goes wrong, made to happen once. */
export interface Strike {
  /** Whether it happened where it was meant to. */
  readonly hit: boolean;
  /** Milliseconds to the next committed chunk, for each segment that the fault hit. */
  readonly recoveriesMs?: readonly number[];
  /** PostgreSQL itself said that a COPY of the process was under way when it was killed. */
  readonly insideCopy?: boolean;
  /** What the service did that it must not. */
  readonly differences?: readonly string[];
}

/** A kind of thing that goes wrong. */
export interface Fault {
  readonly name: string;
  /** Why it cannot be made to happen on this machine; null where it can, perhaps after something was installed. */
  obstacle?(chaos: Chaos): string | null | Promise<string | null>;
  /** Whether the tables are emptied before, of what earlier rounds left and was found to be right. */
  readonly onEmptyTables?: boolean;
  strike(chaos: Chaos): Promise<Strike>;
}
