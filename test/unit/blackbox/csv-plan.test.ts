import { describe, expect, it } from 'vitest';
import { type Candidate, Tally } from '../../../src/blackbox/candidate.ts';
import { compileCsvPlan } from '../../../src/blackbox/csv-plan.ts';
import type { Issue } from '../../../src/feeds/record.ts';
import { feedSpecificationSchema } from '../../../src/feeds/specification.ts';

const specification = feedSpecificationSchema.parse({
  id: 'example',
  version: '1',
  title: 'Example',
  setting: 'hospital',
  format: 'csv',
  source: 'Example',
  nullValues: ['', 'NULL'],
  columns: [
    { name: 'NHSNumber', aliases: ['NEWNHSNO'], type: 'nhs-number', role: 'nhs-number', mustBePresent: true },
    { name: 'Local', type: 'text', role: 'local-patient-id' },
    { name: 'Record', type: 'text', role: 'source-id', mustBePresent: true, maxLength: 10 },
    { name: 'Part', type: 'text' },
    { name: 'Deleted', type: 'boolean' },
    { name: 'Secret', type: 'boolean' },
    { name: 'Start', type: 'date', formats: ['YYYY-MM-DD', 'DD/MM/YYYY'] },
    { name: 'Time', type: 'time' },
    { name: 'End', type: 'date' },
    { name: 'Type', type: 'code', required: true, nullValues: ['-'] },
    { name: 'Method', type: 'code', codeList: 'methods' },
    { name: 'Status', type: 'code', codeList: 'methods', onUnknownCode: 'quarantine' },
    { name: 'Ward', type: 'code', pattern: '^[A-Z]{1,2}[0-9]{1,3}$' },
    { name: 'Diagnoses', type: 'text' },
    { name: 'Price', type: 'money' },
    { name: 'Count', type: 'integer' },
    { name: 'Remark', type: 'text', maxLength: 20 },
    { name: 'Note', type: 'text', role: 'free-text' },
    { name: 'Name', type: 'text', role: 'identifier' },
  ],
  naturalKey: ['Record'],
  naturalKeyWhereGiven: ['Part'],
  deletion: { rule: 'tombstone', column: 'Deleted', values: ['true'] },
  withhold: [{ reason: 'CONFIDENTIAL_RECORD', when: { column: 'Secret', is: ['true'] } }],
  checks: [
    { check: 'not-before', rule: 'END_BEFORE_START', column: 'End', earlier: 'Start', guidance: 'Correct the dates.' },
    {
      check: 'required-when',
      rule: 'PRICE_ABSENT',
      column: 'Price',
      when: { column: 'Type', is: ['billed'] },
      severity: 'warning',
      guidance: 'Price it.',
    },
  ],
  event: {
    kind: 'contact',
    kindFrom: { column: 'Type', values: { A: 'admission' } },
    start: ['Start', 'Time'],
    end: ['End'],
    codes: [{ column: 'Diagnoses', system: 'icd10', separator: ';' }],
    cost: { column: 'Price', unit: 'pounds' },
    attributes: ['Type', 'Method', 'Count', 'Remark', 'Ward'],
  },
});

/** What decides whether and as what a row lands. */
const deciding = ['NHSNumber', 'Record', 'Part', 'Deleted', 'Secret', 'Start'];
const all = specification.columns.map(({ name }) => name);
const clean = { NHSNumber: '9990000018', Record: 'R1', Start: '2026-10-01', Type: 'B' };

function plan(header: readonly string[], allowed: readonly string[] = all) {
  const dropped = new Tally();
  const warnings: Issue[] = [];
  const read = compileCsvPlan({
    specification,
    header,
    allowedFields: new Set(allowed),
    codeLists: new Map([['methods', { find: (value: string) => (value.toLowerCase() === 'yes' ? 'Yes' : undefined) }]]),
    sensitiveCodes: { isSensitive: (_, code) => code === 'A500' },
    numbers: 'test',
    dropped,
    warn: (issue) => warnings.push(issue),
  });
  return { read, dropped, warnings };
}

function readRow(
  values: Readonly<Record<string, string>>,
  allowed?: readonly string[],
): { candidate: Candidate; dropped: Record<string, number>; warnings: Issue[] } {
  const row = { ...clean, ...values };
  const { read, dropped, warnings } = plan(Object.keys(row), allowed);
  return { candidate: read(Object.values(row), 7), dropped: dropped.toObject(), warnings };
}
const rule = (values: Readonly<Record<string, string>>): string | undefined => readRow(values).candidate.error?.rule;

describe('a row of a data set', () => {
  it('keeps what its agreement lists, and only counts the rest', () => {
    const { candidate, dropped } = readRow({ Method: 'yes', Note: 'a note', Name: 'a name', Unknown: 'x', Count: '3' }, [
      ...deciding,
      'Type',
      'Method',
      'Note',
      'Name',
    ]);
    expect(dropped).toEqual({ COLUMN_NOT_IN_DATA_SET: 1, FIELD_NOT_IN_AGREEMENT: 1, FREE_TEXT: 1, IDENTIFIER_NOT_NEEDED: 1 });
    expect(JSON.stringify(candidate)).not.toMatch(/a note|a name|"x"/);
    expect(candidate.attributes).toBe('{"Type":"B","Method":"Yes"}');
  });

  it.each(deciding.filter((name) => name !== 'NHSNumber'))('is not read at all where the agreement does not list %s', (name) => {
    expect(() =>
      plan(
        Object.keys(clean),
        all.filter((other) => other !== name),
      ),
    ).toThrow(expect.objectContaining({ code: 'FIELDS_NOT_LISTED', message: expect.stringContaining(`: ${name}.`) }));
  });

  it('needs no number where the sender says who it is', () => {
    const { read } = plan(['Local', ...Object.keys(clean)], ['Local', ...deciding.slice(1), 'Type']);
    expect(read(['L1', ...Object.values(clean)], 1)).toMatchObject({ nhsNumber: '', localPatientId: 'L1' });
  });

  it('counts no empty value as dropped', () => {
    expect(readRow({ Note: '', Name: '', Unknown: '' }).dropped).toEqual({});
  });

  it.each([
    [{}, undefined],
    [{ Type: '' }, 'REQUIRED_FIELD_EMPTY'],
    [{ Type: '-' }, 'REQUIRED_FIELD_EMPTY'],
    [{ Type: 'NULL' }, 'REQUIRED_FIELD_EMPTY'],
    [{ Record: '' }, 'SOURCE_ID_ABSENT'],
    [{ Record: ' ' }, 'SOURCE_ID_ABSENT'],
    [{ Record: 'NULL' }, 'SOURCE_ID_ABSENT'],
    [{ Record: '12345678901' }, 'VALUE_TOO_LONG'],
    [{ Start: '' }, 'EVENT_START_ABSENT'],
    [{ Start: '31/11/2026' }, 'DATE_INVALID'],
    [{ End: '2026-09-30' }, 'END_BEFORE_START'],
    [{ End: '2026-10-01', Time: '23:00' }, undefined],
    [{ Status: 'other' }, 'CODE_UNKNOWN'],
    [{ Method: 'other' }, undefined],
    [{ Price: '1,5' }, 'NUMBER_INVALID'],
    [{ Price: '-1.5' }, undefined],
    [{ Count: '1.5' }, 'NUMBER_INVALID'],
    [{ Count: '9'.repeat(16) }, 'NUMBER_INVALID'],
    [{ Deleted: 'maybe' }, 'CODE_UNKNOWN'],
    [{ Remark: 'bell\u0007' }, 'CHARACTER_INVALID'],
    [{ Remark: '\u0001CODE_UNKNOWN:x' }, 'CHARACTER_INVALID'],
    [{ Remark: 'x'.repeat(21) }, 'VALUE_TOO_LONG'],
    [{ Remark: '' }, undefined],
  ])('with %j breaks %s', (values, expected) => {
    expect(rule(values)).toBe(expected);
  });

  it('never has a value in what is reported about it', () => {
    for (const values of [
      { Price: 'SECRET' },
      { Start: 'SECRET' },
      { Method: 'SECRET' },
      { Status: 'SECRET' },
      { Diagnoses: 'SECRET WORDS' },
    ]) {
      const { candidate, warnings } = readRow(values);
      expect(JSON.stringify([candidate.error, warnings])).not.toContain('SECRET');
    }
  });

  it('keeps an unknown code where the specification only warns, each time it stands there', () => {
    const { read, warnings } = plan(['NHSNumber', 'Record', 'Start', 'Type', 'Method']);
    for (const row of [1, 2]) {
      expect(read(['9990000018', 'R1', '2026-10-01', 'B', 'N1'], row).attributes).toBe('{"Type":"B","Method":"N1"}');
    }
    expect(warnings.map(({ row, rule: broken, severity }) => [row, broken, severity])).toEqual([
      [1, 'CODE_UNKNOWN', 'warning'],
      [2, 'CODE_UNKNOWN', 'warning'],
    ]);
  });

  it('warns where a check only warns', () => {
    const { candidate, warnings } = readRow({ Type: 'billed', Price: '' });
    expect(candidate.error).toBeUndefined();
    expect(warnings.map((issue) => issue.rule)).toEqual(['PRICE_ABSENT']);
  });

  it('takes nothing of the row before it', () => {
    const { read } = plan(['NHSNumber', 'Record', 'Part', 'Start', 'Type', 'Count', 'Price']);
    read(['9990000018', 'R1', 'P', '2026-10-01', 'A', '5', '1.00'], 1);
    expect(read(['', 'R2', '', '', '', '', ''], 2)).toMatchObject({
      nhsNumber: '',
      sourceId: ['R2', ''],
      start: '',
      attributes: '',
      costPence: '',
      kind: 'contact',
    });
  });

  it('has its kind, moments, codes, cost and attributes as the mapping says', () => {
    const { candidate } = readRow({
      Type: 'A',
      Time: '10:30',
      End: '2026-10-02',
      Diagnoses: 'I21.9; a50.0;',
      Price: '12.34',
      Count: '007',
      Remark: 'say "hi"\\',
    });
    expect(candidate).toMatchObject({
      kind: 'admission',
      start: '2026-10-01 10:30:00',
      end: '2026-10-02',
      codes: '{icd10:I219,icd10:A500}',
      sensitive: true,
      costPence: '1234',
    });
    expect(JSON.parse(candidate.attributes)).toEqual({ Type: 'A', Count: 7, Remark: 'say "hi"\\' });
  });

  it('is withheld when its condition says so, in whatever case', () => {
    for (const value of ['true', 'TRUE', 'Y', '1']) expect(readRow({ Secret: value }).candidate.withhold).toBe('CONFIDENTIAL_RECORD');
    for (const value of ['false', '0', 'N']) expect(readRow({ Secret: value }).candidate.withhold).toBe('');
  });

  it('lands without a value that does not look like a code of its column, and says so', () => {
    for (const value of ['SMITH', 'A1 Jane', '1950-02-28', 'SS9 4AC']) {
      const { candidate, warnings } = readRow({ Ward: value });
      expect(candidate.error).toBeUndefined();
      expect(candidate.attributes).not.toContain('Ward');
      expect(warnings).toEqual([expect.objectContaining({ field: 'Ward', rule: 'CODE_SHAPE', severity: 'warning' })]);
      expect(JSON.stringify(warnings)).not.toContain(value);
    }
    expect(JSON.parse(readRow({ Ward: 'A12' }).candidate.attributes)).toMatchObject({ Ward: 'A12' });
  });

  it('is withheld when the column of the condition says nothing, or nothing that can be read', () => {
    for (const value of ['', 'NULL', 'perhaps', 'x\u0000', 'true, I think']) {
      expect(readRow({ Secret: value }).candidate.withhold).toBe('CONFIDENTIAL_RECORD');
      expect(readRow({ Secret: value, Deleted: 'true' }).candidate.withhold).toBe('');
    }
  });

  it('that deletes needs its key and nothing else', () => {
    expect(readRow({ Deleted: 'true', Type: '', Start: '', NHSNumber: '', Price: 'x' }).candidate).toMatchObject({
      deleted: true,
      error: undefined,
    });
    expect(readRow({ Deleted: 'true', Record: '' }).candidate.error?.rule).toBe('SOURCE_ID_ABSENT');
    expect(readRow({ Deleted: 'true', Record: '12345678901' }).candidate.error?.rule).toBe('VALUE_TOO_LONG');
  });

  it('says who it is about by number, by local id, or by both', () => {
    expect(readRow({ Local: 'L1' }).candidate).toMatchObject({ introducesPatient: true, refersToPatient: false });
    expect(readRow({ Local: 'L1', NHSNumber: '' }).candidate).toMatchObject({ introducesPatient: false, refersToPatient: true });
    expect(readRow({}).candidate).toMatchObject({ introducesPatient: false, refersToPatient: false });
  });
});

describe('a header', () => {
  const code = (header: readonly string[], allowed?: readonly string[]): string => {
    try {
      plan(header, allowed);
      return 'read';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each([
    [['NHSNumber', 'Record'], undefined, 'read'],
    [['nhs number', 'RECORD'], undefined, 'read'],
    [['NHS_Number', 'rec-ord'], undefined, 'read'],
    [['NHSNumber'], undefined, 'HEADER_COLUMN_MISSING'],
    [['a', 'b'], undefined, 'HEADER_NOT_THIS_DATA_SET'],
    [['NHSNumber', 'Record'], ['Record'], 'FIELDS_NOT_LISTED'],
    [['NHSNumber', 'Record', 'NEWNHSNO'], undefined, 'CSV_HEADER_DUPLICATE'],
  ])('of %j is %s', (header, allowed, expected) => {
    expect(code(header, allowed)).toBe(expected);
  });

  it('of another data set, or between the wrong separators, is told which separators are read', () => {
    expect(() => plan(['NHSNumber;Record'])).toThrow('has "," or "|" between its values');
  });

  it('is matched exactly first, so that a column of nearly the same name cannot take the place of the right one', () => {
    const { read, dropped } = plan(['nhs number', 'NHSNumber', 'Record', 'Start', 'Type']);
    expect(read(['9990000026', '9990000018', 'R1', '2026-10-01', 'B'], 1).nhsNumber).toBe('9990000018');
    expect(dropped.toObject()).toEqual({ COLUMN_NOT_IN_DATA_SET: 1 });
  });
});
