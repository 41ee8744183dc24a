import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { BlackBox } from '../../../src/blackbox/box.ts';
import { ingest } from '../../../src/blackbox/ingest.ts';
import { initKeys } from '../../../src/blackbox/keys.ts';
import { openBox } from '../../../src/blackbox/open-box.ts';
import { transaction } from '../../../src/database/query.ts';
import { deliver } from '../../../src/landing/deliver.ts';
import type { Receipt } from '../../../src/landing/receipt.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

const root = join(import.meta.dirname, '../../..');
export const clock = { now: () => new Date('2026-11-21T09:00:00Z') };

export interface Problem {
  readonly row_no: number;
  readonly field: string;
  readonly rule: string;
  readonly severity: string;
  readonly guidance: string;
}

/** The spine in one process: gate, black box and databases are the real ones, only the socket between them is left out. */
export interface CorpusGateway {
  readonly box: BlackBox;
  readonly databases: TestDatabases;
  /** Delivers and checks what must hold for every receipt. */
  deliver(flowId: string, content: string | Buffer | readonly string[]): Promise<Receipt>;
  problems(receipt: Receipt): Promise<Problem[]>;
  query<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Opens a gateway with the project's configuration, the feeds of test/corpus/feeds beside it, and these places. */
export async function openGateway(places: readonly PlaceDocument[]): Promise<CorpusGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-corpus-'));
  const config = join(folder, 'config');
  await mkdir(config);
  for (const part of ['code-lists', 'sensitive-codes', 'geography', 'objections', 'feeds'])
    await cp(join(root, 'config', part), join(config, part), { recursive: true });
  await cp(join(root, 'test/corpus/feeds'), join(config, 'feeds'), { recursive: true });
  const keys = { folder: join(folder, 'keys') };
  await initKeys(keys);
  const databases = await testDatabases();
  const gateway = databases.pool('haven_gateway');
  await transaction(gateway, (tx) => applyRegister(tx, places, { actor: 'corpus', clock }));
  const { servers } = databases;
  const { box, close } = await openBox({ servers, configDirectory: config, keys, numbers: 'test', clock, log: createLogger('fatal') });
  const haven = databases.administrator('haven');
  const services = {
    gateway,
    clock,
    register: createRegisterReader(gateway),
    blackBox: async () => ({
      call: async (_door: string, parameters: Readonly<Record<string, unknown>>, bytes?: AsyncIterable<Buffer>) =>
        ingest(box, { batchId: undefined, ...parameters } as Parameters<typeof ingest>[1], bytes as AsyncIterable<Buffer>, () => {}),
      ping: async () => {},
      close: async () => {},
      gone: new Promise<void>(() => {}),
    }),
  };
  const query = async <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
    (await haven.query(sql, [...values])).rows as T[];
  return {
    box,
    databases,
    query,
    deliver: async (flowId, content) => {
      const bytes = Readable.from((Array.isArray(content) ? content : [content]).map((part) => Buffer.from(part as string)));
      const receipt = await deliver(services, { flowId, actor: 'corpus', content: bytes as AsyncIterable<Buffer> });
      await expectWhole(receipt, query);
      return receipt;
    },
    problems: (receipt) =>
      query<Problem>(
        `select p.row_no::int as row_no, p.field, p.rule, p.severity, p.guidance from landing.problem p
           join landing.delivery d using (delivery_no) where d.delivery_id = $1 order by p.row_no`,
        [receipt.delivery],
      ),
    close: async () => {
      await close();
      await databases.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Conservation, and a row in the report for every quarantined record. */
async function expectWhole(receipt: Receipt, query: CorpusGateway['query']): Promise<void> {
  const { received, landed, updated, unchanged, withheld, quarantined, outOfScope } = receipt;
  expect(received).toBe(landed + updated + unchanged + total(withheld) + total(quarantined));
  expect(withheld.OUT_OF_SCOPE ?? 0).toBe(total(outOfScope));
  if (receipt.state !== 'landed') return;
  const reported = await query<{ rule: string; rows: number }>(
    `select rule, count(*)::int as rows from landing.problem join landing.delivery d using (delivery_no)
      where d.delivery_id = $1 and severity = 'error' group by rule`,
    [receipt.delivery],
  );
  expect(Object.fromEntries(reported.map(({ rule, rows }) => [rule, rows]))).toEqual(quarantined);
}
