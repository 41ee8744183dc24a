import type { Pool } from 'pg';
import type { Clock } from '../shared/clock.ts';
import type { DataKeys } from './data-keys.ts';

/** What a destruction works with. */
export interface DestructionTools {
  /** haven as haven_destroyer, haven_vault as haven_eraser. */
  readonly destroyer: Pool;
  readonly eraser: Pool;
  readonly keys: DataKeys;
  /** The folder of the outer key of sealed audit entries. */
  readonly auditKeys: string;
  readonly clock: Clock;
  /** Rows at most that one transaction deletes. */
  readonly batch: number;
  /** Called after each committed batch: progress for people, and the place where a test pulls the plug. */
  afterBatch(step: string): void;
}
