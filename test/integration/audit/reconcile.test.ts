import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAuditor } from '../../../src/audit/auditor.ts';
import { effectRules } from '../../../src/audit/effects.ts';
import { reconcile } from '../../../src/audit/reconcile.ts';
import { recordAudit } from '../../../src/audit/record.ts';
import { openTestBox, type TestBox } from '../../support/box.ts';

let box: TestBox;
beforeAll(async () => {
  box = await openTestBox();
  await box.deliver('no-such-flow', 'x');
  await box.deliver('no-such-flow', 'y');
  await box.object('type-1', 'nhs_number\n9990000018\n');
});
afterAll(async () => box.close());

const findings = async (): Promise<Record<string, readonly string[]>> =>
  Object.fromEntries(
    (await asAuditor(box.databases.servers, (db) => reconcile(db)))
      .filter((one) => one.findings.length > 0)
      .map(({ effect, findings }) => [effect, findings.map(({ rule, count }) => `${rule} ${count}`)]),
  );

describe('reconciling', () => {
  it('finds every effect with its leaf, once and with the same counts, as the auditor alone', async () => {
    expect(await findings()).toEqual({});
    const counted = await asAuditor(box.databases.servers, (db) => reconcile(db));
    expect(counted.map(({ effect }) => effect)).toEqual(effectRules.map(({ effect }) => effect));
    expect(counted.slice(0, 3).map(({ effects, leaves }) => [effects, leaves])).toEqual([
      [2, 2],
      [1, 1],
      [1, 1],
    ]);
  });

  it('finds what was done without a leaf, logged twice, logged and not done, and counted otherwise', async () => {
    const gateway = box.databases.pool('haven_gateway');
    const { rows } = await box.admin.query<{ delivery_id: string }>('select delivery_id from landing.delivery order by delivery_no');
    const [first = '', second = ''] = rows.map(({ delivery_id }) => delivery_id);
    const zero = { received: 0, landed: 0, updated: 0, unchanged: 0, removed: 0 };
    await recordAudit(gateway, { type: 'delivery.refused', actor: 'test', subject: first, detail: zero });
    await recordAudit(gateway, { type: 'return.built', actor: 'test', subject: '00000000-0000-4000-8000-000000000000', detail: {} });
    await box.admin.query(
      `set session_replication_role = replica; update landing.delivery set received = 1, withheld_total = 1 where delivery_id = '${second}';
       insert into risk.run select '00000000-0000-4000-8000-000000000001', 'm', '1', 'risk-stratification-commissioning', '2026-01-01', null, 'w',
         'p', '{}', '{}', now(), now(), 1, 0, sha256('x'); reset session_replication_role`,
    );
    expect(await findings()).toEqual({
      delivery: ['COUNTS_DIFFER 1', 'EFFECT_LOGGED_TWICE 1'],
      'risk-run': ['EFFECT_UNLOGGED 1'],
      return: ['LEAF_WITHOUT_EFFECT 1'],
    });
  });
});
