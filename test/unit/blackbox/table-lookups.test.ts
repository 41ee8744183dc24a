import { describe, expect, it } from 'vitest';
import { Tally } from '../../../src/blackbox/candidate.ts';
import { compileCsvPlan } from '../../../src/blackbox/csv-plan.ts';
import { toSex } from '../../../src/blackbox/generalise.ts';
import { feedSpecificationSchema } from '../../../src/feeds/specification.ts';

/** Every object of the language answers to these names. */
const inherited = ['constructor', 'hasOwnProperty', 'toString', 'valueOf', '__proto__', '__defineGetter__'];

describe('values that every object answers to', () => {
  it.each(inherited)('reads %s as the text it is, in a mapped column, a boolean and a kind', (value) => {
    const specification = feedSpecificationSchema.parse({
      id: 'example',
      version: '1',
      title: 'Example',
      setting: 'hospital',
      format: 'csv',
      source: 'Example',
      columns: [
        { name: 'number', type: 'nhs-number', role: 'nhs-number' },
        { name: 'id', type: 'text', role: 'source-id', mustBePresent: true },
        { name: 'mapped', type: 'text', map: { U: 'X' } },
        { name: 'truth', type: 'boolean' },
        { name: 'type', type: 'text' },
      ],
      naturalKey: ['id'],
      event: { kind: 'demographics', kindFrom: { column: 'type', values: { A: 'admission' } }, attributes: ['mapped'] },
    });
    const header = ['number', 'id', 'mapped', 'truth', 'type'];
    const read = compileCsvPlan({
      specification,
      header,
      allowedFields: new Set(header),
      codeLists: new Map(),
      sensitiveCodes: { isSensitive: () => false },
      numbers: 'test',
      dropped: new Tally(),
      warn: () => undefined,
    });
    const candidate = read(['9434765919', '1', value, '', value], 1);
    expect(candidate).toMatchObject({ kind: 'demographics', attributes: JSON.stringify({ mapped: value }) });
    expect(read(['9434765919', '2', 'U', value, 'A'], 2).error?.rule).toBe('CODE_UNKNOWN');
  });

  it.each(inherited)('knows no sex called %s', (value) => {
    expect(toSex(value)).toBe('');
  });
});
