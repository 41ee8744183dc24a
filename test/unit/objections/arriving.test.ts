import { describe, expect, it } from 'vitest';
import { type ArrivingObjection, capacityDeciders, checkObjection } from '../../../src/objections/arriving.ts';

const row: ArrivingObjection = { landingPseudonym: 'A'.repeat(32), kind: 'ndop', setOn: '2026-01-02', withdrawnOn: '', source: 'spine' };

describe('an objection that arrives', () => {
  it('is kept with its dates', () => {
    expect(checkObjection(row)).toMatchObject({ kind: 'ndop', setOn: '2026-01-02', withdrawnOn: null, about: null });
  });

  it('needs no date: it is in force now', () => {
    expect(checkObjection({ ...row, setOn: '' })).toMatchObject({ setOn: null, withdrawnOn: null, endsOnly: false });
  });

  it('may be a withdrawal whose beginning nobody recorded', () => {
    expect(checkObjection({ ...row, setOn: '', withdrawnOn: '2026-03-01' })).toMatchObject({
      setOn: '2026-03-01',
      withdrawnOn: '2026-03-01',
      endsOnly: true,
    });
    expect(checkObjection({ ...row, withdrawnOn: '2026-03-01' })).toMatchObject({ endsOnly: false });
    expect(checkObjection(row)).toMatchObject({ endsOnly: false });
  });

  it.each([
    [{ kind: 'type-2' }, 'TYPE2_NOT_PROCESSED'],
    [{ kind: 'Type 2' }, 'TYPE2_NOT_PROCESSED'],
    [{ kind: 'something' }, 'OBJECTION_KIND_UNKNOWN'],
    [{ landingPseudonym: '' }, 'NHS_NUMBER_ABSENT'],
    [{ setOn: '2026-02-30' }, 'DATE_INVALID'],
    [{ withdrawnOn: 'yesterday' }, 'DATE_INVALID'],
    [{ withdrawnOn: '2025-01-01' }, 'WITHDRAWN_BEFORE_SET'],
    [{ source: 'A letter of Mrs X' }, 'SOURCE_INVALID'],
    [{ about: 'dentist' }, 'SETTING_UNKNOWN'],
    [{ kind: 'lack-of-capacity' }, 'DECIDED_BY_ABSENT'],
    [{ kind: 'lack-of-capacity', decidedBy: 'his son' }, 'DECIDED_BY_UNKNOWN'],
    [{ purpose: 'commissioning' }, 'PURPOSE_NOT_ALLOWED'],
    [{ kind: 'right-to-object', purpose: 'curiosity' }, 'PURPOSE_UNKNOWN'],
    [{ recordedIn: 'dentist' }, 'SETTING_UNKNOWN'],
    [{ evidence: 'letter about 999 000 0018' }, 'EVIDENCE_NOT_ALLOWED'],
    [{ evidence: 'letter about 999-000-0018' }, 'EVIDENCE_NOT_ALLOWED'],
    [{ evidence: 'x'.repeat(201) }, 'EVIDENCE_NOT_ALLOWED'],
    [{ landingPseudonym: 'A'.repeat(31) }, 'NHS_NUMBER_ABSENT'],
    [{ landingPseudonym: 'A'.repeat(33) }, 'NHS_NUMBER_ABSENT'],
    [{ landingPseudonym: `-${'A'.repeat(32)}` }, 'NHS_NUMBER_ABSENT'],
    [{ landingPseudonym: 'a'.repeat(32) }, 'NHS_NUMBER_ABSENT'],
    [{ landingPseudonym: 'I'.repeat(32) }, 'NHS_NUMBER_ABSENT'],
    [{ source: '' }, 'SOURCE_INVALID'],
    [{ source: '-spine' }, 'SOURCE_INVALID'],
    [{ source: 'Spine' }, 'SOURCE_INVALID'],
    [{ source: 'spine ' }, 'SOURCE_INVALID'],
    [{ source: 'a'.repeat(64) }, 'SOURCE_INVALID'],
    [{ decidedBy: 'his son' }, 'DECIDED_BY_UNKNOWN'],
  ] as const)('is quarantined by its rule: %j', (change, quarantine) => {
    expect(checkObjection({ ...row, ...change })).toEqual({ quarantine });
  });

  it.each([
    [{ source: 'a'.repeat(63) }, { source: 'a'.repeat(63) }],
    [{ source: '9-practice' }, { source: '9-practice' }],
    [{ landingPseudonym: '0123456789ABCDEFGHJKMNPQRSTVWXYZ' }, { landingPseudonym: '0123456789ABCDEFGHJKMNPQRSTVWXYZ' }],
    [{ withdrawnOn: '2026-01-02' }, { setOn: '2026-01-02', withdrawnOn: '2026-01-02', endsOnly: false }],
    [{ evidence: 'x'.repeat(200) }, { evidence: 'x'.repeat(200) }],
    [{ evidence: 'minutes 123 456, item 9' }, { evidence: 'minutes 123 456, item 9' }],
    [{ kind: 'right-to-object', purpose: 'commissioning' }, { purpose: 'commissioning' }],
    [
      { kind: 'local-sharing', about: 'hospital', recordedIn: 'gp' },
      { about: 'hospital', recordedIn: 'gp' },
    ],
    [
      { kind: 'ndop', about: 'hospital' },
      { about: 'hospital', recordedIn: null },
    ],
  ] as const)('is kept as it was said: %j', (change, kept) => {
    expect(checkObjection({ ...row, ...change })).toMatchObject(kept);
  });

  it('is kept whole, with nothing where nothing was said', () => {
    expect(checkObjection(row)).toEqual({
      ...{ landingPseudonym: row.landingPseudonym, kind: 'ndop', setOn: '2026-01-02', withdrawnOn: null, endsOnly: false },
      ...{ source: 'spine', about: null, purpose: null, recordedIn: null, evidence: null, decidedBy: null },
    });
  });

  it('may be decided for a person without capacity by these roles, and no others', () => {
    const decidedBy = [
      ...['family', 'care-home-manager', 'attorney', 'deputy', 'court-of-protection', 'best-interests-meeting', 'clinician'],
      'social-worker',
    ];
    expect(capacityDeciders).toEqual(decidedBy);
    for (const role of decidedBy) {
      expect(checkObjection({ ...row, kind: 'lack-of-capacity', decidedBy: role })).toMatchObject({ decidedBy: role, recordedIn: null });
    }
  });

  it.each([
    [{ kind: 'type-1' }, 'gp'],
    [{ kind: 'social-care-consent-withheld' }, 'social-care'],
    [{ kind: 'social-care-consent-withdrawn' }, 'social-care'],
    [{ kind: 'local-sharing', about: 'hospital' }, 'hospital'],
    [{ kind: 'programme' }, null],
    [{ kind: 'programme', recordedIn: 'gp' }, 'gp'],
  ] as const)('was recorded where its kind is, unless somebody says: %j', (change, recordedIn) => {
    expect(checkObjection({ ...row, ...change })).toMatchObject({ recordedIn });
  });
});
