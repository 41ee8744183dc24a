import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import type { FeedSpecification } from '../feeds/specification.ts';
import type { DecisionTable } from '../objections/decision-table.ts';
import type { FindObjectionCodes } from '../objections/gp-codes.ts';
import type { Register } from '../register/register.ts';
import type { Clock } from '../shared/clock.ts';
import type { Digested } from '../shared/digest.ts';
import type { Logger } from '../shared/logger.ts';
import type { SensitiveCodes } from './coding.ts';
import type { FlowTurns } from './flow-turns.ts';
import type { PostcodeLookup } from './generalise.ts';
import type { NumberEnvironment } from './nhs-number.ts';
import type { Stages } from './stage.ts';

/** Everything the black box has: its two database roles, its keys, and the configuration it judges by. */
export interface BlackBox {
  /** haven as haven_blackbox, haven_vault as haven_sealer: it can add identities and read none. */
  readonly environment: Pool;
  /** The same role again, for short look-ups: a delivery holds its connection to the end, and must never wait for one of these. */
  readonly lookups: Pool;
  readonly vault: Pool;
  /** haven as haven_ndop: the answers of the national opt-out check, which no other role of this process can read. */
  readonly national: Pool;
  /** Who lands next, flow by flow. */
  readonly turns: FlowTurns;
  readonly stages: Stages;
  readonly register: () => Promise<Register>;
  readonly rootKey: Buffer;
  readonly landingEpoch: number;
  readonly sealingKey: KeyObject;
  readonly feeds: ReadonlyMap<string, FeedSpecification>;
  readonly codeLists: ReadonlyMap<string, Digested & { find(value: string): string | undefined }>;
  readonly sensitiveCodes: SensitiveCodes & Digested;
  readonly postcodes: PostcodeLookup & Digested;
  readonly decisionTable: DecisionTable;
  readonly objectionCodes: FindObjectionCodes;
  /** Share of opted-out people above which a national answer waits for a person. */
  readonly holdAboveShare: number;
  readonly numbers: NumberEnvironment;
  readonly clock: Clock;
  readonly log: Logger;
}
