import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileDeferred } from '../../../src/blackbox/references.ts';
import { stagingTables } from '../../../src/blackbox/stage.ts';
import { readProblems } from '../../../src/landing/find-delivery.ts';
import { mergeStage } from '../../../src/landing/merge.ts';
import { csv, emptyBox, openTestBox, type TestBox } from '../../support/box.ts';
import { episode } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

describe('a record that stands in one file more than once', () => {
  it('is reported and counted, though the first of its rows went straight in', async () => {
    const rows = [episode(1, 'S1'), episode(2, 'S2'), episode(1, 'S1'), episode(2, 'S2', { DIAG_01: 'J18.1' })];
    const receipt = await test.deliver('sus-apc-southend', csv(rows));
    expect(receipt).toMatchObject({
      received: 4,
      landed: 2,
      updated: 1,
      unchanged: 1,
      warnings: { REPEATED_IDENTICAL: 1, REPEATED_REPLACED: 1 },
    });
    const report: string[] = [];
    for await (const { row, rule } of readProblems(test.admin, receipt.delivery)) report.push(`${row} ${rule}`);
    expect(await test.count('select problem_rows as count from landing.delivery')).toBe(report.length);
    expect(report.filter((line) => line.includes('REPEATED'))).toEqual(['3 REPEATED_IDENTICAL', '4 REPEATED_REPLACED']);
  });
});

describe('the row report', () => {
  /** Stages rows of one key by hand; the report is looked at before the transaction ends. */
  const staged = async <T>(sql: string, work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await test.databases.pool('haven_blackbox').connect();
    try {
      await client.query('begin');
      await client.query(stagingTables);
      await client.query(sql);
      return await work(client);
    } finally {
      await client.query('rollback');
      client.release();
    }
  };
  const lines = async (client: PoolClient): Promise<number> =>
    (await client.query<{ lines: number }>('select count(*)::int as lines from landing.problem')).rows[0]?.lines ?? -1;
  const scope = { setting: 'hospital', flowNo: 1, deliveryNo: 1 } as const;
  const key = '00000000-0000-0000-0000-000000000001';
  const stage = (rows: number): string =>
    `insert into stage (row_no, deleted, withheld, person_id, source_key, started_at, kind, flow_no, delivery_no, setting)
     select n, false, false, 1, '${key}', '2026-01-01', 'admission', 1, 1, 'hospital' from generate_series(1, ${rows}) n;`;
  const hints = { repeats: true, tombstones: false, remember: false };

  it('names the first repetitions it has room for, and counts all', async () => {
    await staged(stage(6), async (client) => {
      expect(await mergeStage(client, scope, { ...hints, reportable: 2 })).toMatchObject({ landed: 1, unchanged: 5, repeatedIdentical: 5 });
      expect(await lines(client)).toBe(2);
    });
  });

  it('has one allowance for repetitions in the stage and of what landed before', async () => {
    const before = `insert into environment.event (person_id, source_key, started_at, kind, flow_no, delivery_no, setting)
                    values (1, '${key}', '2026-01-01', 'admission', 1, 1, 'hospital');`;
    await staged(before + stage(3), async (client) => {
      expect(await mergeStage(client, scope, { ...hints, reportable: 2 })).toMatchObject({ unchanged: 3, repeatedIdentical: 3 });
      expect(await lines(client)).toBe(2);
    });
  });

  it('is bounded for references that lead nowhere, too', async () => {
    const deferred = `insert into deferred (row_no, deleted, grown, ref_key, source_key, kind, flow_no, delivery_no, setting)
                      select n, false, true, '${key}', gen_random_uuid(), 'condition', 1, 1, 'hospital' from generate_series(1, 5) n;`;
    await staged(deferred, async (client) => {
      const filed = await fileDeferred(client, {
        deliveryNo: 1,
        flowNo: 1,
        linkByLocalId: false,
        refuseAmbiguous: true,
        today: '2026-11-21',
        origin: 'hospital',
        minimumAge: 0,
        reasonFor: () => undefined,
        reportable: 3,
      });
      expect([filed.quarantined.get('PATIENT_REFERENCE_UNRESOLVED'), await lines(client)]).toEqual([5, 3]);
    });
  });
});
