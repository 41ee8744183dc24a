import { describe, expect, it } from 'vitest';
import { Tally } from '../../../src/blackbox/candidate.ts';
import { createFhirPlan } from '../../../src/blackbox/fhir-candidate.ts';
import { emptyRecord } from '../../../src/feeds/fhir/record.ts';
import { typeName } from '../../../src/feeds/fhir/type-names.ts';

describe('a kind of resource', () => {
  const toCandidate = createFhirPlan({
    allowedFields: new Set(['Encounter.class']),
    sensitiveCodes: { isSensitive: () => false },
    numbers: 'test',
    dropped: new Tally(),
  });

  it.each([
    ['Encounter', ''],
    ['Condition', 'RESOURCE_NOT_IN_AGREEMENT'],
  ])('lands only when the agreement lists something of it: %s %s', (type, reason) => {
    expect(toCandidate({ ...emptyRecord(1), sourceId: [type, 'a'] }).withhold).toBe(reason);
  });
});

describe('what the black box makes of a FHIR record', () => {
  const toCandidate = createFhirPlan({
    allowedFields: new Set(),
    sensitiveCodes: { isSensitive: () => false },
    numbers: 'test',
    dropped: new Tally(),
  });
  const born = (birthDate: string): string | undefined => toCandidate({ ...emptyRecord(3), birthDate }).error?.rule;

  it.each(['', '1950', '1950-02', '1950-02-28'])('takes a date of birth as precise as "%s"', (birthDate) => {
    expect(born(birthDate)).toBeUndefined();
  });

  it.each(['1950-02-30', '01/02/1950', 'unknown', '1950-02-28T10:00:00Z', '1700-01-01'])(
    'holds a patient born on "%s", and reads on',
    (birthDate) => {
      expect(born(birthDate)).toBe('BIRTH_DATE_INVALID');
    },
  );

  it('holds a record whose code or provider is an NHS number', () => {
    const rule = (change: object): string | undefined => toCandidate({ ...emptyRecord(3), ...change }).error?.rule;
    expect(rule({ codes: ['local:9434765919'] })).toBe('NHS_NUMBER_IN_OTHER_FIELD');
    expect(rule({ provider: '943 476 5919' })).toBe('NHS_NUMBER_IN_OTHER_FIELD');
    expect(rule({ codes: ['snomed:38341003'], provider: 'ZMSE' })).toBeUndefined();
  });

  it('takes of a person only what the agreement lists', () => {
    const person = {
      ...emptyRecord(3),
      supersededBy: '9990000026',
      birthDate: '1950-02-28',
      sex: '1',
      postcode: 'SS1 1AA',
      practice: 'F81001',
    };
    expect(toCandidate(person)).toMatchObject({ supersededBy: '', birthDate: '', sex: '', postcode: '', practice: '' });
    const some = createFhirPlan({
      allowedFields: new Set(['Patient.link', 'Patient.gender']),
      sensitiveCodes: { isSensitive: () => false },
      numbers: 'test',
      dropped: new Tally(),
    });
    expect(some(person)).toMatchObject({ supersededBy: '9990000026', birthDate: '', sex: '1', postcode: '', practice: '' });
  });

  it('finds a sensitive code in an attribute that is none of the codes of the event', () => {
    const withSensitive = createFhirPlan({
      allowedFields: new Set(['Condition.category']),
      sensitiveCodes: { isSensitive: (system, code) => system === 'snomed' && code === '86406008' },
      numbers: 'test',
      dropped: new Tally(),
    });
    const sensitive = (category: string): boolean =>
      withSensitive({ ...emptyRecord(3), attributes: { 'Condition.category': category } }).sensitive;
    expect([sensitive('snomed:86406008'), sensitive('snomed:38341003'), sensitive('problem-list-item')]).toEqual([true, false, false]);
  });

  it('names a resource type in a receipt only when FHIR has it', () => {
    expect(['Appointment', 'ReferralRequest', 'Infinity', 'Smith', ''].map(typeName)).toEqual([
      'Appointment',
      'ReferralRequest',
      'Unknown',
      'Unknown',
      'Unknown',
    ]);
  });
});
