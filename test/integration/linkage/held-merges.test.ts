import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideMerges } from '../../../src/blackbox/decide-merges.ts';
import { mergeRules } from '../../../src/landing/rule-tables.ts';
import { listHeldMerges } from '../../../src/linkage/held-merges.ts';
import { mostMerges } from '../../../src/linkage/hold-merges.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { bundle, patient, replaced } from '../../support/fhir.ts';
import { call, episode } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox(['Patient.link']);
});
afterAll(() => test.close());
beforeEach(async () => {
  await emptyBox(test);
});

const people = () => test.count('select count(distinct person_id) from environment.event');
const held = () => listHeldMerges(test.databases.pool('haven_gateway'));
const decide = (decision: 'approve' | 'refuse', ...numbers: number[]) =>
  decideMerges(test.box, { held: numbers, decision, actor: 'caldicott-guardian' });

describe('a merge that the evidence does not carry', () => {
  // RULE-MERGE-1
  it.each(mergeRules)('because another flow knows $known: "$held"', async ({ change, held: reason }) => {
    await test.deliver('nhs-111-southend', csv([call(2, 'c2', change)]));
    const receipt = await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2, { gender: 'male' })));
    expect(receipt).toMatchObject({ landed: 1, warnings: reason === '' ? {} : { MERGE_HELD: 1 } });
    expect(await people()).toBe(reason === '' ? 1 : 2);
    const waiting = { delivery: receipt.delivery, row: 1, state: 'held', reasons: [reason] };
    expect(await held()).toEqual(reason === '' ? [] : [expect.objectContaining(waiting)]);
  });

  it('is held whichever of the two another flow knows', async () => {
    await test.deliver('nhs-111-southend', csv([call(1, 'c1', { 'Date of Birth': '1961-07-01' })]));
    expect((await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2)))).warnings).toMatchObject({ MERGE_HELD: 1 });
  });

  it('waits although a later delivery brings the evidence, and in the other direction too', async () => {
    await test.deliver('nhs-111-southend', csv([call(2, 'c2', { 'Date of Birth': '' })]));
    await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2)));
    const later = bundle(replaced('p2', 2, 1), patient('p1', nhsNumber(1)));
    expect((await test.deliver('fhir-acute', later)).warnings).toMatchObject({ MERGE_HELD: 1 });
    expect([await people(), (await held()).length]).toEqual([2, 1]);
  });

  it('is every merge of a delivery that asks for many', async () => {
    const many = Array.from({ length: mostMerges + 1 }, (_, n) => replaced(`p${n}`, n, n + 100));
    expect((await test.deliver('fhir-acute', bundle(...many))).warnings).toMatchObject({ MERGE_HELD: mostMerges + 1 });
    expect(await test.count('select count(*) from linkage.merge')).toBe(0);
    await emptyBox(test);
    await test.deliver('fhir-acute', bundle(...many.slice(0, mostMerges)));
    expect(await test.count('select count(*) from linkage.merge')).toBe(mostMerges);
  });

  it('is not one of as many in a register of everybody, where numbers have been replaced for years', async () => {
    const many = Array.from({ length: mostMerges + 1 }, (_, n) => replaced(`p${n}`, n, n + 1000));
    const others = Array.from({ length: 20 * many.length }, (_, n) => patient(`q${n}`, nhsNumber(n + 2000)));
    expect((await test.deliver('fhir-acute', bundle(...many, ...others))).warnings).toEqual({});
    expect(await test.count('select count(*) from linkage.merge')).toBe(mostMerges + 1);
  });
});

describe('a merge while a delivery is under way', () => {
  it('may bring a word of the same flow to somebody the delivery has just registered: the delivery adds its own to it', async () => {
    const other = await test.admin.connect();
    try {
      await other.query('begin');
      await other.query('lock table linkage.sighting in share row exclusive mode');
      const delivered = test.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(1, 'S2', { Sex: '2' })]));
      await expect.poll(() => test.count('select count(*) from linkage.pseudonym')).toBe(1);
      await other.query(
        `insert into linkage.sighting (person_id, flow_no, setting, number_status, sex, practice, delivery_no)
         select p.person_id, f.flow_no, 'hospital', '', '2', 'F81099', 1
           from linkage.pseudonym p, register.flow f where f.flow_id = 'sus-apc-southend'`,
      );
      await other.query('commit');
      expect(await delivered).toMatchObject({ landed: 2, linkage: { new: 1, existing: 0 } });
    } finally {
      other.release();
    }
    const { rows } = await test.admin.query('select practice, linkage_grade, doubts from environment.person');
    expect(rows).toEqual([{ practice: 'F81001', linkage_grade: 'doubtful', doubts: ['sex-differs'] }]);
  });
});

describe('a person decides a held merge', () => {
  const holdOne = async (): Promise<number> => {
    await test.deliver('nhs-111-southend', csv([call(1, 'c1'), call(2, 'c2', { 'Date of Birth': '1961-07-01' })]));
    await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2)));
    return (await held())[0]?.held ?? 0;
  };

  it('approved, the two become one, with an audit leaf and what either objected to', async () => {
    const number = await holdOne();
    await test.deliver('sus-apc-southend', csv([episode(2, 'S2')]));
    await test.object('ndop', `nhs_number,source\n${nhsNumber(1)},spine\n`);
    expect(await decide('approve', number)).toEqual({ decided: 1, joined: 1 });
    expect(await test.count('select count(*) from linkage.merge')).toBe(1);
    expect(await people()).toBe(1);
    expect(await test.count("select count(*) from environment.event where setting = 'hospital'")).toBe(0);
    expect(await held()).toEqual([]);
    expect(await test.count("select count(*) from audit.entry where convert_from(leaf, 'utf8') like '%merge.approved%'")).toBe(1);
  });

  it('refused, they stay two, and the sender is not asked again', async () => {
    const number = await holdOne();
    await decide('refuse', number);
    expect((await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2, { gender: 'male' })))).warnings).toMatchObject({ MERGE_HELD: 1 });
    expect([await people(), await held()]).toEqual([2, []]);
  });

  it('is decided once, and all of a list or nothing', async () => {
    const number = await holdOne();
    await expect(decide('approve', number, number + 1)).rejects.toMatchObject({ code: 'MERGE_NOT_HELD' });
    expect(await people()).toBe(2);
    await decide('refuse', number);
    await expect(decide('approve', number)).rejects.toMatchObject({ code: 'MERGE_NOT_HELD' });
  });
});
