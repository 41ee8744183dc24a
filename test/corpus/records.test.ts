import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Receipt } from '../../src/landing/receipt.ts';
import { figuresOf, printFigures } from './support/figures.ts';
import { type CorpusGateway, openGateway, total } from './support/gateway.ts';
import { placeOf } from './support/place.ts';
import { describeSets, filesOf, pathOf, readRows, readSet, testNumbers, toCsv } from './support/shared-data.ts';

const figures: Record<string, string | number>[] = [];
const keep = (title: string, receipt: Receipt): Receipt => {
  figures.push(figuresOf(title, receipt));
  return receipt;
};
let gateway: CorpusGateway;
const open = (...flows: Parameters<typeof placeOf>[1]): void => {
  beforeAll(async () => {
    gateway = await openGateway([await placeOf('corpus', flows)]);
  });
  afterAll(async () => {
    printFigures(figures.splice(0));
    await gateway.close();
  });
};

/** Distinct values of a column, with an NHS number of the test range for every second one, in the order of the file. */
function numberEverySecond(values: readonly string[], from: number): ReadonlyMap<string, string> {
  const distinct = [...new Set(values)];
  const numbers = testNumbers(distinct.length, from);
  return new Map(distinct.flatMap((value, index) => (index % 2 === 0 ? [[value, numbers[index] as string] as const] : [])));
}

describeSets(['hes-artificial'], 'hes-artificial: 193 columns', () => {
  const apc = 'data/apc/artificial_hes_apc_0102_truncated.csv';
  open({ id: 'hes', feed: 'hes-apc', setting: 'hospital' }, { id: 'hes-by-id', feed: 'hes-apc', setting: 'hospital', linkByLocalId: true });

  it('has a specification that knows every column', async () => {
    const header = readSet('hes-artificial', apc).toString('utf8').split('\n')[0]?.trim().split(',') ?? [];
    expect(header).toHaveLength(193);
    const known = new Set(gateway.box.feeds.get('hes-apc')?.columns.map(({ name }) => name));
    expect(header.filter((name) => !known.has(name))).toEqual([]);
  });

  /** What must become of a row whoever it is about: withheld for a code, held for its date, or nothing. */
  const fateOf = (row: Readonly<Record<string, string>>): 'SENSITIVE_CODE' | 'EVENT_START_ABSENT' | '' => {
    const { sensitiveCodes } = gateway.box;
    const isSensitive = Object.entries(row).some(
      ([name, code]) =>
        (/^(DIAG_4_\d\d|CAUSE_4)$/.test(name) && sensitiveCodes.isSensitive('icd10', code)) ||
        (/^OPERTN_4_\d\d$/.test(name) && sensitiveCodes.isSensitive('opcs4', code)),
    );
    if (isSensitive) return 'SENSITIVE_CODE';
    return /^180[01]-01-01$/.test(row.EPISTART ?? '') ? 'EVENT_START_ABSENT' : '';
  };

  it('holds every row while nobody says which NHS number a row belongs to', async () => {
    const rows = readRows('hes-artificial', apc);
    const sensitive = rows.filter((row) => fateOf(row) === 'SENSITIVE_CODE').length;
    const undated = rows.filter((row) => fateOf(row) === 'EVENT_START_ABSENT').length;
    const receipt = keep('hes-artificial apc, as published', await gateway.deliver('hes', readSet('hes-artificial', apc)));
    expect(receipt).toMatchObject({ state: 'landed', received: 2075, landed: 0, withheld: { SENSITIVE_CODE: sensitive } });
    expect(receipt.quarantined).toEqual({ EVENT_START_ABSENT: undated, NHS_NUMBER_ABSENT: 2075 - sensitive - undated });
  });

  it('lands all rows of those whose number stands in one of them, and holds the others', async () => {
    const rows = readRows('hes-artificial', apc);
    const sound = rows.filter((row) => fateOf(row) === '');
    const numbers = numberEverySecond(
      sound.map((row) => row.PSEUDO_HESID ?? ''),
      100_000,
    );
    const said = new Set<string>();
    const numbered = rows.map((row) => {
      const id = row.PSEUDO_HESID ?? '';
      if (fateOf(row) !== '' || said.has(id)) return { NEWNHSNO: '', ...row };
      said.add(id);
      return { NEWNHSNO: numbers.get(id) ?? '', ...row };
    });
    const receipt = keep(
      'hes-artificial apc, half the people numbered',
      await gateway.deliver('hes-by-id', toCsv(Object.keys(numbered[0] ?? {}), numbered)),
    );
    const known = sound.filter((row) => numbers.has(row.PSEUDO_HESID ?? '')).length;
    expect(receipt.landed).toBe(known);
    expect(receipt.quarantined.PATIENT_REFERENCE_UNRESOLVED).toBe(sound.length - known);
    expect(receipt.linkage.new).toBe(numbers.size);
    const [people] = await gateway.query<{ people: number }>(
      `select count(distinct person_id)::int as people from environment.event join register.flow using (flow_no) where flow_id = 'hes-by-id'`,
    );
    expect(people?.people).toBe(numbers.size);
  });

  it('refuses the outpatient file on the flow of admitted patients, before a row of it lands', async () => {
    const receipt = keep(
      'hes-artificial op on the apc flow',
      await gateway.deliver('hes', readSet('hes-artificial', 'data/op/artificial_hes_op_0304_truncated.csv')),
    );
    expect(receipt).toMatchObject({ state: 'refused', refusals: [{ code: 'HEADER_COLUMN_MISSING' }] });
  });
});

describeSets(['synthea-csv-27'], 'synthea-csv-27', () => {
  const known = { patients: 'Id', encounters: 'PATIENT', conditions: 'PATIENT', medications: 'PATIENT', procedures: 'PATIENT' } as const;
  open(
    ...Object.keys(known).map((name) => ({ id: `synthea-${name}`, feed: `synthea-${name}`, setting: 'gp' as const, linkByLocalId: true })),
  );

  it('follows the patient id from file to file for those whose number is known, and holds the others', async () => {
    const patients = readRows('synthea-csv-27', 'patients.csv');
    const numbers = numberEverySecond(
      patients.map((row) => row.Id ?? ''),
      200_000,
    );
    for (const [name, column] of Object.entries(known)) {
      const rows = readRows('synthea-csv-27', `${name}.csv`).map((row) =>
        name === 'patients' ? { ...row, NHS_NUMBER: numbers.get(row.Id ?? '') ?? '' } : row,
      );
      const receipt = keep(`synthea-csv-27 ${name}`, await gateway.deliver(`synthea-${name}`, toCsv(Object.keys(rows[0] ?? {}), rows)));
      const usable = rows.filter((row) => numbers.has((row as Record<string, string>)[column] ?? '')).length;
      expect(receipt.state).toBe('landed');
      expect(receipt.landed + receipt.updated + receipt.unchanged + total(receipt.withheld)).toBe(usable);
      expect(receipt.quarantined).toEqual({ PATIENT_REFERENCE_UNRESOLVED: rows.length - usable });
    }
  });

  it('refuses every other file of the export on a flow it was not agreed for', async () => {
    for (const path of filesOf('synthea-csv-27', '.csv')) {
      if (Object.keys(known).some((name) => path.endsWith(`/${name}.csv`))) continue;
      const receipt = await gateway.deliver('synthea-encounters', readFileSync(path));
      expect(receipt.state).toBe('refused');
      expect(receipt.refusals.map(({ code }) => code)).toEqual([expect.stringMatching(/^HEADER_/)]);
    }
  });
});

describeSets(['gp-connect-provider-test-patients'], 'gp-connect-provider-test-patients', () => {
  const set = 'gp-connect-provider-test-patients';
  open(
    { id: 'gp-connect-register', feed: 'gp-connect-register', setting: 'gp' },
    { id: 'gp-connect-pds', feed: 'gp-connect-pds', setting: 'gp' },
    { id: 'gp-connect-numbers', feed: 'gp-connect-numbers', setting: 'gp' },
  );

  it('lands all of these clean numbers in both date layouts, but nobody who is flagged and not the number that stands for nobody', async () => {
    for (const [flow, file] of [
      ['register', 'RegisterPatients.csv'],
      ['pds', 'PDS.csv'],
      ['numbers', 'NHSNoMap.csv'],
    ] as const) {
      const rows = readRows(set, file);
      const receipt = keep(`${set} ${file}`, await gateway.deliver(`gp-connect-${flow}`, readSet(set, file)));
      const flagged = rows.filter((row) => ['S', 'B', 'I', 'Y'].includes(row.SENSITIVE_FLAG ?? '')).length;
      expect(receipt.withheld).toEqual(flagged === 0 ? {} : { SENSITIVE_PERSON: flagged });
      // 9999999999 passes modulus 11 and is no number all the same.
      const nobody = rows.filter((row) => Object.values(row).includes('9999999999')).length;
      expect(receipt.quarantined).toEqual(nobody === 0 ? {} : { NHS_NUMBER_PLACEHOLDER: nobody });
      expect(receipt).toMatchObject({ state: 'landed', received: rows.length, landed: rows.length - flagged - nobody });
    }
  });
});

describeSets(['synthea-bulk-ndjson-10', 'synthea-bulk-ndjson-100-partial'], 'Synthea bulk exports', () => {
  const export10 = 'synthea-bulk-ndjson-10';
  const export100 = 'synthea-bulk-ndjson-100-partial';
  open(...[export10, export100, 'numbered-10', 'numbered-100'].map((id) => ({ id, feed: 'fhir-r4', setting: 'gp' as const })));

  /** All files of an export as one delivery, the people last. */
  const whole = (set: string, change: (line: string) => string = (line) => line): string =>
    filesOf(set, '.ndjson')
      .filter((path) => !path.endsWith('log.ndjson'))
      .sort((a, b) => Number(a.includes('/Patient.')) - Number(b.includes('/Patient.')))
      .map((path) => readFileSync(path, 'utf8').trimEnd().split('\n').map(change).join('\n'))
      .join('\n');
  const withNumbers = (from: number): ((line: string) => string) => {
    const numbers = testNumbers(500, from)[Symbol.iterator]();
    return (line) => {
      if (!line.startsWith('{"resourceType":"Patient"')) return line;
      const patient = JSON.parse(line) as { identifier: object[] };
      const number = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: numbers.next().value };
      return JSON.stringify({ ...patient, identifier: [...patient.identifier, number] });
    };
  };

  it.each([export10, export100])('holds every record of %s: nobody in it has an NHS number', async (set) => {
    const receipt = keep(`${set}, as published`, await gateway.deliver(set, whole(set)));
    expect(receipt).toMatchObject({ state: 'landed', landed: 0, updated: 0 });
    expect(Object.keys(receipt.quarantined)).toContain('NHS_NUMBER_ABSENT');
  });

  it('lands every record about a person once the people have numbers, although they come last', async () => {
    const receipt = keep(`${export10}, numbered`, await gateway.deliver('numbered-10', whole(export10, withNumbers(300_000))));
    expect(receipt.linkage.new).toBe(13);
    expect(receipt.quarantined).toEqual({});
    expect(receipt.landed).toBeGreaterThan(5000);
    const [orphans] = await gateway.query<{ people: number }>(
      `select count(distinct person_id)::int as people from environment.event join register.flow using (flow_no) where flow_id = 'numbered-10'`,
    );
    expect(orphans?.people).toBe(13);
  });

  it('does not mind references to encounters that are not there', async () => {
    const receipt = keep(`${export100}, numbered`, await gateway.deliver('numbered-100', whole(export100, withNumbers(400_000))));
    expect(receipt).toMatchObject({ quarantined: {}, linkage: { new: 120 } });
    expect(receipt.landed).toBe(120 + 1818 + 75);
  });
});

const fhirSets = [
  'synthea-r4-bundles',
  'pds-sandbox',
  'cohort-manager-patient-mocks',
  'genomics-patients',
  'clinical-observations-bundles',
  'gp-connect-structured',
  'nhs111-itk-reports',
];

describeSets(fhirSets, 'FHIR sets, file by file', () => {
  open(...fhirSets.map((id) => ({ id, feed: 'fhir-r4', setting: 'gp' as const })));

  it.each(fhirSets)('lands what has a usable number in %s, holds the rest by reason, and fails on nothing', async (set) => {
    const sums = {
      files: 0,
      sameBytes: 0,
      refused: {} as Record<string, number>,
      received: 0,
      landed: 0,
      updated: 0,
      unchanged: 0,
      people: 0,
    };
    const withheld: Record<string, number> = {};
    const quarantined: Record<string, number> = {};
    const add = (to: Record<string, number>, from: Readonly<Record<string, number>>): void => {
      for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
    };
    for (const path of filesOf(set, '')) {
      sums.files += 1;
      const receipt = await gateway.deliver(set, readFileSync(path));
      if (receipt.state === 'duplicate') {
        sums.sameBytes += 1;
        continue;
      }
      if (receipt.state === 'refused') {
        for (const { code } of receipt.refusals) add(sums.refused, { [code]: 1 });
        // Only what is no FHIR JSON, or holds no resource, is refused as a whole.
        expect(receipt.refusals.map(({ code }) => `${relative(pathOf(set), path)} ${code}`)).toEqual([
          expect.stringMatching(/ (FHIR_|NO_RECORDS)/),
        ]);
        continue;
      }
      for (const name of ['received', 'landed', 'updated', 'unchanged'] as const) sums[name] += receipt[name];
      sums.people += receipt.linkage.new;
      add(withheld, receipt.withheld);
      add(quarantined, receipt.quarantined);
    }
    const list = (counts: Record<string, number>): string =>
      Object.entries(counts)
        .map((entry) => entry.join(' '))
        .join(', ');
    figures.push({ set, ...sums, refused: list(sums.refused), withheld: list(withheld), quarantined: list(quarantined) });
    expect(sums.received).toBeGreaterThan(0);
    const [foreign] = await gateway.query<{ rows: number }>(
      `select count(*)::int as rows from linkage.pseudonym p where not exists (select from linkage.person where person_id = p.person_id)`,
    );
    expect(foreign?.rows).toBe(0);
  });
});
