import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csv, emptyBox, openTestBox, type TestBox } from '../../support/box.ts';
import { episode } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, n) => total + n, 0);
/** Every kind of dirt a supplier ever sent, as a change of a clean episode. */
const dirt = [
  {},
  { NHSNumber: '' },
  { NHSNumber: '1234567890' },
  { NHSNumber: '4444444444' },
  { NHSNumber: '9434765919' },
  { NHSNumber: '999 000' },
  { NHSNumber: '9990000018', DIAG_01: 'B20' },
  { NHSNumberTraceStatus: '02' },
  { NHSNumberTraceStatus: 'constructor' },
  { Sex: '__proto__' },
  { Sex: 'constructor' },
  { StartDateHospitalProviderSpell: '2026-02-30' },
  { StartDateHospitalProviderSpell: '' },
  { DischargeDateFromHospitalProviderSpell: '2020-01-01' },
  { AdmissionMethodHospitalProviderSpell: 'ZZ' },
  { EpisodeNumber: 'toString' },
  { EpisodeNumber: '' },
  { FinalPrice: '12,5' },
  { HospitalProviderSpellNumber: 'x'.repeat(400) },
  { HospitalProviderSpellNumber: 'tab\there' },
  { DIAG_01: 'I21\\.9\n' },
  { LocalPatientIdentifier: 'nul\u0000' },
  { NotOfTheDataSet: 'something' },
] as const;

describe('a delivery', () => {
  it('accounts for every row, whatever dirt it holds, and the database holds exactly what the receipts say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.tuple(fc.nat(5), fc.nat(8), fc.constantFrom(...dirt)), { minLength: 1, maxLength: 25 }), {
          minLength: 1,
          maxLength: 3,
        }),
        async (files) => {
          await emptyBox(test);
          let stored = 0;
          for (const [no, rows] of files.entries()) {
            const text = csv([
              episode(8, `first ${no}`),
              episode(8, `second ${no}`),
              ...rows.map(([person, spell, change]) => episode(person, `S${spell}`, change)),
              episode(9, `last ${no}`),
            ]);
            const receipt = await test.deliver('sus-apc-southend', text);
            expect(receipt).toMatchObject({ state: 'landed', refusals: [] });
            expect(receipt.received).toBe(rows.length + 3);
            expect(receipt.landed + receipt.updated + receipt.unchanged + sum(receipt.withheld) + sum(receipt.quarantined)).toBe(
              rows.length + 3,
            );
            stored += receipt.landed - receipt.removed;
            expect(await test.count('select count(*) from environment.event')).toBe(stored);
            const problems = await test.admin.query<{ row_no: number }>(
              `select row_no from landing.problem join landing.delivery using (delivery_no) where delivery_id = $1 and severity = 'error'`,
              [receipt.delivery],
            );
            expect(problems.rows.length).toBe(sum(receipt.quarantined));
            expect(new Set(problems.rows.map((row) => row.row_no)).size).toBe(problems.rows.length);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('leaves no NHS number and no local id anywhere in either database or in its receipts', async () => {
    await test.deliver('sus-apc-southend', csv(dirt.map((change, n) => episode(n, `SPELL-${n}`, change))));
    const tables = await test.admin.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('environment', 'linkage', 'landing', 'objections', 'audit')`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await test.admin.query<{ text: string }>(`select t::text as text from ${name} t`);
      for (const { text } of rows) {
        expect(text).not.toMatch(/(?<![0-9A-Za-z-])999\d{7}(?![0-9A-Za-z-])/);
        expect(text).not.toContain('SPELL-');
        expect(text).not.toContain('SS9 4AC');
      }
    }
    const { rows } = await test.vault.query<{ text: string }>(`select t::text as text from vault.identity t`);
    expect(rows.map(({ text }) => text).join()).not.toMatch(/(?<![0-9a-f-])999\d{7}(?![0-9a-f-])/);
  });

  it('drops and counts free text, unlisted and unknown columns, and keeps none of them', async () => {
    const receipt = await test.deliver(
      'hospice-southend',
      [
        'ProviderCode,ActivityId,NHSNumber,NHSNumberStatus,StartDateTime,ActivityType,ClinicalNote,PatientName,Secret column',
        'RAJ,A1,9990000018,01,2026-10-01 10:00:00,Inpatient stay,He said WATERFALL,WATERFALL Jones,WATERFALL',
        'RAJ,A2,9990000018,01,2026-10-02 10:00:00,Inpatient stay,,,WATERFALL',
      ].join('\n'),
    );
    expect(receipt).toMatchObject({ landed: 2, dropped: { FREE_TEXT: 1, IDENTIFIER_NOT_NEEDED: 1, COLUMN_NOT_IN_DATA_SET: 2 } });
    expect(await test.count(`select count(*) from environment.event e where e::text like '%WATERFALL%'`)).toBe(0);
    expect(await test.count(`select count(*) from landing.delivery e where e::text like '%WATERFALL%'`)).toBe(0);
  });

  it('never keeps a field of the data set that the agreement does not list', async () => {
    const receipt = await test.deliver(
      'sus-apc-southend',
      csv([episode(1, 'S1', { ConsultantCode: 'C1234567', SiteCodeOfTreatment: 'RAJ01' })]),
    );
    const [event] = await test.events();
    const { terms } = (await test.box.register()).flows.get('sus-apc-southend') ?? {};
    for (const name of Object.keys(event?.attributes ?? {})) expect(terms?.allowedFields).toContain(name);
    expect(receipt.dropped.IDENTIFIER_NOT_NEEDED).toBe(1);
  });
});
