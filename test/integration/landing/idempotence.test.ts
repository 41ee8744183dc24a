import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../src/landing/receipt.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type Row, type TestBox } from '../../support/box.ts';
import { changedConfiguration, inJson } from '../../support/configuration.ts';
import { bundle, condition, patient } from '../../support/fhir.ts';
import { careEvent, episode, observation, registration } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const flow = 'sus-apc-southend';
/** As if the box were started again with one file of its configuration changed. */
async function reconfigure(file: string, change: (text: string) => string): Promise<void> {
  const folder = await changedConfiguration(file, change);
  await test.configure(folder).finally(() => rm(folder, { recursive: true }));
}

const rows = Array.from({ length: 30 }, (_, n) => episode(n % 7, `S${n}`, { DIAG_01: 'I21.9', FinalPrice: `${n}.50` }));

describe('sending again', () => {
  it('knows the same bytes and changes nothing', async () => {
    const first = await test.deliver(flow, csv(rows));
    const before = await test.events();
    const again = await test.deliver(flow, csv(rows));
    expect(again).toMatchObject({ state: 'duplicate', duplicateOf: first.delivery, received: 30, unchanged: 30, landed: 0, updated: 0 });
    expect(await test.events()).toEqual(before);
    expect(await test.count(`select count(*) from landing.delivery where state = 'landed'`)).toBe(1);
  });

  it.each([
    ['another order', csv([...rows].reverse())],
    ['pipes, CRLF, quotes and a byte order mark', csv(rows, { delimiter: '|', newline: '\r\n', quoteAll: true, mark: true })],
    ['gzip', gzipSync(csv(rows, { newline: '\r\n' }))],
    ['other columns order', csv(rows.map((row) => Object.fromEntries(Object.entries(row).reverse())))],
    [
      'other spellings of the same values',
      csv(
        rows.map((row) => ({
          ...row,
          NHSNumber: `${row.NHSNumber?.slice(0, 3)} ${row.NHSNumber?.slice(3, 6)}-${row.NHSNumber?.slice(6)}`,
          StartDateHospitalProviderSpell: '01/10/2026',
          DIAG_01: ' i219X ',
          FinalPrice: `${row.FinalPrice}0`,
          OrganisationCodeCodeOfProvider: 'raj',
        })),
      ),
    ],
  ])('finds every record unchanged in %s', async (_, content) => {
    await test.deliver(flow, csv(rows));
    const before = await test.events();
    expect(await test.deliver(flow, content)).toMatchObject({ state: 'landed', received: 30, unchanged: 30, landed: 0, updated: 0 });
    expect(await test.events()).toEqual(before);
  });

  it('lands one of twenty deliveries of the same bytes that arrive together', async () => {
    const receipts = await Promise.all(Array.from({ length: 20 }, () => test.deliver(flow, csv(rows))));
    const landed = receipts.filter(({ state }) => state === 'landed');
    expect(landed).toHaveLength(1);
    expect(receipts.filter(({ state, duplicateOf }) => state === 'duplicate' && duplicateOf === landed[0]?.delivery)).toHaveLength(19);
    expect(await test.count('select count(*) from environment.event')).toBe(30);
    expect(await test.count('select count(*) from linkage.person')).toBe(7);
    expect(await test.vault.query('select from vault.identity')).toMatchObject({ rowCount: 7 });
  });

  it('lands the same bytes again when somebody withdrew an objection since, and only what is missing', async () => {
    const objection = (person: number, ...days: string[]) => `nhs_number,set_on,withdrawn_on\n${[nhsNumber(person), ...days].join(',')}\n`;
    const first = await test.deliver(flow, csv(rows), 'batch-1');
    await test.deliver(flow, csv([{ ...(rows[0] as Row), LastUpdated: '2026-11-01T08:00:00', DIAG_01: 'J18.1' }]));
    await test.object('programme', objection(3, '2026-11-20', ''));
    const mine = rows.filter((_, n) => n % 7 === 3).length;
    // A receipt counts what is there, also of bytes that were known before.
    expect(await test.deliver(flow, csv(rows))).toMatchObject({
      ...{ state: 'duplicate', duplicateOf: first.delivery, unchanged: 30 - mine, withheld: { OBJECTION_PROGRAMME: mine } },
    });
    await test.object('programme', objection(3, '2026-11-20', '2026-11-21'));
    const again = await test.deliver(flow, csv(rows), 'batch-1');
    expect(again).toMatchObject({ state: 'landed', landed: mine, updated: 0, unchanged: 30 - mine });
    expect(await test.count('select count(*) from environment.event')).toBe(30);
    expect(await test.deliver(flow, csv(rows), 'batch-1')).toMatchObject({
      state: 'duplicate',
      duplicateOf: again.delivery,
      unchanged: 30,
    });
  });

  it('lands rows that waited for a patient when the same bytes come after the introduction, and only once', async () => {
    const records = csv([observation(1, 'o1', { NhsNumber: '' }), observation(2, 'o2')]);
    const waiting = await test.deliver('gp-coded-records-f81001', records);
    expect(waiting).toMatchObject({ landed: 1, quarantined: { PATIENT_REFERENCE_UNRESOLVED: 1 } });
    expect(await test.deliver('gp-coded-records-f81001', records)).toMatchObject({ state: 'duplicate', landed: 0 });
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    expect(await test.deliver('gp-coded-records-f81001', records)).toMatchObject({
      state: 'landed',
      landed: 1,
      unchanged: 1,
      quarantined: {},
    });
    expect(await test.deliver('gp-coded-records-f81001', records)).toMatchObject({ state: 'duplicate', unchanged: 2 });
  });

  it('lands rows of somebody whose age nobody knew when the same bytes come after another flow said it, and only once', async () => {
    const records = csv([careEvent(1, 'a', { Date_of_Birth: '' }), careEvent(2, 'b')]);
    expect(await test.deliver('asc-cld-southend', records)).toMatchObject({ landed: 1, withheld: { AGE_UNKNOWN: 1 } });
    expect(await test.deliver('asc-cld-southend', records)).toMatchObject({ state: 'duplicate', landed: 0 });
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    expect(await test.deliver('asc-cld-southend', records)).toMatchObject({ state: 'landed', landed: 1, unchanged: 1, withheld: {} });
    expect(await test.deliver('asc-cld-southend', records)).toMatchObject({ state: 'duplicate', unchanged: 2 });
  });

  it('never lands an older submission again over a later one', async () => {
    const care = 'asc-cld-southend';
    await test.deliver(care, csv([careEvent(1, 'E1'), careEvent(2, 'E2')]));
    await test.deliver(care, csv([careEvent(1, 'E1')]));
    await test.object('type-1', `nhs_number\n${nhsNumber(9)}\n`);
    expect(await test.deliver(care, csv([careEvent(1, 'E1'), careEvent(2, 'E2')]))).toMatchObject({ state: 'duplicate', landed: 0 });
    expect(await test.count('select count(*) from environment.event')).toBe(1);
  });

  it('keeps two flows apart that send together about the same people', async () => {
    const care = Array.from({ length: 30 }, (_, n) => careEvent(n % 7, `E${n}`));
    const receipts = await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => test.deliver(flow, csv(rows.slice(n * 7)))),
      ...Array.from({ length: 4 }, (_, n) => test.deliver('asc-cld-southend', csv(care.slice(n * 2, 30 - n)))),
    ]);
    expect(receipts.map(({ state }) => state)).toEqual(Array(8).fill('landed'));
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(7);
    expect(await test.count('select count(*) from environment.person')).toBe(7);
    expect(await test.count(`select count(*) from environment.event where setting = 'hospital'`)).toBe(30);
  });

  it('refuses a batch id for other content, and forgets nothing about the first', async () => {
    await test.deliver(flow, csv([episode(1, 'S1')]), 'batch-1');
    const reused = await test.deliver(flow, csv([episode(2, 'S2')]), 'batch-1');
    expect(reused).toMatchObject({ state: 'refused', refusals: [{ code: 'BATCH_ID_REUSED' }] });
    expect(await test.deliver(flow, csv([episode(1, 'S1')]), 'batch-1')).toMatchObject({ state: 'duplicate' });
    expect(await test.count('select count(*) from environment.event')).toBe(1);
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(1);
    expect(await test.vault.query('select from vault.identity')).toMatchObject({ rowCount: 1 });
  });
});

// RULE-AGAIN-1; test/spec/landing/again.test.ts says which changes count for which feed.
describe('the same bytes after a change of what they are judged by', () => {
  afterEach(() => test.configure());
  const again = (receipt: Receipt, change: Partial<Receipt>): void => expect(receipt).toMatchObject({ state: 'landed', ...change });

  it('land what was no code before, once', async () => {
    const unknown = csv([episode(1, 'S1', { AdmissionMethodHospitalProviderSpell: '77' }), episode(2, 'S2')]);
    const first = await test.deliver(flow, unknown);
    expect(await test.deliver(flow, unknown)).toMatchObject({ state: 'duplicate', duplicateOf: first.delivery });
    const before = await test.events();
    await reconfigure(
      'code-lists/admission-method.json',
      inJson<{ values: object[] }>((list) => ({ ...list, values: [...list.values, { code: '77', meaning: 'By balloon' }] })),
    );
    const second = await test.deliver(flow, unknown);
    again(second, { received: 2 });
    expect(await test.events()).not.toEqual(before);
    expect(await test.deliver(flow, unknown)).toMatchObject({ state: 'duplicate', duplicateOf: second.delivery, unchanged: 2 });
  });

  it('take away what is sensitive now, and bring it back when it is not', async () => {
    const sensitive = csv([episode(1, 'S1', { DIAG_01: 'J18.1' }), episode(2, 'S2')]);
    again(await test.deliver(flow, sensitive), { landed: 2 });
    const entry = { system: 'icd10', match: 'prefix', code: 'J18', topic: 'test', basis: 'test' };
    await reconfigure(
      'sensitive-codes/restricted.json',
      inJson<{ codes: object[] }>((list) => ({ ...list, codes: [...list.codes, entry] })),
    );
    again(await test.deliver(flow, sensitive), { withheld: { SENSITIVE_CODE: 1 }, removed: 1 });
    expect(await test.events()).toHaveLength(1);
    await test.configure();
    again(await test.deliver(flow, sensitive), { landed: 1, unchanged: 1, withheld: {} });
    expect(await test.events()).toHaveLength(2);
  });

  it('find people in an area that was not known, although no record is another', async () => {
    const homes = csv([registration(1, { Postcode: 'SS1 9ZZ' })]);
    await test.deliver('gp-patients-f81001', homes);
    const areas = async () => (await test.admin.query('select lsoa, ward from environment.person')).rows;
    expect(await areas()).toEqual([{ lsoa: null, ward: null }]);
    await reconfigure('geography/postcodes.csv', (text) => `${text.trimEnd()}\nSS1 9ZZ,E01015814,E05002212\n`);
    again(await test.deliver('gp-patients-f81001', homes), { landed: 0, updated: 0, unchanged: 1 });
    expect(await areas()).toEqual([{ lsoa: 'E01015814', ward: 'E05002212' }]);
  });

  it('say an objection that no code said before', async () => {
    const said = csv([observation(1, 'o1', { SnomedCTConceptId: '160377001' }), observation(2, 'o2')]);
    await test.deliver('gp-coded-records-f81001', said);
    expect(await test.events()).toHaveLength(2);
    const code = { code: '160377001', objection: 'type-1', action: 'set', source: 'test' };
    await reconfigure(
      'objections/gp-codes.json',
      inJson<{ codes: object[] }>((file) => ({ ...file, codes: [...file.codes, code] })),
    );
    again(await test.deliver('gp-coded-records-f81001', said), {});
    expect(await test.count('select count(*) from objections.objection')).toBe(1);
    expect(await test.events()).toHaveLength(1);
  });

  it('land whoever the decision table covers no longer', async () => {
    await test.object('programme', `nhs_number\n${nhsNumber(1)}\n`);
    const covered = csv([episode(1, 'S1'), episode(2, 'S2')]);
    again(await test.deliver(flow, covered), { landed: 1, withheld: { OBJECTION_PROGRAMME: 1 } });
    test.at('2026-11-22T12:00:00Z');
    expect(await test.deliver(flow, covered)).toMatchObject({ state: 'duplicate' });
    await reconfigure(
      'objections/decision-table.json',
      inJson<{ rows: { objection: string; reason?: string }[] }>(({ rows: all, ...file }) => ({
        ...file,
        rows: all.map(({ reason, ...row }) =>
          row.objection === 'programme' ? { ...row, outcome: 'use' } : { ...row, ...(reason ? { reason } : {}) },
        ),
      })),
    );
    again(await test.deliver(flow, covered), { landed: 1, unchanged: 1, withheld: {} });
    test.at('2026-11-21T12:00:00Z');
  });

  it('never land as an older submission over a later one', async () => {
    const care = 'asc-cld-southend';
    await test.deliver(care, csv([careEvent(1, 'E1'), careEvent(2, 'E2')]));
    await test.deliver(care, csv([careEvent(1, 'E1')]));
    await reconfigure(
      'feeds/asc-cld.json',
      inJson<object>((feed) => ({ ...feed, nullValues: ['', 'NULL'] })),
    );
    expect(await test.deliver(care, csv([careEvent(1, 'E1'), careEvent(2, 'E2')]))).toMatchObject({ state: 'duplicate', landed: 0 });
    expect(await test.count('select count(*) from environment.event')).toBe(1);
  });

  it('never land over what was sent later, unless every record says when it was changed', async () => {
    const written = (day: string) => ({ meta: { lastUpdated: `2026-${day}T08:00:00Z` } });
    const onset = async () => (await test.events()).map(({ started }) => started).sort();
    for (const timed of [false, true]) {
      const file = (day: string): string => {
        const more = timed ? written(day) : {};
        const said = condition(`c-${timed}`, 'Patient/p1', { onsetDateTime: `2026-${day}`, ...more });
        return bundle(patient('p1', nhsNumber(1), written('01-01')), said);
      };
      await test.deliver('fhir-acute', file('03-01'));
      await test.deliver('fhir-acute', file('03-02'));
      const later = await onset();
      await reconfigure('geography/postcodes.csv', (text) => `${text.trimEnd()}\nSS1 9Z${timed ? 'Y' : 'Z'},E01015814,E05002212\n`);
      expect(await test.deliver('fhir-acute', file('03-01'))).toMatchObject({ state: timed ? 'landed' : 'duplicate', updated: 0 });
      expect(await onset()).toEqual(later);
      await test.configure();
    }
  });

  it('land again where nothing says what they were judged by, and are known from then on', async () => {
    await test.deliver(flow, csv(rows));
    await test.admin.query('update landing.delivery set judged_by = null');
    const before = await test.events();
    const second = await test.deliver(flow, csv(rows));
    again(second, { landed: 0, updated: 0, unchanged: 30 });
    expect(await test.events()).toEqual(before);
    expect(await test.deliver(flow, csv(rows))).toMatchObject({ state: 'duplicate', duplicateOf: second.delivery });
  });

  it('are read for it, where a file that is known would not even be sent on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'haven-file-'));
    const path = join(folder, 'apc.csv');
    await writeFile(path, csv([episode(1, 'S1', { Postcode: 'SS1 9ZZ' })]));
    const first = await test.deliver(flow, { path });
    expect(await test.deliver(flow, { path })).toMatchObject({ state: 'duplicate', duplicateOf: first.delivery, unchanged: 1 });
    expect(await test.count('select count(distinct judged_by) from landing.delivery')).toBe(1);
    await reconfigure('geography/postcodes.csv', (text) => `${text.trimEnd()}\nSS1 9ZZ,E01015814,E05002212\n`);
    again(await test.deliver(flow, { path }), { unchanged: 1 });
    expect(await test.count('select count(distinct judged_by) from landing.delivery')).toBe(2);
    await rm(folder, { recursive: true });
  });
});
