import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Receipt } from '../../src/landing/receipt.ts';
import { figuresOf, printFigures } from './support/figures.ts';
import { type CorpusGateway, openGateway } from './support/gateway.ts';
import { placeOf } from './support/place.ts';
import { describeSets, readSet, testNumbers, toCsv } from './support/shared-data.ts';

const set = 'naughty-strings';

/** One good row of each feed; each of its columns takes each of the strings in turn. */
const goodRows: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'warehouse-patients': {
    patient_id: 'L1', nhs_number: '', superseded_by_nhs_number: '', date_of_birth: '1950-02-01', gender: 'F', ethnicity: 'A',
    registered_practice: 'F81001', postcode_district: 'SS1', deprivation_decile: '3', age_at_start: '70', created_date: '2026-01-01',
  },
  'warehouse-episodes': {
    episode_id: 'E1', patient_id: 'L1', nhs_number: '', trust_code: 'RAJ', admission_date: '2026-01-01', discharge_date: '2026-01-02',
    admission_method: '21', primary_diagnosis: 'J18', secondary_diagnoses: 'I10,E11', primary_procedure: 'W37', hrg_code: 'AA22',
    consultant_code: 'C1', specialty: '300', ward_code: 'W1', created_timestamp: '2026-01-03 10:00:00.123',
  },
  'warehouse-packages': {
    package_id: 'P1', patient_id: 'L1', nhs_number: '', package_type: 'HOMECARE', package_name: 'Home care', start_date: '2026-01-01',
    end_date: '', status: 'Active', weekly_cost: '12.50', assessment_outcome: 'LOW', care_provider: 'X', hours_per_week: '5.0',
  },
}; // biome-ignore format: one feed a paragraph

describeSets([set], 'naughty strings', () => {
  /** What the list lacks: the null character, half a surrogate pair, the words of COPY, a key without end. */
  const more = ['\u0000null', 'half \ud83d pair', '\\.', '\\N', 'k'.repeat(40_000), '2026-02-30', '2026-01-01T25:00:00Z', '{"a":1}'];
  const strings = (): string[] => [...(JSON.parse(readSet(set, 'blns.json').toString('utf8')) as string[]), ...more];
  let gateway: CorpusGateway;
  const figures: Record<string, string | number>[] = [];

  beforeAll(async () => {
    gateway = await openGateway([
      await placeOf('naughty', [
        ...Object.keys(goodRows).map((feed) => ({ id: `naughty-${feed}`, feed, setting: 'hospital' as const })),
        { id: 'naughty-fhir', feed: 'fhir-r4', setting: 'gp' },
      ]),
    ]);
  });
  afterAll(async () => {
    printFigures(figures);
    await gateway.close();
  });

  /** Long enough not to be part of an honest sentence; a receipt or report with one of them echoes its input. */
  const telling = (): string[] => strings().filter((text) => text.trim().length >= 8);
  async function expectNoEcho(receipt: Receipt): Promise<void> {
    const said = new Set([
      JSON.stringify(receipt),
      ...(await gateway.problems(receipt)).map(({ field, rule, guidance }) => `${field} ${rule} ${guidance}`),
    ]);
    for (const text of said)
      for (const naughty of telling()) if (text.includes(naughty.trim())) expect.fail(`a receipt or report holds: ${naughty}`);
  }

  it.each(Object.keys(goodRows))('lands or holds every row of %s, and repeats no value in what it reports', async (feed) => {
    const good = goodRows[feed] as Record<string, string>;
    const columns = Object.keys(good);
    const [key = ''] = columns;
    const naughty = strings();
    const numbers = testNumbers(naughty.length * columns.length, 0);
    const rows = columns.flatMap((column, at) =>
      naughty.map((text, index) => {
        const place = at * naughty.length + index;
        return { ...good, [key]: `K${place}`, nhs_number: numbers[place] ?? '', [column]: text };
      }),
    );
    const receipt = await gateway.deliver(`naughty-${feed}`, toCsv(columns, rows));
    figures.push(figuresOf(`${set}: ${feed}`, receipt));
    expect(receipt).toMatchObject({ state: 'landed', received: rows.length });
    await expectNoEcho(receipt);
  });

  it('keeps a string that lands exactly as it was sent', async () => {
    const stored = await gateway.query<{ ward: string }>(
      `select distinct attributes->>'ward_code' as ward from environment.event e join register.flow f using (flow_no) where f.flow_id = 'naughty-warehouse-episodes'`,
    );
    const sent = new Set(
      strings()
        .map((text) => Buffer.from(text.trim()).toString())
        .concat('W1'),
    );
    for (const { ward } of stored) if (ward !== null) expect(sent).toContain(ward);
    expect(stored.length).toBeGreaterThan(400);
  });

  it('reads FHIR resources with a naughty string in every text, id, code and date', async () => {
    const numbers = testNumbers(strings().length, 500_000);
    const lines = strings().flatMap((text, index) => {
      const subject = { reference: `Patient/n${index}` };
      const code = { coding: [{ system: 'http://snomed.info/sct', code: text, display: text }], text };
      return [
        {
          resourceType: 'Patient',
          id: `n${index}`,
          identifier: [
            { system: 'https://fhir.nhs.uk/Id/nhs-number', value: numbers[index] },
            { system: text, value: text },
          ],
          name: [{ family: text, given: [text], text }],
          address: [{ line: [text], text, postalCode: text }],
          gender: text,
          birthDate: '1950-02-01',
          maritalStatus: { coding: [{ system: text, code: text }] },
        },
        {
          resourceType: 'Patient',
          id: `b${index}`,
          identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: numbers[index] }],
          birthDate: text,
        },
        { resourceType: 'Patient', id: text, identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: text }], gender: 'male' },
        { resourceType: 'Condition', id: `c${index}`, subject, code, recordedDate: '2026-01-01', note: [{ text }] },
        { resourceType: 'Condition', id: text, subject, code, recordedDate: '2026-01-01' },
        {
          resourceType: 'Observation',
          id: `o${index}`,
          status: 'final',
          subject,
          code,
          effectiveDateTime: '2026-01-01',
          valueString: text,
        },
        { resourceType: 'Observation', id: `d${index}`, status: text, subject, code: { text }, effectiveDateTime: text },
        {
          resourceType: 'Encounter',
          id: `e${index}`,
          status: 'finished',
          class: { code: text },
          subject: { reference: text },
          period: { start: '2026-01-01', end: text },
        },
        { resourceType: text, id: `r${index}` },
      ];
    });
    const receipt = await gateway.deliver('naughty-fhir', lines.map((line) => JSON.stringify(line)).join('\n'));
    figures.push(figuresOf(`${set}: fhir`, receipt));
    expect(receipt).toMatchObject({ state: 'landed', received: lines.length });
    await expectNoEcho(receipt);
  });
});
