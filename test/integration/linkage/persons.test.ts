import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { readProblems } from '../../../src/landing/find-delivery.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { loadRegister } from '../../../src/register/load.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { bundle, condition, patient, replaced } from '../../support/fhir.ts';
import { call, careEvent, episode, observation, registration } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox(['Patient.link']);
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const persons = async () =>
  (
    await test.admin.query(
      'select sex, birth_month::text as birth, practice, linkage_grade as grade, doubts, postcode_sector as sector, lsoa from environment.person order by person_id',
    )
  ).rows;

describe('linking', () => {
  it('never joins two people by a number that stands for nobody', async () => {
    const nobodies = ['', '0000000000', '9999999999', '0123456789', '1234567890', '5000000005', '٩٩٩٠٠٠٠٠١٨'];
    const receipt = await test.deliver(
      'nhs-111-southend',
      csv(nobodies.flatMap((number, n) => [call(1, `a${n}`, { 'NHS Number': number }), call(2, `b${n}`, { 'NHS Number': number })])),
    );
    expect(receipt).toMatchObject({
      landed: 0,
      quarantined: {
        NHS_NUMBER_ABSENT: 2,
        NHS_NUMBER_PLACEHOLDER: 6,
        NHS_NUMBER_CHECK_DIGIT: 2,
        NHS_NUMBER_TEST_RANGE: 2,
        NHS_NUMBER_MALFORMED: 2,
      },
    });
    expect(await test.count('select count(*) from linkage.person')).toBe(0);
  });

  it('finds the same person from every setting', async () => {
    await test.deliver('sus-apc-southend', csv([episode(1, 'S1')]));
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    expect(await test.deliver('asc-cld-southend', csv([careEvent(1, 'a')]))).toMatchObject({ linkage: { existing: 1, new: 0 } });
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(1);
    expect(await persons()).toEqual([
      { sex: '1', birth: '1950-02-01', practice: 'F81001', grade: 'verified', doubts: [], sector: 'SS9 4', lsoa: 'E01015814' },
    ]);
  });

  it('quarantines numbers that nobody verified, whatever they look like', async () => {
    const rows = ['01', '02', '03', '04', '05', '06', '07', '08', '1', ''].map((status, n) =>
      episode(n, `S${n}`, { NHSNumberTraceStatus: status }),
    );
    const receipt = await test.deliver('sus-apc-southend', csv(rows));
    expect(receipt.landed).toBe(1);
    expect(await test.count('select count(*) from linkage.person')).toBe(1);
  });

  it('grades a person doubtful when senders, or one sender, tell two births or two sexes of one number', async () => {
    await test.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2'), episode(2, 'S3', { DateofBirth: '1980-05-01' })]));
    await test.deliver('gp-patients-f81001', csv([registration(1, { DateOfBirth: '1951-02-28', Sex: 'F' })]));
    expect((await persons()).map(({ grade, doubts }) => [grade, [...doubts].sort()]).sort((a, b) => b[1].length - a[1].length)).toEqual([
      ['doubtful', ['birth-month-differs', 'sex-differs']],
      ['doubtful', ['birth-month-differs']],
    ]);
  });

  it('believes what the source wrote later, whichever arrives later', async () => {
    const words = [
      episode(1, 'S1', { PracticeCodeofRegisteredGP: 'F81001', LastUpdated: '2026-01-01T00:00:00' }),
      episode(1, 'S2', { PracticeCodeofRegisteredGP: 'F81002', LastUpdated: '2026-03-01T00:00:00' }),
      episode(1, 'S3', { PracticeCodeofRegisteredGP: 'F81003', LastUpdated: '2026-02-01T00:00:00' }),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      await emptyBox(test);
      for (const n of order) await test.deliver('sus-apc-southend', csv([words[n] ?? {}]));
      expect([order, (await persons())[0]?.practice]).toEqual([order, 'F81002']);
    }
    await emptyBox(test);
    await test.deliver('sus-apc-southend', csv(words));
    expect((await persons())[0]?.practice).toBe('F81002');
  });
});

/** The agreement of the acute trust, changed for one test. */
async function agree(change: { readonly linkByLocalId: boolean; readonly acceptedNumberStatus?: string[] }): Promise<void> {
  const gateway = test.databases.pool('haven_gateway');
  const documents = [...(await loadRegister(gateway)).places.values()].map(({ document }) => ({
    ...document,
    agreements: document.agreements.map((agreement) => ({
      ...agreement,
      dataIn: agreement.dataIn.map((data) => (data.feed === 'sus-apc' ? { ...data, acceptedNumberStatus: ['01'], ...change } : data)),
    })),
  }));
  await transaction(gateway, (tx) => applyRegister(tx, documents, { actor: 'test', clock: test.box.clock }));
}

describe('the local id of a sender', () => {
  afterEach(() => agree({ linkByLocalId: false }));

  it('links rows without a number where the agreement allows it, in the same delivery and in later ones', async () => {
    const rows = [observation(1, 'o1', { NhsNumber: '' }), observation(1, 'o2')];
    expect(await test.deliver('gp-coded-records-f81001', csv(rows))).toMatchObject({ landed: 2 });
    expect(await test.deliver('gp-coded-records-f81001', csv([observation(1, 'o3', { NhsNumber: '' })]))).toMatchObject({ landed: 1 });
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(1);
  });

  it('does not link where the agreement does not allow it', async () => {
    const rows = [call(1, 'c1'), call(1, 'c2', { 'NHS Number': '' })];
    expect(await test.deliver('nhs-111-southend', csv(rows))).toMatchObject({ landed: 1, quarantined: { NHS_NUMBER_ABSENT: 1 } });
    expect(await test.count('select count(*) from linkage.local_identifier')).toBe(0);
  });

  it('says nothing where the agreement does not link by it: then the number is what is absent', async () => {
    const rows = csv([episode(1, 'S1'), episode(1, 'S2', { NHSNumber: '' }), episode(2, 'S3', { NHSNumber: '' })]);
    await agree({ linkByLocalId: false });
    expect(await test.deliver('sus-apc-southend', rows)).toMatchObject({ landed: 1, quarantined: { NHS_NUMBER_ABSENT: 2 } });
    await agree({ linkByLocalId: true });
    // Where it does, a row waits for whoever introduces the person: the same file lands later.
    const waiting = await test.deliver('sus-apc-southend', rows);
    expect(waiting).toMatchObject({ landed: 1, quarantined: { PATIENT_REFERENCE_UNRESOLVED: 1 } });
    const said = [];
    for await (const { rule, guidance } of readProblems(test.admin, waiting.delivery)) if (rule.startsWith('PATIENT')) said.push(guidance);
    expect(said).toEqual([expect.stringMatching(/nobody is known by its local id\. Trace .* or send a record that gives both first\.$/)]);
    await test.deliver('sus-apc-southend', csv([episode(2, 'S4')]));
    expect(await test.deliver('sus-apc-southend', rows)).toMatchObject({ landed: 1, unchanged: 2, quarantined: {} });
  });

  it('of another practice means another person', async () => {
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    expect(await test.deliver('gp-coded-records-f81002', csv([observation(1, 'o1', { NhsNumber: '' })]))).toMatchObject({
      landed: 0,
      quarantined: { PATIENT_REFERENCE_UNRESOLVED: 1 },
    });
  });

  it('follows a correction: rows go to the person it belongs to now', async () => {
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    await test.deliver('gp-patients-f81001', csv([registration(1, { NhsNumber: nhsNumber(7) })]));
    await test.deliver('gp-coded-records-f81001', csv([observation(1, 'o1', { NhsNumber: '' })]));
    expect(new Set((await test.events()).map(({ person }) => person)).size).toBe(1);
    expect(await test.events()).toHaveLength(2);
  });

  it('says how sure the number is, whether the row that verified it came first or last', async () => {
    await agree({ linkByLocalId: true, acceptedNumberStatus: ['01', '02'] });
    const unsure = episode(1, 'S1', { NHSNumberTraceStatus: '02' });
    const sure = episode(1, 'S2');
    const bare = episode(1, 'S3', { NHSNumber: '' });
    for (const rows of [
      [unsure, sure, bare],
      [sure, unsure, bare],
      [bare, unsure, unsure, sure],
    ]) {
      await emptyBox(test);
      await test.deliver('sus-apc-southend', csv(rows));
      expect(await test.count('select number_verified as count from landing.delivery')).toBe(2);
    }
  });

  it.each([
    ['P1', 'P1', 'P2'],
    ['P1', 'P2', 'P1'],
    ['P2', 'P1', 'P1'],
    ['P1', 'P2', 'P2', 'P1'],
  ])('that two people share in any order says nothing about either: %s %s %s', async (...said) => {
    const rows = said.map((person, n) => observation(person === 'P1' ? 1 : 2, `o${n}`, { PatientGuid: 'P1' }));
    expect(await test.deliver('gp-coded-records-f81001', csv([...rows, observation(1, 'bare', { NhsNumber: '' })]))).toMatchObject({
      landed: said.length,
      quarantined: { PATIENT_REFERENCE_AMBIGUOUS: 1 },
    });
  });

  it('that two people share says nothing about either', async () => {
    const rows = [observation(1, 'o1'), observation(2, 'o2', { PatientGuid: 'P1' }), observation(1, 'o3', { NhsNumber: '' })];
    expect(await test.deliver('gp-coded-records-f81001', csv(rows))).toMatchObject({
      landed: 2,
      quarantined: { PATIENT_REFERENCE_AMBIGUOUS: 1 },
    });
    expect(await test.deliver('gp-coded-records-f81001', csv([observation(1, 'o4', { NhsNumber: '' })]))).toMatchObject({
      landed: 0,
      quarantined: { PATIENT_REFERENCE_UNRESOLVED: 1 },
    });
  });
});

describe('references of a FHIR delivery', () => {
  it('resolve whatever their order', async () => {
    const before = bundle(condition('c1', 'Patient/p1'), patient('p1', nhsNumber(1)), condition('c2', 'Patient/p1'));
    expect(await test.deliver('fhir-acute', before)).toMatchObject({ received: 3, landed: 3 });
    const stored = await test.events();
    const after = bundle(patient('p1', nhsNumber(1)), condition('c2', 'Patient/p1'), condition('c1', 'Patient/p1'));
    expect(await test.deliver('fhir-acute', after)).toMatchObject({ received: 3, landed: 0, unchanged: 3 });
    expect(await test.events()).toEqual(stored);
  });

  it('that lead nowhere are quarantined', async () => {
    expect(await test.deliver('fhir-acute', bundle(patient('p1', nhsNumber(1)), condition('c1', 'Patient/other')))).toMatchObject({
      landed: 1,
      quarantined: { PATIENT_REFERENCE_UNRESOLVED: 1 },
    });
  });

  it.each([
    ['a wrong check digit', '9990000019', 'NHS_NUMBER_CHECK_DIGIT'],
    ['a placeholder', '9999999999', 'NHS_NUMBER_PLACEHOLDER'],
    ['a live number in a test system', '5000000005', 'NHS_NUMBER_TEST_RANGE'],
  ])('to a patient with %s share its fate, by the same rule', async (_, number, rule) => {
    const receipt = await test.deliver(
      'fhir-acute',
      bundle(
        condition('c0', 'Patient/p1'),
        patient('p1', number),
        condition('c1', 'Patient/p1'),
        patient('p2', nhsNumber(2)),
        condition('c2', 'Patient/p2'),
      ),
    );
    expect(receipt).toMatchObject({ received: 5, landed: 2, quarantined: { [rule]: 3 } });
    expect(await test.count(`select count(*) from landing.problem where severity = 'error'`)).toBe(3);
  });

  it('to a patient who objects are withheld for the same reason', async () => {
    await test.object('ndop', `nhs_number,source\n${nhsNumber(1)},spine\n`);
    expect(
      await test.deliver('fhir-acute', bundle(condition('c0', 'Patient/p1'), patient('p1', nhsNumber(1)), condition('c1', 'Patient/p1'))),
    ).toMatchObject({
      landed: 0,
      withheld: { OBJECTION_NDOP: 3 },
    });
  });

  it('survive text that no database can hold, row by row', async () => {
    const poison = bundle(
      patient('p1', nhsNumber(1), { maritalStatus: { text: 'nul\u0000', coding: [{ code: 'M\u0000' }] }, gender: 'constructor' }),
      condition('c\u0000', 'Patient/p1'),
      condition('c1', 'Patient/p1', {
        clinicalStatus: { coding: [{ code: 'x\ud800y' }] },
        severity: { coding: [{ code: '\u0000' }], text: '\udfff' },
      }),
      condition('c2', 'Patient/p1', { onsetDateTime: '2100-02-29' }),
      condition('c3', 'Patient/p1', { onsetDateTime: '2026-01-05T23:59:60+14:00' }),
      condition('c4', 'Patient/p1'),
    );
    const receipt = await test.deliver('fhir-acute', poison);
    expect(receipt).toMatchObject({ state: 'landed', received: 6 });
    expect(receipt.landed).toBeGreaterThanOrEqual(2);
  });
});

describe('a superseded number', () => {
  const people = async (): Promise<number> => new Set((await test.events()).map(({ person }) => person)).size;

  it('makes one person of two, in every setting, and keeps who became whom', async () => {
    await test.deliver('nhs-111-southend', csv([call(1, 'c1'), call(2, 'c2')]));
    await test.deliver('fhir-acute', bundle(patient('p1', nhsNumber(1)), condition('c1', 'Patient/p1')));
    await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2)));
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(1);
    expect(await test.count('select count(*) from environment.person')).toBe(1);
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(2);
    expect((await test.admin.query('select reason, events_moved from linkage.merge')).rows).toEqual([
      { reason: 'superseded-number', events_moved: 3 },
    ]);
    await test.deliver('nhs-111-southend', csv([call(1, 'c3')]));
    expect(await people()).toBe(1);
  });

  it('follows a chain of one delivery to its end', async () => {
    await test.deliver('fhir-acute', bundle(replaced('a', 1, 2), replaced('b', 2, 3), patient('c', nhsNumber(3))));
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(1);
    expect(await test.count('select count(*) from linkage.person where merged_into is not null')).toBe(2);
  });

  it('that leads in a circle joins nobody, in one delivery or in two', async () => {
    await test.deliver('fhir-acute', bundle(replaced('a', 1, 2), replaced('b', 2, 1)));
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(2);
    expect(await test.count('select count(*) from linkage.merge')).toBe(0);
    await test.deliver('fhir-acute', bundle(replaced('c', 3, 4)));
    await test.deliver('fhir-acute', bundle(replaced('d', 4, 3)));
    expect(await test.count('select count(*) from linkage.person where merged_into is not null')).toBe(1);
  });

  it('of no use joins nobody', async () => {
    await test.deliver(
      'fhir-acute',
      bundle(
        patient('a', nhsNumber(1), {
          link: [{ type: 'replaced-by', other: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9999999999' } } }],
        }),
      ),
    );
    expect(await test.count('select count(*) from linkage.merge')).toBe(0);
  });

  it('carries an objection over, made under either number, before the merge or after it', async () => {
    for (const [objecting, when] of [
      [1, 'before'],
      [2, 'before'],
      [1, 'after'],
      [2, 'after'],
      [1, 'unknown'],
      [2, 'unknown'],
    ] as const) {
      await emptyBox(test);
      await test.deliver('fhir-acute', bundle(patient('p1', nhsNumber(1)), patient('p2', nhsNumber(2)), condition('c2', 'Patient/p2')));
      const list = `nhs_number,source\n${nhsNumber(objecting)},spine\n`;
      if (when === 'before') await test.object('ndop', list);
      // Also where the objection came before anything was known of its person.
      if (when === 'unknown') {
        await emptyBox(test);
        await test.object('ndop', list);
      }
      await test.deliver('fhir-acute', bundle(replaced('p1', 1, 2)));
      if (when === 'after') await test.object('ndop', list);
      await test.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2')]));
      expect([objecting, when, await test.count('select count(*) from environment.event')]).toEqual([objecting, when, 0]);
    }
  });
});
