import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { careEvent, episode, observation } from '../../support/rows.ts';

let box: TestBox;
beforeAll(async () => {
  box = await openTestBox();
});
afterAll(async () => box.close());
beforeEach(async () => {
  await emptyBox(box);
  await box.admin.query('truncate objections.waiting, environment.recipient_pseudonym');
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

it('an objection to the programme made at the GP carries to social care and the hospital, and to all that was derived', async () => {
  expect((await box.deliver('sus-apc-southend', csv([episode(4, 'S4'), episode(5, 'S5')]))).landed).toBe(2);
  expect((await box.deliver('asc-cld-southend', csv([careEvent(4, 'E4'), careEvent(5, 'E5')]))).landed).toBe(2);
  const rows = (of: string) => box.count(`select count(*) from ${of}`);
  const inSetting = (setting: string) =>
    box.count('select count(*) from environment.event where setting = $1::environment.setting', [setting]);
  await box.admin.query(
    `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id)
     select 'icb-population-health', 1, lpad(person_id::text, 32, '0'), person_id from environment.person`,
  );
  expect([await inSetting('social-care'), await inSetting('hospital'), await rows('environment.person')]).toEqual([2, 2, 2]);
  const receipt = await box.object('programme', `nhs_number,set_on,source,recorded_in\n${nhsNumber(4)},2026-10-01,practice-f81001,gp\n`);
  expect(receipt.removed).toMatchObject({ persons: 1, events: 2, sightings: 2, notices: 1 });
  expect([await inSetting('social-care'), await inSetting('hospital'), await rows('environment.person')]).toEqual([1, 1, 1]);
  expect(await rows('environment.recipient_pseudonym')).toBe(1);
  // And what social care sends from then on does not land: the person need not say it there, too.
  const later = await box.deliver('asc-cld-southend', csv([careEvent(4, 'E6'), careEvent(5, 'E7')]));
  expect(later).toMatchObject({ landed: 1, withheld: { OBJECTION_PROGRAMME: 1 } });
});

it('a type 1 objection leaves the social care record where it is (RULE-OPT-3)', async () => {
  await box.deliver('asc-cld-southend', csv([careEvent(6, 'E8')]));
  await box.deliver(await gpFlow(), csv([observation(6, 'O8', { SnomedCTConceptId: '827241000000103', EffectiveDate: '2026-06-01' })]));
  expect(await box.count(`select count(*) from environment.event where setting = 'social-care'`)).toBe(1);
  expect((await box.deliver('asc-cld-southend', csv([careEvent(6, 'E9')]))).landed).toBe(1);
});
