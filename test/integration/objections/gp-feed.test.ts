import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { csv, emptyBox, openTestBox, type TestBox } from '../../support/box.ts';
import { careEvent, episode, observation } from '../../support/rows.ts';

let box: TestBox;
beforeAll(async () => {
  box = await openTestBox();
});
afterAll(async () => box.close());
beforeEach(async () => {
  await emptyBox(box);
  await box.admin.query('truncate objections.waiting');
});

const gpFlow = async (): Promise<string> =>
  (
    await box.admin.query<{ id: string }>(
      `select flow_id as id from register.flow where flow_id like 'gp-coded-records-%' order by 1 limit 1`,
    )
  ).rows[0]?.id as string;
const inForce = () => box.count(`select count(*) from objections.standing('2026-11-21') where kind = 'type-1'`);
const gpRows = () => box.count(`select count(*) from environment.event where setting = 'gp'`);

it('a type 1 code takes the GP record of its person back, leaves the rest, and a later withdrawal lets new rows land', async () => {
  const flow = await gpFlow();
  await box.deliver('sus-apc-southend', csv([episode(1, 'S1')]));
  const set = observation(1, 'O2', { SnomedCTConceptId: '827241000000103', EffectiveDate: '2026-06-01' });
  expect((await box.deliver(flow, csv([observation(1, 'O1'), set, observation(2, 'O3')]))).state).toBe('landed');
  expect(await inForce()).toBe(1);
  expect(await gpRows()).toBe(1);
  expect(await box.count(`select count(*) from environment.event where setting = 'hospital'`)).toBe(1);
  // A tie keeps the objection; the day after ends it, for new data only.
  const end = (day: string, id: string) => observation(1, id, { SnomedCTConceptId: '827261000000102', EffectiveDate: day });
  await box.deliver(flow, csv([end('2026-06-01', 'O4')]));
  expect(await inForce()).toBe(1);
  await box.deliver(flow, csv([end('2026-06-02', 'O5')]));
  expect(await inForce()).toBe(0);
  expect(await gpRows()).toBe(1);
  await box.deliver(flow, csv([observation(1, 'O6')]));
  expect(await gpRows()).toBe(2);
});

it('a type 2 code is warned about and never acted on (RULE-OPT-1)', async () => {
  const receipt = await box.deliver(await gpFlow(), csv([observation(3, 'O7', { SnomedCTConceptId: '881561000000100' })]));
  expect(receipt).toMatchObject({ landed: 1, warnings: { TYPE2_NOT_PROCESSED: 1 } });
  expect(await box.count('select count(*) from objections.objection')).toBe(0);
});

it('an objection to the programme made at the GP carries to social care and the hospital', async () => {
  await box.deliver('sus-apc-southend', csv([episode(4, 'S4')]));
  const cld = await box.deliver('asc-cld-southend', csv([careEvent(4, 'E4')])).catch(() => undefined);
  const { nhsNumber } = await import('../../support/box.ts');
  const receipt = await box.object('programme', `nhs_number,set_on,source,recorded_in\n${nhsNumber(4)},2026-10-01,practice,gp\n`);
  expect(receipt.removed.events).toBe(1 + (cld?.landed ?? 0));
  expect(await box.count('select count(*) from environment.event')).toBe(0);
});
